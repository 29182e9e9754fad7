package main

import (
	"crypto/tls"
	"path/filepath"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/format"
	"klaxon/internal/outbound"
	"klaxon/internal/pipeline"
	"klaxon/internal/sandbox"
	"klaxon/internal/secret"
	"klaxon/internal/sink"
	"klaxon/internal/sink/elastic"
	"klaxon/internal/sink/journald"
	"klaxon/internal/sink/mail"
	"klaxon/internal/sink/netsyslog"
	"klaxon/internal/sink/splunk"
	"klaxon/internal/sink/webhook"
)

// Our own choices for outputs that wait for somebody else.
const (
	// backoff is the longest wait between two tries at a peer that is away: when
	// it is back, records are late by that at most.
	backoff = 5 * time.Minute
	// bulk is how many records go in one call where many can, and linger how
	// long the first waits for the others.
	bulk   = 500
	linger = time.Second
	// mailListed records are as many as anybody reads in a mail, which has all that
	// waited; what comes within mailLinger of the first goes with it.
	mailListed = 200
	mailLinger = 5 * time.Second
)

// formats are the ways to write a record, by the names of config.Formats.
var formats = allFormats()

func allFormats() map[string]func([]byte, klaxon.Record) []byte {
	all := map[string]func([]byte, klaxon.Record) []byte{"line": sink.AppendLine}
	for _, name := range format.Names() {
		f, _ := format.ByName(name)
		all[name] = f.Append
	}
	return all
}

// opener makes the sink of one type of [[output]], and says how it is called.
type opener func(*daemon, *config.OutputTable, sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error)

// openers are those of all types of config.
var openers = map[string]opener{
	"elastic":  openElastic,
	"file":     openFileTable,
	"journald": openJournald,
	"mail":     openMail,
	"metrics":  openMetrics,
	"splunk":   openSplunk,
	"syslog":   openSyslog,
	"terminal": openTerminalTable,
	"webhook":  openWebhook,
}

// openTables opens what [[output]] names. Secrets and certificates are read now,
// while klaxond may still read everything; peers are called later. One that cannot be
// opened fails as one whose peer is away does: it costs neither detection nor the
// others anything.
func (d *daemon) openTables(user sandbox.Identity) {
	for i := range d.cfg.Outputs {
		o := &d.cfg.Outputs[i]
		if !o.Enabled {
			continue
		}
		s, how, err := openers[o.Type](d, o, user)
		if err != nil {
			d.say("output %s cannot be opened, which is tried again with every record for it: %v", o.Name, err)
			s, how = d.later(o, user), remote(o, 1, 0)
		}
		d.sinks = append(d.sinks, pipeline.Output{Sink: s, Keep: o.Touches, Filter: filterOf(o), PerMinute: o.Budget, Delivery: how})
	}
}

func (d *daemon) later(o *config.OutputTable, user sandbox.Identity) *later {
	return &later{name: o.Name, open: func() (klaxon.Sink, error) {
		s, _, err := openers[o.Type](d, o, user)
		return s, err
	}}
}

func filterOf(o *config.OutputTable) *pipeline.Filter {
	f := &pipeline.Filter{Severity: o.MinSeverity, Confidence: o.Confidence, Proof: o.Proof, Zones: o.Zones, Services: o.Services, Sources: o.Sources}
	if o.MinSeverity == 0 && o.Confidence == 0 && o.Proof == 0 && len(o.Zones)+len(o.Services)+len(o.Sources) == 0 {
		return nil
	}
	return f
}

// remote is how a peer is called that may be slow or away.
func remote(o *config.OutputTable, batch int, linger time.Duration) pipeline.Delivery {
	return pipeline.Delivery{Batch: batch, Linger: linger, Deadline: o.Deadline, Backoff: backoff}
}

func openTerminalTable(d *daemon, _ *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	return d.terminal(), pipeline.Delivery{}, nil
}

