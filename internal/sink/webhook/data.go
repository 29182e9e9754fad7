package webhook

import (
	"net/netip"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Data is all that a template gets. Every text in it is printable ASCII, whatever
// a stranger wrote; what a record does not know is "", or 0.
type Data struct {
	Type    string // touch, alarm or health
	ID      string // of an alarm the same through its life
	Show    string // the command that shows it all, "" where none does
	Seq     uint64
	Time    string // RFC 3339, UTC
	Unix    int64  // the same time in seconds
	First   string // of an alarm, when its first probe came; otherwise as Time
	Until   string // a day later: when nobody need wait for the end any more
	Sensor  string
	Summary string // one sentence for a person
	JSON    string // the whole record, as the JSON file has it

	Event         string // open, update, retract or close
	Over          bool   // retracted or closed; of trouble, that it is over
	Severity      int    // 1 to 5; of health records 2, of trouble 3 to 5
	Confidence    string
	Proof         string
	Zone          string
	Interface     string
	Source        string // an address; "" where there are several or none
	SourceName    string
	MAC           string
	Sources       []string // the first of several
	SourcesTotal  int
	Technique     string // joined with commas
	Shape         string
	Marks         string // joined with commas
	Drill         bool
	Tool          string
	Why           string
	Hosts         int // distinct targets
	Services      int
	Targets       []string // the first of them
	Probes        uint64
	HeldBack      uint64
	Transport     string // of a touch
	TargetPort    int    // of a touch
	TargetService string // of a touch

	What    string // of a health record
	Count   uint64 // of a health record
	Output  string // of a health record
	Trouble bool   // a health record that somebody should look into
}

const day = 24 * time.Hour

func (d *Data) stamp(kind, id, sensor string, seq uint64, at time.Time) {
	d.Type, d.ID, d.Sensor, d.Seq = kind, word(id), text(sensor), seq
	at = sane(at)
	d.Time, d.Unix, d.Until = at.Format(time.RFC3339), at.Unix(), at.Add(day).Format(time.RFC3339)
	d.First = d.Time
	if d.ID != "" && kind != "health" {
		d.Show = "klaxonctl show " + d.ID
	}
}

// sane is a time that RFC 3339 can write, a day later too.
func sane(at time.Time) time.Time {
	if y := at.UTC().Year(); at.IsZero() || y < 1 || y > 9998 {
		at = time.Unix(0, 0)
	}
	return at.UTC()
}

// dataOf returns a record's data.
func dataOf(r klaxon.Record) Data {
	d := Data{Summary: summary(r), JSON: string(render.AppendJSON(nil, r))}
	switch r := r.(type) {
	case *klaxon.Touch:
		d.stamp("touch", r.ID, r.Sensor, r.Seq, r.Time)
		d.touch(r)
	case *klaxon.Alarm:
		d.stamp("alarm", r.ID, r.Sensor, r.Seq, r.Time)
		d.alarm(r)
	case *klaxon.Health:
		d.stamp("health", r.ID, r.Sensor, r.Seq, r.Time)
		d.health(r)
	}
	return d
}

func (d *Data) touch(t *klaxon.Touch) {
	d.Severity = 1
	if t.Proof >= klaxon.ProofHandshake {
		d.Severity = 2
	}
	d.Zone, d.Proof, d.Interface = word(t.Zone), t.Proof.String(), text(t.Interface)
	d.Source, d.SourceName, d.MAC = address(t.Source.Addr), text(t.Source.Name), hardware(t.Source.MAC)
	d.Marks = joined(t.Marks)
	d.Transport, d.TargetPort, d.TargetService = t.Transport.String(), int(t.Target.Port), text(t.Service)
	d.Targets, d.Hosts, d.Services = addresses([]netip.Addr{t.Target.Addr}), 1, 1
}

func (d *Data) alarm(a *klaxon.Alarm) {
	d.Event, d.Over = word(a.Event), a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract
	d.Severity, d.Confidence, d.Proof = min(max(a.Severity, 1), 5), a.Confidence.String(), a.Proof.String()
	d.Zone, d.Interface, d.Shape = word(a.Zone), text(a.Interface), word(a.Shape)
	d.Source, d.MAC = address(a.Source.Addr), hardware(a.Source.MAC)
	d.Sources, d.SourcesTotal = addresses(a.Sources), a.SourcesTotal
	d.Technique, d.Marks, d.Tool, d.Why = joined(a.Techniques), joined(a.Marks), word(a.Tool.Name), text(a.Why)
	d.Hosts, d.Services, d.Probes, d.HeldBack = a.Targets.Hosts, a.Targets.Services, a.Probes, a.HeldBack
	d.Targets = addresses(a.Targets.Dst)
	if !a.First.IsZero() {
		d.First = sane(a.First).Format(time.RFC3339)
	}
	for _, m := range a.Marks {
		d.Drill = d.Drill || m == klaxon.MarkDrill
	}
}

func (d *Data) health(h *klaxon.Health) {
	d.What, d.Count, d.Output, d.Severity = word(h.What), h.Count, word(h.Output), 2
	if h.What == klaxon.HealthSilence && h.Count == 0 {
		d.Trouble, d.Over = true, true // the end of it, which closes what it opened
		return
	}
	if grave := graveness(h); grave > 0 {
		d.Trouble, d.Severity = true, grave
	}
}

// graveness is the severity of what somebody should look into, 0 of other records: a
// sensor that does not detect is as grave as what it would not tell.
func graveness(h *klaxon.Health) int {
	switch {
	case h.What == klaxon.HealthSilence:
		return 5
	case h.What == klaxon.HealthDisk, h.What == klaxon.HealthWire, h.What == klaxon.HealthStore:
		return 4
	case h.What == klaxon.HealthDrops && h.Count > 0:
		return 3
	}
	return 0
}

// summary is what a person is called with.
func summary(r klaxon.Record) string {
	line := render.AppendNotice(nil, r, time.UTC)
	if len(line) > summaryCap {
		line = append(line[:summaryCap], '~')
	}
	return string(line)
}

func text(s string) string        { return string(render.AppendText(nil, []byte(s), 512)) }
func word[S ~string](s S) string  { return string(render.AppendToken(nil, []byte(s), 64)) }
func hardware(mac [6]byte) string { return render.MAC(mac) }

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

func addresses(list []netip.Addr) (out []string) {
	for _, a := range list[:min(len(list), 32)] {
		out = append(out, address(a))
	}
	return out
}

func joined[S ~string](list []S) string {
	words := make([]string, 0, len(list))
	for _, s := range list[:min(len(list), 24)] {
		words = append(words, word(s))
	}
	return strings.Join(words, ",")
}
