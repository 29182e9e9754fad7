package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"klaxon/internal/chain"
	"klaxon/internal/config"
	"klaxon/internal/render"
	"klaxon/internal/services"
)

const verifyUsage = `usage: klaxonctl verify [-anchors FILE] [-store FILE] [-config FILE] [-daemon]
                        [-json] [-socket FILE]

Holds every record of the store against its chain of hashes, that of touches or
that of alarms and all else, and the chains against anchors. It reads the file
itself; a klaxond that runs tells its newest records, which must be there. It ends
with 1 when anything was edited, deleted or put in another order, and with 3 when
all is well but the log has anchors of another store, or does not show that it was
klaxond who forgot what is gone.

  -anchors FILE   a syslog file with the anchors that klaxond writes every 10 s
                  ("CHAIN: ..."); best a copy that another machine keeps
  -store FILE     the store; default is what klaxond's configuration says
  -config FILE    klaxond's configuration
  -daemon         have klaxond verify its own file instead
`

func runVerify(args []string, stdout, stderr io.Writer) int {
	var anchors, file, cfg string
	var daemon bool
	s := spec{name: "verify", usage: verifyUsage}
	s.flags = func(f flagSet) {
		f.StringVar(&anchors, "anchors", "", "")
		f.StringVar(&file, "store", "", "")
		f.StringVar(&cfg, "config", "", "")
		f.BoolVar(&daemon, "daemon", false, "")
	}
	s.run = func(q *question) error {
		var r chain.Report
		var err error
		switch {
		case daemon && (anchors != "" || file != ""):
			return misused("-daemon excludes -anchors and -store: whoever doubts klaxond reads the file")
		case daemon:
			r, err = q.client.Verify(q.ctx)
		default:
			r, err = q.verify(anchors, file, cfg)
		}
		if err != nil {
			return err
		}
		return q.report(&r)
	}
	return ask(s, args, stdout, stderr)
}

// verify reads the file.
func (q *question) verify(anchors, file, cfg string) (r chain.Report, err error) {
	path, live := q.live()
	if file == "" {
		if file, err = storeFile(path, cfg); err != nil {
			return r, err
		}
	}
	if file, err = filepath.Abs(file); err != nil {
		return r, fmt.Errorf("read the store: %w", err)
	}
	if file != path {
		live = nil // of another store
	}
	var in io.Reader
	if anchors != "" {
		f, err := os.Open(anchors)
		if err != nil {
			return r, fmt.Errorf("read anchors: %w", err)
		}
		defer f.Close()
		in = f
	}
	if _, err := os.Stat(file); err != nil {
		return r, fmt.Errorf("read the store: %w", err)
	}
	reader, err := openStore(file)
	if err != nil {
		return r, err
	}
	defer reader.Close()
	if r, err = reader.Verify(q.ctx, in, live...); err != nil {
		return r, err
	}
	if anchors != "" && r.Anchors() == 0 && r.OK() {
		return r, fmt.Errorf("%s has no line CHAIN: of store %s, so that nothing was compared; name the log that klaxond's syslog lines go to", anchors, r.Store)
	}
	return r, nil
}

// chained is a store whose chains can be verified.
type chained interface {
	Verify(ctx context.Context, anchors io.Reader, live ...chain.Anchor) (chain.Report, error)
	Close() error
}

// live is the store of the klaxond that runs, "" for none, and what it says are its
// newest records.
func (q *question) live() (path string, heads []chain.Anchor) {
	st, err := q.client.Status(q.ctx)
	if err != nil || st.Store == nil {
		return "", nil
	}
	for _, c := range st.Store.Chains {
		heads = append(heads, chain.Anchor{Store: st.Store.ID, Chain: c.Chain, Head: c.Head})
	}
	return st.Store.Path, heads
}

// storeFile is the store of the klaxond that runs, else of the configuration.
func storeFile(live, cfg string) (string, error) {
	if live != "" && cfg == "" {
		return live, nil
	}
	c, _, err := config.Load(cfg, config.PathsFor(os.Geteuid(), os.Getenv), services.Check)
	if err != nil {
		return "", err
	}
	return c.Store.Path, nil
}

func (q *question) report(r *chain.Report) error {
	if q.json {
		if err := q.writeJSON(r); err != nil {
			return err
		}
	} else {
		q.printf("%s\n", shown(r.String()))
		for i, f := range r.Faults {
			if i > 0 {
				q.printf("  %s\n", shown(faultLine(&f)))
			}
		}
		if n := r.FaultCount - len(r.Faults); n > 0 {
			q.printf("  and %d more\n", n)
		}
		q.fact("store", r.Store)
		for i := range r.Chains {
			q.chain(&r.Chains[i])
		}
		if r.Anchors() == 0 {
			q.fact("anchors", "none; who may write the store could have made the whole chain anew: name a log with -anchors")
		}
	}
	switch {
	case !r.Whole():
		return errNo
	case !r.OK():
		return errDoubt
	}
	return nil
}

func faultLine(f *chain.Fault) string {
	if f.Chain == "" {
		return string(f.Kind) + ": " + f.Text
	}
	return fmt.Sprintf("%s, %s: %s", f.Kind, f.Chain, f.Text)
}

// chain says how far the answer reaches.
func (q *question) chain(p *chain.Part) {
	text := amount(p.Records, "record", "records")
	if p.Chain == chain.Alarms {
		text += ", with those of health and packets"
	}
	if p.Base.Seq > 0 {
		text += fmt.Sprintf("; %s before them are gone", render.Grouped(p.Base.Seq))
	}
	if p.Pruned.Through > 0 {
		text += fmt.Sprintf(", signed off %s for their %s", q.look.full(p.Pruned.Time), shown(p.Pruned.Why))
	}
	q.fact(string(p.Chain), text)
	if p.Anchors > 0 {
		q.fact("", fmt.Sprintf("%s compared, the last of %s; what came after it is held by its hashes alone",
			amount(uint64(p.Anchors), "anchor", "anchors"), q.look.full(p.LastAnchor.Time)))
	}
	if p.Below > 0 {
		q.fact("", fmt.Sprintf("%s more of records that were pruned", amount(uint64(p.Below), "anchor", "anchors")))
	}
	if p.Live {
		q.fact("", "what klaxond says is its newest record is there")
	}
}