func openFileTable(d *daemon, o *config.OutputTable, user sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	if err := prepare(filepath.Dir(o.Path), user); err != nil {
		return nil, pipeline.Delivery{}, err
	}
	s, err := openFile(o.Path, user)
	if s == nil {
		return nil, pipeline.Delivery{}, err
	}
	if err != nil {
		d.say("output %s: nothing is written there until this is mended: %v", o.Name, err)
	}
	s.As(o.Name, formatOf(o, "json"))
	return s, pipeline.Delivery{}, nil
}

func formatOf(o *config.OutputTable, usual string) func([]byte, klaxon.Record) []byte {
	name := o.Format
	if name == "" {
		name = usual
	}
	if name == "line" && o.Touches {
		return sink.AppendKept
	}
	return formats[name]
}

func openWebhook(_ *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	w := webhook.Options{Name: o.Name, AllowPrivate: o.Private}
	if o.Format != "" {
		w.Format = formatOf(o, "")
	}
	err := secrets(place{o.Secret, &w.Key}, place{o.Token, &w.Token})
	if err == nil {
		w.URL, err = urlOf(o)
	}
	if err == nil {
		w.TLS, err = tlsOf(o)
	}
	if err == nil {
		w.Template, err = webhook.Find(o.Template)
		if filepath.IsAbs(o.Template) {
			w.File = o.Template
		}
	}
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	s, err := webhook.New(w)
	return s, remote(o, 1, 0), err
}

func openMail(d *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	m := mail.Options{Name: o.Name, Address: o.Address, Security: mail.Security(o.TLS), User: o.User, From: o.From, To: o.To, Location: time.Local, Listed: mailListed}
	err := secrets(place{o.Password, &m.Password})
	if err == nil {
		m.TLS, err = tlsOf(o)
	}
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	if o.Picture {
		m.Picture = d.picture
	}
	s, err := mail.New(m)
	how := remote(o, 0, mailLinger)
	how.Pace = o.Digest
	return s, how, err
}

func openSyslog(_ *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	conf, err := tlsOf(o)
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	s, err := netsyslog.New(netsyslog.Options{
		Name: o.Name, Transport: netsyslog.Transport(o.Transport), Address: o.Address, TLS: conf,
		RFC: netsyslog.RFC(o.RFC), Format: formatOf(o, "line"), Location: time.Local,
	})
	return s, remote(o, bulk, 0), err
}

func openElastic(_ *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	e := elastic.Options{Name: o.Name, AllowPrivate: true, Index: o.Index, User: o.User}
	if o.Format != "" && o.Format != "json" {
		e.Format = formats[o.Format]
	}
	err := secrets(place{o.Token, &e.Token}, place{o.Password, &e.Password})
	if err == nil {
		e.URL, err = urlOf(o)
	}
	if err == nil {
		e.TLS, err = tlsOf(o)
	}
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	s, err := elastic.New(e)
	return s, remote(o, bulk, linger), err
}

func openSplunk(_ *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	p := splunk.Options{Name: o.Name, AllowPrivate: true, Index: o.Index, Format: formatOf(o, "json")}
	err := secrets(place{o.Token, &p.Token})
	if err == nil {
		p.URL, err = urlOf(o)
	}
	if err == nil {
		p.TLS, err = tlsOf(o)
	}
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	s, err := splunk.New(p)
	return s, remote(o, bulk, linger), err
}

func openJournald(_ *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	s := journald.New(journald.Options{Name: o.Name, Path: o.Path, Format: formatOf(o, "line")})
	return s, remote(o, bulk, 0), nil
}

// place is where a secret is, and where it goes.
type place struct {
	from string
	to   *secret.Secret
}

func secrets(list ...place) (err error) {
	for _, p := range list {
		if p.from == "" {
			continue
		}
		if *p.to, err = secret.Read(p.from); err != nil {
			return err
		}
	}
	return nil
}

func urlOf(o *config.OutputTable) (secret.Secret, error) {
	if secret.Named(o.URL) {
		return secret.Read(o.URL)
	}
	return secret.New(o.URL), nil
}

func tlsOf(o *config.OutputTable) (*tls.Config, error) {
	t := outbound.TLS{CA: o.CA, Cert: o.Cert, Key: o.Key, ServerName: o.Server}
	return t.Config()
}
