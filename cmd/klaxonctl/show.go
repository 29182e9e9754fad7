package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/plot"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

const showUsage = `usage: klaxonctl show [-pcap FILE] [-plot FILE] [-json] [-socket FILE] ID

Shows all that is kept of an alarm: what was judged, why, and how far it is
proven; its ports, its life, and a chart of ports over time. ID is an alarm's or
a touch's, or any beginning of it that is unique.

  -pcap FILE    write the packets that are kept as evidence, as pcapng
  -plot FILE    draw them, and the touches: FILE ends in .svg or .png
  -json         its records, one a line, oldest first
  -socket FILE  where klaxond listens
`

func runShow(args []string, stdout, stderr io.Writer) int {
	var pcap, picture string
	s := spec{name: "show", usage: showUsage, args: [2]int{1, 1}, want: "the identifier of an alarm or touch", store: true}
	s.flags = func(f flagSet) {
		f.StringVar(&pcap, "pcap", "", "")
		f.StringVar(&picture, "plot", "", "")
	}
	s.run = func(q *question) error {
		if picture != "" && !plot.IsPicture(picture) {
			return misused("-plot wants a file that ends in .svg or .png")
		}
		typ, line, err := q.find(q.args[0])
		if err != nil {
			return err
		}
		if typ == store.TypeAlarm {
			return q.showAlarm(idOf(line), pcap, picture)
		}
		t, ok := recalled[*klaxon.Touch](q, line)
		if !ok {
			return errUnreadable
		}
		return q.showTouch(t, line, pcap+picture)
	}
	return ask(s, args, stdout, stderr)
}

var errUnreadable = errors.New("what is kept of it cannot be read")

// searchMax records are looked at for the beginning of an identifier.
const searchMax = 200_000

// find returns the newest record of an identifier, or of a beginning of one, and
// which of both it is.
func (q *question) find(id string) (typ store.Type, line []byte, err error) {
	f := store.Filter{Types: []store.Type{store.TypeAlarm}, Latest: true, Limit: searchMax}
	id = strings.ToLower(id)
	if strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" || id == "" || len(id) > 26 {
		return "", nil, misused("%.40q is no identifier, and no beginning of one", id)
	}
	if store.ValidID(id) {
		f.ID, f.Limit = id, 1
	}
	for _, f.Types = range [][]store.Type{{store.TypeAlarm}, {store.TypeTouch}} {
		f.Latest = f.Types[0] == store.TypeAlarm
		found, full := "", []byte(nil)
		for l, err := range q.kept.Records(q.ctx, f) {
			if err != nil {
				return "", nil, err
			}
			have := idOf(l)
			switch {
			case !strings.HasPrefix(have, id):
			case found != "" && found != have:
				return "", nil, misused("%s is the beginning of several identifiers, such as %s and %s", id, shown(found), shown(have))
			default:
				found, full = have, bytes.Clone(l)
			}
		}
		if full != nil {
			return f.Types[0], full, nil
		}
	}
	return "", nil, control.Refuse(control.ErrNotFound, "no alarm or touch that is kept begins with %s", id)
}

// idOf finds the identifier of a line, which is among its first keys.
func idOf(line []byte) string {
	_, after, ok := bytes.Cut(line[:min(len(line), 200)], []byte(`"id":"`))
	end := bytes.IndexByte(after, '"')
	if !ok || end < 0 {
		return ""
	}
	return string(after[:end])
}

func (q *question) showTouch(t *klaxon.Touch, line []byte, files string) error {
	if files != "" {
		return errors.New("a touch has no packets; name the alarm of its source: klaxonctl alarms -src " + t.Source.Addr.String())
	}
	if q.json {
		q.out.Write(append(line, '\n'))
		return nil
	}
	q.printf("touch %s\n  %s\n", shown(t.ID), render.AppendHuman(nil, t, q.look.loc))
	q.fact("time", q.look.full(t.Time))
	q.fact("proof", proofWords(t.Proof))
	if p := t.Payload; p != nil {
		q.fact("payload", fmt.Sprintf("%s: %s", amount(p.Len, "byte", "bytes"), safe(string(p.Sample), 256)))
	}
	q.fact("more", "klaxonctl alarms -src "+t.Source.Addr.String())
	return nil
}

// file is all that was found of an alarm.
type file struct {
	records []*klaxon.Alarm // oldest first
	last    *klaxon.Alarm
	more    bool
	packets []byte // pcapng; nil for none
	spots   []spot // of packets and touches
}

