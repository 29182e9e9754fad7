package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/plot"
	"klaxon/internal/store"
)

const reportUsage = `usage: klaxonctl report [-since WHEN] [-until WHEN] [-html|-md] [-out FILE]
                        [-socket FILE]

Sums days up: what rang, who and what for, pictures of ports against time, and
what klaxond says of itself. The HTML is one file that fetches nothing and runs
nothing; the Markdown has its pictures as text.

  -since WHEN   from then on; default 7d
  -until WHEN   before then
  -html         HTML, which is the default for a -out that ends in .html or .htm
  -md           Markdown, the default for .md, .markdown, .txt and no ending
  -out FILE     write there instead
  -socket FILE  where klaxond listens
`

// What a report has room for.
const (
	reportAlarms = 200    // told one by one, the most severe
	reportTop    = 15     // sources, services, tools
	reportHealth = 50     // statements of klaxond about itself
	reportSpots  = 200000 // touches and packets that are drawn
	reportOwn    = 5      // alarms with a picture of their own, the most severe
	reportFiles  = 100    // alarms whose packets are drawn
)

// summary is what a report tells.
type summary struct {
	sensor    string
	from, to  time.Time
	made      time.Time
	alarms    []*klaxon.Alarm // the most severe first
	alarmsAll int
	retracted int
	severity  [6]int
	touches   int
	sources   *tallies
	services  *tallies
	tools     *tallies
	health    []*klaxon.Health
	healthAll int
	spots     []spot
	spotsAll  int
	own       map[string][]spot // by alarm
	look      look
	boot      string
	storeFrom time.Time // what is older is not kept
	failing   []string
}

func runReport(args []string, stdout, stderr io.Writer) int {
	since, until := moment{look: lookOf(stdout)}, moment{look: lookOf(stdout)}
	since.Time = since.look.now.Add(-7 * 24 * time.Hour)
	var html, md bool
	var out string
	s := spec{name: "report", usage: reportUsage, noJSON: true, store: true}
	s.flags = func(f flagSet) {
		f.Var(&since, "since", "")
		f.Var(&until, "until", "")
		f.BoolVar(&html, "html", false, "")
		f.BoolVar(&md, "md", false, "")
		f.StringVar(&out, "out", "", "")
	}
	s.run = func(q *question) error {
		switch {
		case html && md:
			return misused("-html and -md exclude one another")
		case !html && !md:
			var err error
			if html, err = isHTML(out); err != nil {
				return err
			}
		}
		if until.IsZero() {
			until.Time = q.look.now
		}
		if !since.Before(until.Time) {
			return misused("nothing is from %s on and before %s", q.look.full(since.Time), q.look.full(until.Time))
		}
		sum, err := q.summarise(since.Time, until.Time)
		if err != nil {
			return err
		}
		write := sum.markdown
		if html {
			write = sum.html
		}
		if out == "" {
			return write(q.out)
		}
		return q.writeFile(out, write)
	}
	return ask(s, args, stdout, stderr)
}

// isHTML tells from the name of a file what to write; a name that is of neither form
// would promise what is not in it.
func isHTML(name string) (bool, error) {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".html", ".htm":
		return true, nil
	case "", ".md", ".markdown", ".txt":
		return false, nil
	default:
		return false, misused("-out %s: a report is HTML or Markdown; name a file that ends in .html or .md, or say -html or -md", name)
	}
}

func (q *question) summarise(from, to time.Time) (*summary, error) {
	s := &summary{
		from: from, to: to, made: q.look.now, look: q.look, own: map[string][]spot{},
		sources: newTallies(kinds["source"]), services: newTallies(kinds["service"]), tools: newTallies(kinds["tool"]),
	}
	st, err := q.standing()
	if err != nil {
		return nil, err
	}
	s.sensor, s.boot, s.failing = shown(st.Sensor), st.Boot, amiss(&st)
	if st.Store != nil && st.Store.Oldest != nil {
		s.storeFrom = *st.Store.Oldest
	}
	if err := q.each(store.Filter{Since: from, Until: to}, s.take); err != nil {
		return nil, err
	}
	s.rank()
	if err := q.statements(s); err != nil {
		return nil, err
	}
	if text := q.unreadable(); text != "" {
		s.failing = append(s.failing, text)
	}
	unread := q.unread
	defer func() { q.unread = unread }() // what follows reads again what was counted
	if err := q.reasons(s); err != nil {
		return nil, err
	}
	return s, q.pictures(s)
}

