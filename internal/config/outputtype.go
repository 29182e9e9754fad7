package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"klaxon/internal/secret"
)

// OutputTypes are the types of [[output]].
var OutputTypes = []string{"elastic", "file", "journald", "mail", "metrics", "splunk", "syslog", "terminal", "webhook"}

// of says which keys are for a type beyond those of all, and judges what it has.
var outputRules = map[string]struct {
	keys  []string
	judge func(*OutputTable) error
}{
	"elastic":  {[]string{"url", "token", "user", "password", "index", "ca", "cert", "key", "server_name", "format", "touches", "deadline"}, judgeElastic},
	"file":     {[]string{"path", "format", "touches"}, judgeFile},
	"journald": {[]string{"path", "format", "touches"}, nil},
	"mail":     {[]string{"address", "from", "to", "user", "password", "tls", "digest", "picture", "ca", "cert", "key", "server_name", "deadline"}, judgeMail},
	"metrics":  {[]string{"address"}, judgeMetrics},
	"splunk":   {[]string{"url", "token", "index", "ca", "cert", "key", "server_name", "format", "touches", "deadline"}, judgeSplunk},
	"syslog":   {[]string{"address", "transport", "rfc", "format", "touches", "ca", "cert", "key", "server_name", "deadline"}, judgeSyslog},
	"terminal": {},
	"webhook":  {[]string{"url", "secret", "token", "template", "allow_private", "format", "touches", "ca", "cert", "key", "server_name", "deadline"}, judgeWebhook},
}

// ofAll are the keys of every type.
var ofAll = []string{"type", "name", "enabled", "min_severity", "confidence", "proof", "zone", "service", "source", "budget"}

// outputs adds those of the file to those of the files before.
func (m *merger) outputs() {
	keys := outputKeys()
	for _, table := range m.doc.tables {
		if table.name != "output" {
			continue
		}
		o := OutputTable{Enabled: true, Deadline: 10 * time.Second, Digest: 5 * time.Minute, RFC: "5424", TLS: "starttls"}
		if v, ok := table.values["output.type"]; ok {
			o.Type = v.texts[0].raw
		}
		o.Touches = slices.Contains([]string{"elastic", "file", "splunk", "metrics"}, o.Type)
		if o.Type == "mail" {
			o.Deadline = time.Minute // servers make strangers wait
		}
		before := len(m.doc.problems)
		for _, k := range keys {
			if v, ok := table.values["output."+k.name]; ok {
				if err := k.set(m, &o, v); err != nil {
					m.doc.problem(placeOf(v), "output.%s: %v", k.name, err)
				}
			}
		}
		if len(m.doc.problems) == before && !table.wrong {
			m.addOutput(table, o)
		}
	}
}

// placeOf is where a value stands.
func placeOf(v value) int {
	if len(v.texts) > 0 {
		return v.texts[0].at
	}
	return v.at
}

func (m *merger) addOutput(table *section, o OutputTable) {
	if o.Name == "" {
		if o.Name = o.Type; o.Type == "syslog" && o.Transport != "" {
			o.Name += "-" + o.Transport // beside the daemon of this host
		}
	}
	taken := slices.ContainsFunc(m.c.Outputs, func(other OutputTable) bool { return other.Name == o.Name })
	switch err := o.check(table); {
	case err != nil:
		m.doc.problem(table.at, "output: %v", err)
	case taken || o.Name == "store":
		m.doc.problem(table.at, "output: %q is the name of another; give it a name of its own", o.Name)
	case len(m.c.Outputs) >= maxOutputs:
		m.doc.problem(table.at, "output: more than %d tables", maxOutputs)
	default:
		m.c.Outputs = append(m.c.Outputs, o)
	}
}

