package truth

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

var (
	scanner = netip.MustParseAddr("192.0.2.1")
	victim  = netip.MustParseAddr("10.0.0.5")
)

// scan is a well-told scan; change makes it another one.
func scan(e klaxon.Event, change func(*klaxon.Alarm)) *klaxon.Alarm {
	a := &klaxon.Alarm{Event: e, ID: "one", Scan: klaxon.Scan{
		First: time.Unix(1, 0), Last: time.Unix(2, 0), Zone: klaxon.ZoneOutside,
		Source: klaxon.Endpoint{Addr: scanner}, Techniques: []klaxon.Technique{klaxon.Syn},
		Shape: klaxon.ShapeVertical, Confidence: klaxon.Established, Severity: 3, Why: "so", Probes: 3,
		Tool:    klaxon.Tool{Name: "nmap"},
		Targets: klaxon.Targets{Hosts: 1, Services: 3, Dst: []netip.Addr{victim}},
	}}
	if change != nil {
		change(a)
	}
	return a
}

func told(change func(*klaxon.Alarm)) []*klaxon.Alarm {
	return []*klaxon.Alarm{scan(klaxon.EventOpen, change), scan(klaxon.EventClose, change)}
}

func flood(a *klaxon.Alarm) {
	a.Shape, a.Source = klaxon.ShapeFlood, klaxon.Endpoint{}
}

var wanted = Want{Source: scanner, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Tool: "nmap", MaxProbes: 3, Victim: victim, Hosts: 1, Services: 3}

func want(change func(*Want)) []Want {
	w := wanted
	change(&w)
	return []Want{w}
}

func TestAccepted(t *testing.T) {
	retracted := []*klaxon.Alarm{scan(klaxon.EventOpen, nil), scan(klaxon.EventRetract, nil)}
	suspect := told(func(a *klaxon.Alarm) { a.Confidence = klaxon.Suspect })
	for name, c := range map[string]struct {
		alarms  []*klaxon.Alarm
		wants   []Want
		options []Option
	}{
		"nothing":         {},
		"as wanted":       {alarms: told(nil), wants: []Want{wanted}},
		"extra technique": {told(nil), want(func(w *Want) { w.Techniques, w.Extra = nil, []klaxon.Technique{klaxon.Syn} }), nil},
		"in a prefix": {told(nil), want(func(w *Want) {
			w.Source, w.Prefix = netip.Addr{}, netip.MustParsePrefix("192.0.2.0/24")
		}), nil},
		"retracted":    {alarms: retracted},
		"suspect":      {alarms: suspect, options: []Option{WantSuspect(scanner)}},
		"flood":        {alarms: told(flood), options: []Option{AllowFlood()}},
		"wanted flood": {alarms: told(flood), wants: []Want{{Techniques: wanted.Techniques, Shape: klaxon.ShapeFlood, Victim: victim}}},
		"innocent":     {alarms: told(nil), wants: []Want{wanted}, options: []Option{Innocent(victim)}},
	} {
		if problems := Check(c.alarms, c.wants, c.options...); len(problems) > 0 {
			t.Errorf("%s: %q", name, problems)
		}
	}
}