// take counts a record.
func (s *summary) take(r klaxon.Record) {
	s.sources.count(r)
	s.services.count(r)
	s.tools.count(r)
	switch r := r.(type) {
	case *klaxon.Alarm:
		s.alarmsAll++
		if r.Event == klaxon.EventRetract {
			s.retracted++
		} else {
			s.severity[min(max(r.Severity, 0), 5)]++
		}
		if s.alarms = append(s.alarms, r); len(s.alarms) > 4*reportAlarms {
			s.rank()
		}
	case *klaxon.Touch:
		s.touches++
		if s.spotsAll++; len(s.spots) < reportSpots {
			s.spots = append(s.spots, touchSpot(r))
		}
	}
}

// rank keeps the alarms that are told.
func (s *summary) rank() {
	slices.SortStableFunc(s.alarms, func(a, b *klaxon.Alarm) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.Last.Compare(a.Last))
	})
	s.alarms = s.alarms[:min(len(s.alarms), reportAlarms)]
}

// reasons finds why those alarms rang that klaxond's end closed, which says only that.
func (q *question) reasons(s *summary) error {
	for _, a := range s.alarms {
		if a.Why != klaxon.EndOfWatch {
			continue
		}
		kept, err := q.kept.Alarm(q.ctx, a.ID)
		if err != nil {
			return err
		}
		a.Why = whyOf(q.recordsOf(&kept))
	}
	return nil
}

// statements are what klaxond said of itself.
func (q *question) statements(s *summary) error {
	f := store.Filter{Since: s.from, Until: s.to, Types: []store.Type{store.TypeHealth}}
	for line, err := range q.kept.Records(q.ctx, f) {
		if err != nil {
			return err
		}
		h, ok := recalled[*klaxon.Health](q, line)
		if !ok {
			continue
		}
		if s.healthAll++; len(s.health) < reportHealth {
			s.health = append(s.health, h)
		}
	}
	return nil
}

// pictures gathers what is drawn beside the touches: the packets of the alarms
// that are told.
func (q *question) pictures(s *summary) error {
	for i, a := range s.alarms[:min(len(s.alarms), reportFiles)] {
		data, err := q.kept.Evidence(q.ctx, a.ID)
		if err != nil && !errors.Is(err, control.ErrNotFound) {
			return err
		}
		spots := spotsIn(data, a)
		s.spots = append(s.spots, spots...)
		if i < reportOwn {
			touches, err := q.touchesOf(a)
			if err != nil {
				return err
			}
			s.own[a.ID] = merged(spots, touches)
		}
	}
	return nil
}

// drawn tells whether an alarm gets a picture of its own: not for one point, nor
// when it would be that of everything again.
func (s *summary) drawn(a *klaxon.Alarm) bool { return len(s.own[a.ID]) > 1 && len(s.alarms) > 1 }

// draw is the picture of some spots and alarms, as an SVG element.
func draw(title string, spots []spot, alarms []*klaxon.Alarm) ([]byte, error) {
	p := plot.New(plot.Options{Title: title})
	for _, a := range slices.Backward(alarms) {
		opened := *a
		opened.Event, opened.Time = klaxon.EventOpen, a.First
		p.Alarm(&opened)
		if a.Event == klaxon.EventRetract {
			p.Alarm(a)
		}
	}
	addSpots(p, spots)
	var out bytes.Buffer
	if err := p.WriteSVG(&out); err != nil {
		return nil, err
	}
	svg := out.Bytes()
	if i := bytes.Index(svg, []byte("<svg")); i > 0 {
		svg = svg[i:] // the declaration of XML has no place within HTML
	}
	return svg, nil
}