// check judges an output as a whole.
func (o *OutputTable) check(table *section) error {
	if o.Type == "" {
		return fmt.Errorf("want a type: one of %s", strings.Join(OutputTypes, ", "))
	}
	rules := outputRules[o.Type]
	for name := range table.values {
		if name = strings.TrimPrefix(name, "output."); !slices.Contains(ofAll, name) && !slices.Contains(rules.keys, name) {
			return fmt.Errorf("%s is not for the type %s, which takes %s", name, o.Type, strings.Join(rules.keys, ", "))
		}
	}
	if (o.Cert == "") != (o.Key == "") {
		return errors.New("cert and key go together")
	}
	if rules.judge == nil {
		return nil
	}
	return rules.judge(o)
}

// judgeURL takes a URL, or the place of one that is a secret itself.
func (o *OutputTable) judgeURL() error {
	switch {
	case secret.Named(o.URL):
		return secret.Check(o.URL)
	case !strings.HasPrefix(o.URL, "https://") && !strings.HasPrefix(o.URL, "http://"):
		return errors.New(`want url = "https://...", or "file:/path/of/a/file" where it is a secret`)
	}
	return nil
}

func judgeElastic(o *OutputTable) error {
	if o.Format == "line" || o.Format == "cef" {
		return fmt.Errorf("%s is no JSON, which Elasticsearch wants", o.Format)
	}
	if o.Token != "" && o.User != "" {
		return errors.New("want a token, or user and password, not both")
	}
	if (o.User == "") != (o.Password == "") {
		return errors.New("user and password go together")
	}
	if strings.Trim(o.Index, "abcdefghijklmnopqrstuvwxyz0123456789_-.") != "" || strings.HasPrefix(o.Index, "-") || strings.HasPrefix(o.Index, "_") || strings.HasPrefix(o.Index, ".") {
		return errors.New("want an index of a-z, 0-9, _, - and ., beginning with a letter")
	}
	return o.judgeURL()
}

func judgeFile(o *OutputTable) error {
	if o.Path == "" {
		return errors.New(`want path = "/var/log/klaxon/..."`)
	}
	return nil
}

func judgeMail(o *OutputTable) error {
	switch {
	case len(o.To) == 0:
		return errors.New(`want to = ["ops@example.net"]`)
	case (o.User == "") != (o.Password == ""):
		return errors.New("user and password go together")
	case o.User != "" && o.TLS == "none":
		return errors.New(`a password is not sent in clear: want tls = "starttls" or "tls"`)
	case hostPort(o.Address) != nil:
		return hostPort(o.Address)
	}
	return mailbox(o.From)
}

func judgeMetrics(o *OutputTable) error {
	if o.Address == "" {
		o.Address = "127.0.0.1:9464"
	}
	return hostPort(o.Address)
}

func judgeSplunk(o *OutputTable) error {
	if o.Token == "" {
		return errors.New(`want token = "file:...", the token of the collector`)
	}
	return o.judgeURL()
}

func judgeSyslog(o *OutputTable) error {
	switch {
	case o.Transport == "" && o.Address == "":
		return errors.New(`want transport = "unix", "udp", "tcp" or "tls", and an address; the daemon of this host is output.syslog, in short`)
	case o.Transport == "":
		return errors.New(`want transport = "unix", "udp", "tcp" or "tls"`)
	case o.Transport != "tls" && (o.CA != "" || o.Cert != "" || o.Server != ""):
		return errors.New(`certificates are for transport = "tls"`)
	case o.Transport != "unix":
		return hostPort(o.Address)
	case o.Address == "":
		o.Address = "/dev/log"
	case !strings.HasPrefix(o.Address, "/"):
		return fmt.Errorf("%q is not the absolute path of a socket", o.Address)
	}
	return nil
}

func judgeWebhook(o *OutputTable) error {
	if o.Template != "" && o.Format != "" {
		return errors.New("want a template or a format, not both")
	}
	return o.judgeURL()
}

// replaceShort has a table [[output]] named as one of the short forms replace it.
func (c *Config) replaceShort() {
	for _, o := range c.Outputs {
		switch o.Name {
		case "terminal":
			c.Output.Terminal = false
		case "syslog":
			c.Output.Syslog = false
		case "json":
			c.Output.JSON = false
		}
	}
}