func (q *question) showAlarm(id, pcap, picture string) error {
	kept, err := q.kept.Alarm(q.ctx, id)
	if err != nil {
		return err
	}
	if q.json {
		for _, line := range kept.Lines {
			q.out.Write(append(line, '\n'))
		}
	}
	f := file{records: q.recordsOf(&kept), more: kept.More}
	if len(f.records) == 0 {
		return errUnreadable
	}
	f.last = f.records[len(f.records)-1]
	if err := q.gather(&f, kept.Evidence); err != nil {
		return err
	}
	if !q.json {
		q.alarm(&f)
	}
	if pcap != "" {
		if f.packets == nil {
			return control.Refuse(control.ErrNotFound, "no packets are kept of %s", id)
		}
		if err := q.writeFile(pcap, func(w io.Writer) error { _, err := w.Write(f.packets); return err }); err != nil {
			return err
		}
	}
	if picture != "" {
		return q.writePlot(picture, &f)
	}
	return nil
}

// recordsOf are the records of an alarm that can be read, oldest first.
func (q *question) recordsOf(kept *control.Kept) (list []*klaxon.Alarm) {
	for _, line := range kept.Lines {
		if a, ok := recalled[*klaxon.Alarm](q, line); ok {
			list = append(list, a)
		}
	}
	return list
}

// gather finds the packets and touches of an alarm.
func (q *question) gather(f *file, evidence int) (err error) {
	if evidence > 0 {
		if f.packets, err = q.kept.Evidence(q.ctx, f.last.ID); err != nil {
			return err
		}
		f.spots = append(f.spots, spotsIn(f.packets, f.last)...)
	}
	touches, err := q.touchesOf(f.last)
	f.spots = merged(f.spots, touches)
	return err
}

// touchesMax touches of an alarm are drawn.
const touchesMax = 20_000

// touchesOf are the touches of an alarm's source while it went on.
func (q *question) touchesOf(a *klaxon.Alarm) (list []spot, err error) {
	if !a.Source.Addr.IsValid() {
		return nil, nil
	}
	src, err := control.ParseSource(a.Source.Addr.WithZone("").String())
	if err != nil {
		return nil, err
	}
	f := store.Filter{
		Types: []store.Type{store.TypeTouch}, Source: src, OldestFirst: true, Limit: touchesMax,
		Since: a.First.Add(-time.Second),
	}
	if ended(a) {
		f.Until = a.Last.Add(time.Second)
	}
	for line, err := range q.kept.Records(q.ctx, f) {
		if err != nil {
			return nil, err
		}
		if t, ok := recalled[*klaxon.Touch](q, line); ok && t.Boot == a.Boot { // of a cut off one the run ended with it
			list = append(list, touchSpot(t))
		}
	}
	return list, nil
}

// fact is one line about an alarm.
func (q *question) fact(subject, text string) { q.printf("  %-11s%s\n", subject, text) }

func (q *question) alarm(f *file) {
	a := f.last
	q.printf("alarm %s, %s\n  %s\n", shown(a.ID), stateOf(a, q.boot()), strings.TrimSpace(string(render.AppendHuman(nil, a, q.look.loc)[len("15:04:05"):])))
	q.fact("first", q.look.full(a.First))
	q.fact("last", q.look.full(a.Last)+", after "+span(a.Last.Sub(a.First)))
	q.fact("source", q.sourceLine(a))
	q.fact("technique", shown(whatOf(a, len(a.Techniques))))
	if a.Tool.Chance > 0 {
		q.fact("tool", fmt.Sprintf("%s; packets of no tool look so in %s", safe(a.Tool.Name, 64), oneIn(a.Tool.Chance)))
	}
	q.fact("proof", proofWords(a.Proof))
	q.fact("verdict", fmt.Sprintf("%s, severity %d of 5: %s", a.Confidence, a.Severity, severityWords(a)))
	q.fact("why", whyOf(f.records))
	for _, m := range a.Marks {
		q.fact("mark", safe(string(m), 64)+markWords(m))
	}
	q.targets(&a.Targets, a.Probes)
	if a.Prev != "" {
		q.fact("before", "alarm "+safe(a.Prev, 64)+" of the same source")
	}
	q.fact("packets", evidenceWords(f))
	q.life(f)
	q.since(a)
	if chart := chartOf(f.spots, q.look.loc); chart != "" {
		q.printf("\n%s", chart)
	}
}

