package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"klaxon/internal/chain"
	"klaxon/internal/config"
	"klaxon/internal/render"
	"klaxon/internal/services"
)

const verifyUsage = `usage: klaxonctl verify [-anchors FILE] [-store FILE] [-config FILE] [-daemon]
                        [-json] [-socket FILE]

Holds every record of the store against the chain of hashes, and the chain
against anchors. It reads the file itself; a klaxond that runs tells its newest
record, which must be there. It ends with 1 when anything was edited, deleted or
put in another order.

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
	live, newest := q.newest()
	if file == "" {
		if file, err = storeFile(live, cfg); err != nil {
			return r, err
		}
	}
	if file, err = filepath.Abs(file); err != nil {
		return r, fmt.Errorf("read the store: %w", err)
	}
	if file != live {
		newest = "" // of another store
	}
	var in io.Reader
	if newest != "" {
		in = strings.NewReader(newest)
	}
	if anchors != "" {
		f, err := os.Open(anchors)
		if err != nil {
			return r, fmt.Errorf("read anchors: %w", err)
		}
		defer f.Close()
		in = io.MultiReader(f, strings.NewReader("\n"+newest))
	}
	if _, err := os.Stat(file); err != nil {
		return r, fmt.Errorf("read the store: %w", err)
	}
	reader, err := openStore(file)
	if err != nil {
		return r, err
	}
	defer reader.Close()
	if r, err = reader.Verify(q.ctx, in); err != nil || anchors == "" {
		return r, err
	}
	own := r.Anchors + r.Below
	if newest != "" {
		own-- // klaxond's word, which is in no file
	}
	if own <= 0 && r.OK() {
		return r, fmt.Errorf("%s has no line CHAIN: of store %s, so that nothing was compared; name the log that klaxond's syslog lines go to", anchors, r.Store)
	}
	return r, nil
}

// chained is a store whose chain can be verified.
type chained interface {
	Verify(ctx context.Context, anchors io.Reader) (chain.Report, error)
	Close() error
}

// newest is the store of the klaxond that runs, and its newest record as an
// anchor; "" for none.
func (q *question) newest() (path, anchor string) {
	st, err := q.client.Status(q.ctx)
	if err != nil || st.Store == nil {
		return "", ""
	}
	s := st.Store
	if s.Hash == nil || s.HeadTime == nil {
		return s.Path, ""
	}
	return s.Path, chain.Anchor{Store: s.ID, Head: chain.Head{Seq: s.Head, Hash: *s.Hash, Time: *s.HeadTime}}.String() + "\n"
}

// storeFile is the store of the klaxond that runs, else of the configuration.
func storeFile(live, cfg string) (string, error) {
	if live != "" && cfg == "" {
		return live, nil
	}
	judge := func(specs []string) error { _, err := services.Parse(specs); return err }
	c, _, err := config.Load(cfg, config.PathsFor(os.Geteuid(), os.Getenv), judge)
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
				q.printf("  %s: %s\n", f.Kind, shown(f.Text))
			}
		}
		if n := r.FaultCount - len(r.Faults); n > 0 {
			q.printf("  and %d more\n", n)
		}
		q.anchors(r)
	}
	if !r.OK() {
		return errNo
	}
	return nil
}

// anchors says how far the answer reaches.
func (q *question) anchors(r *chain.Report) {
	q.fact("store", r.Store)
	q.fact("records", fmt.Sprintf("%s; before them %s were pruned and signed off", render.Grouped(r.Records), render.Grouped(r.Base.Seq)))
	switch {
	case r.Anchors == 0:
		q.fact("anchors", "none; who may write the store could have made the whole chain anew: name a log with -anchors")
	default:
		q.fact("anchors", fmt.Sprintf("%s compared, the last of %s; what came after it is held by its hashes alone",
			render.Grouped(uint64(r.Anchors)), q.look.full(r.LastAnchor.Time)))
	}
	if r.Below > 0 {
		q.fact("", fmt.Sprintf("%d more are of records that were pruned", r.Below))
	}
}