func TestProblems(t *testing.T) {
	many := told(nil)
	for range 11 {
		many = append([]*klaxon.Alarm{many[0], scan(klaxon.EventUpdate, nil)}, many[1:]...)
	}
	second := told(func(a *klaxon.Alarm) { a.ID = "two" })
	for problem, c := range map[string]struct {
		alarms  []*klaxon.Alarm
		wants   []Want
		options []Option
	}{
		"not told":                       {wants: []Want{wanted}},
		"there is a retract":             {alarms: []*klaxon.Alarm{scan(klaxon.EventOpen, nil), scan(klaxon.EventRetract, nil)}, wants: []Want{wanted}},
		"not wanted":                     {alarms: told(nil)},
		"not wanted: close of [syn]/flo": {alarms: told(flood)},
		"told by 2 alarms":               {alarms: append(told(nil), second...), wants: []Want{wanted}},
		"begins with close":              {alarms: told(nil)[1:]},
		"ends with open":                 {alarms: told(nil)[:1], wants: []Want{wanted}},
		"opens again":                    {alarms: append(told(nil), told(nil)...), wants: []Want{wanted}},
		"not its last word":              {alarms: append(told(nil), scan(klaxon.EventClose, nil)), wants: []Want{wanted}},
		"13 records, the most":           {alarms: many, wants: []Want{wanted}},
		"13 records, at most 3":          {alarms: many, wants: []Want{wanted}},
		"syn is missing":                 {alarms: told(func(a *klaxon.Alarm) { a.Techniques[0] = klaxon.Fin }), wants: []Want{wanted}},
		"fin is wrong":                   {alarms: told(func(a *klaxon.Alarm) { a.Techniques[0] = klaxon.Fin }), wants: []Want{wanted}},
		"shape sweep is wrong":           {alarms: told(func(a *klaxon.Alarm) { a.Shape = klaxon.ShapeSweep }), wants: []Want{wanted}},
		"tool \"nmap\" is wrong":         {alarms: told(nil), wants: want(func(w *Want) { w.Tool = "-" })},
		"tool \"\" is wrong":             {alarms: told(func(a *klaxon.Alarm) { a.Tool = klaxon.Tool{} }), wants: []Want{wanted}},
		"mark slow is missing":           {alarms: told(nil), wants: want(func(w *Want) { w.Marks = []klaxon.Mark{klaxon.MarkSlow} })},
		"proof none is too weak":         {alarms: told(nil), wants: want(func(w *Want) { w.Proof = klaxon.ProofHandshake })},
		"1 hosts are wrong":              {alarms: told(nil), wants: want(func(w *Want) { w.Hosts = 2 })},
		"3 services are wrong":           {alarms: told(nil), wants: want(func(w *Want) { w.Services = 4 })},
		"opened after 4 probes":          {alarms: told(func(a *klaxon.Alarm) { a.Probes = 4 }), wants: []Want{wanted}},
		"is not among the targ":          {alarms: told(func(a *klaxon.Alarm) { a.Targets.Dst = nil }), wants: []Want{wanted}},
		"is not among the cand": {alarms: told(func(a *klaxon.Alarm) { a.Source, a.Marks = klaxon.Endpoint{}, []klaxon.Mark{klaxon.MarkDecoy} }),
			wants: want(func(w *Want) { w.Source, w.Sources = netip.Addr{}, []netip.Addr{scanner} })},
		"no sentence says why":  {alarms: told(func(a *klaxon.Alarm) { a.Why = "" }), wants: []Want{wanted}},
		"no technique":          {alarms: told(func(a *klaxon.Alarm) { a.Techniques = nil }), wants: []Want{wanted}},
		"named twice":           {alarms: told(func(a *klaxon.Alarm) { a.Techniques = []klaxon.Technique{"syn", "syn"} }), wants: []Want{wanted}},
		"severity 0":            {alarms: told(func(a *klaxon.Alarm) { a.Severity = 0 }), wants: []Want{wanted}},
		"proven without":        {alarms: told(func(a *klaxon.Alarm) { a.Confidence = klaxon.Proven }), wants: []Want{wanted}},
		"flood, marks []":       {alarms: told(func(a *klaxon.Alarm) { a.Shape = klaxon.ShapeFlood }), options: []Option{AllowFlood()}},
		"is innocent":           {alarms: told(nil), wants: []Want{wanted}, options: []Option{Innocent(scanner)}},
		"is innocent, and blam": {alarms: told(func(a *klaxon.Alarm) { a.Confidence = klaxon.Suspect }), options: []Option{Innocent(scanner)}},
		"not even suspected":    {options: []Option{WantSuspect(scanner)}},
	} {
		problems := strings.Join(Check(c.alarms, c.wants, c.options...), "\n")
		if !strings.Contains(problems, problem) {
			t.Errorf("wanted a problem %q, got %q", problem, problems)
		}
	}
}