// since tells what an open alarm's source did since its newest record, which was
// written when its meaning changed last.
func (q *question) since(a *klaxon.Alarm) {
	if stateOf(a, q.boot()) != "open" || !a.Source.Addr.IsValid() {
		return
	}
	w, err := q.client.Why(q.ctx, a.Source.Addr.WithZone(""))
	if err == nil && w.Known && w.Told {
		q.fact("by now", amount(w.Contacts, "contact", "contacts")+" "+reachWords(&w))
	}
}

func ended(a *klaxon.Alarm) bool {
	return a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract
}

// whyOf is the newest reason: what closes an alarm repeats none.
func whyOf(records []*klaxon.Alarm) string {
	for _, a := range slices.Backward(records) {
		if why := a.Why; why != "" && why != klaxon.EndOfWatch {
			return safe(why, 512)
		}
	}
	return "-"
}

func (q *question) sourceLine(a *klaxon.Alarm) string {
	s := shown(sourceOf(a)) + ", " + safe(string(a.Zone), 16)
	if a.Source.MAC != ([6]byte{}) {
		s += ", link address " + render.MAC(a.Source.MAC)
	}
	if a.Interface != "" {
		s += ", on " + safe(a.Interface, 32)
	}
	if len(a.Sources) > 1 {
		var list []string
		for _, addr := range a.Sources[:min(len(a.Sources), 8)] {
			list = append(list, addr.String())
		}
		s += ": " + strings.Join(list, " ")
		if a.SourcesTotal > len(list) {
			s += " ..."
		}
	}
	return s
}

func (q *question) targets(t *klaxon.Targets, probes uint64) {
	q.fact("targets", fmt.Sprintf("%s, %s, %s", amount(t.Hosts, "host", "hosts"), amount(t.Services, "service", "services"), amount(probes, "probe", "probes")))
	var hosts []string
	for _, a := range t.Dst {
		hosts = append(hosts, a.String())
	}
	q.list("hosts", hosts)
	q.list("tcp", rangeTexts(t.TCP))
	q.list("udp", rangeTexts(t.UDP))
	q.list("sctp", rangeTexts(t.SCTP))
	q.list("protocols", rangeTexts(t.Protocols))
	var open []string
	for _, p := range t.Open {
		open = append(open, fmt.Sprintf("%s/%d", p.Transport, p.Number))
	}
	q.list("open", open)
	if t.More {
		q.fact("", "and more: the lists are cut")
	}
}

// list writes words, wrapped.
func (q *question) list(subject string, words []string) {
	line := ""
	for _, w := range words {
		if line != "" && len(line)+1+len(w) > 64 {
			q.fact(subject, line)
			subject, line = "", ""
		}
		line = strings.TrimPrefix(line+" "+w, " ")
	}
	if line != "" {
		q.fact(subject, line)
	}
}

func rangeTexts(list []klaxon.PortRange) (texts []string) {
	for _, r := range list {
		if r.First == r.Last {
			texts = append(texts, fmt.Sprint(r.First))
		} else {
			texts = append(texts, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	return texts
}

// life lists the records of an alarm.
func (q *question) life(f *file) {
	const most = 20
	for i, a := range f.records {
		if n := len(f.records); n > most && i >= most/2 && i < n-most/2 {
			if i == most/2 {
				q.fact("", fmt.Sprintf("... %d more; -json shows them", n-most))
			}
			continue
		}
		text := fmt.Sprintf("%s  %-8s severity %d, %s, %s", q.look.when(a.Time), safe(string(a.Event), 16), a.Severity,
			amount(a.Probes, "probe", "probes"), amount(a.Targets.Services, "service", "services"))
		if a.Targets.Hosts > 1 {
			text += fmt.Sprintf(", %s", amount(a.Targets.Hosts, "host", "hosts"))
		}
		if a.Why != "" && (i == 0 || a.Why != f.records[i-1].Why) {
			text += ": " + safe(a.Why, 512)
		}
		subject := ""
		if i == 0 {
			subject = "life"
		}
		q.fact(subject, text)
	}
	if f.more {
		q.fact("", "and more records")
	}
}

func evidenceWords(f *file) string {
	if f.packets == nil {
		return "none are kept"
	}
	return size(int64(len(f.packets))) + " are kept; -pcap FILE writes them"
}
