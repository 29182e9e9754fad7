package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/render"
)

const statusUsage = `usage: klaxonctl status [-traps] [-json] [-socket FILE]

Says what klaxond does: its traps and their state, what is heard of the wire,
rates, drops, outputs and what waits for them, and what is kept.

  -traps         each trap with its state, not only how many there are
  -json          one JSON object, times in UTC
  -socket FILE   where klaxond listens

A trap is armed; unseen, when nothing has come for it; shielded, when probes are
seen that never reach it, as behind a firewall; held by a real service; or denied,
when the system would not have it.
It ends with 1 when something is amiss.
`

func runStatus(args []string, stdout, stderr io.Writer) int {
	traps := false
	s := spec{name: "status", usage: statusUsage}
	s.flags = func(f flagSet) { f.BoolVar(&traps, "traps", false, "") }
	s.run = func(q *question) error {
		st, err := q.client.Status(q.ctx)
		if err != nil {
			return err
		}
		if q.json {
			err = q.writeJSON(st)
		} else {
			q.status(&st, traps)
		}
		if err == nil && len(amiss(&st)) > 0 {
			return errNo
		}
		return err
	}
	return ask(s, args, stdout, stderr)
}

// amiss lists what an operator should look at.
func amiss(st *control.Status) (list []string) {
	for _, t := range st.Trouble {
		list = append(list, shown(t))
	}
	if !st.Wire.Watched && st.Wire.Why != "" && st.Wire.Why != "wire.enabled = false" {
		list = append(list, "the wire is not watched, so half-open scans go unheard: "+shown(st.Wire.Why))
	}
	for _, o := range st.Outputs {
		switch {
		case o.Failing:
			list = append(list, fmt.Sprintf("output %s fails: %s, %s lost%s", shown(o.Name), amount(o.Pending, "record waits", "records wait"), render.Grouped(o.Lost), because(o.Why)))
		case o.Lost > 0:
			list = append(list, fmt.Sprintf("output %s lost %s", shown(o.Name), amount(o.Lost, "record", "records")))
		}
	}
	if t := st.SelfTest; t != nil && (t.State == control.SelfTestSilent || t.State == control.SelfTestMissed) {
		list = append(list, "klaxond did not detect its own touch: "+shown(t.Why))
	}
	if st.Store != nil && st.Store.Failing != "" {
		list = append(list, "nothing is kept: "+shown(st.Store.Failing))
	}
	if st.Store != nil && st.Store.Held != "" {
		list = append(list, shown(st.Store.Held))
	}
	if n := st.Touches.Dropped + st.Touches.Unjudged + st.Alarms.Dropped; n > 0 {
		list = append(list, amount(n, "touch or alarm", "touches and alarms")+" came faster than they could be taken")
	}
	for _, text := range st.Wire.Lost {
		list = append(list, shown(text))
	}
	for _, in := range st.Wire.Interfaces {
		if in.Drops > 0 {
			list = append(list, fmt.Sprintf("the kernel lost %s of %s", amount(in.Drops, "packet", "packets"), shown(in.Name)))
		}
	}
	return list
}

// because is a reason, if one is known.
func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + shown(why)
}

func (q *question) status(st *control.Status, traps bool) {
	up := st.Now.Sub(st.Started)
	q.printf("klaxond %s on %s, process %d, up %s, %s%s\n", shown(st.Version), shown(st.Sensor), st.PID, span(up), shown(st.Mode), profile(st))
	q.row("traps", trapSum(st.Traps))
	if traps {
		q.traps(st.Traps)
	} else {
		q.trapGroups(st.Traps)
	}
	q.wire(&st.Wire)
	if r := st.Rates; r != nil {
		q.row("rates", fmt.Sprintf("%s packets/s, %s bit/s, %s touches/s, %s alarm records/s over %s",
			per(r.Packets), per(r.Bits), per(r.Touches), per(r.Records), span(time.Duration(r.Over))))
	}
	q.row("touches", fmt.Sprintf("%s; %s not recorded one by one, %s lost by the kernel",
		render.Grouped(st.Touches.In), render.Grouped(st.Touches.HeldBack), render.Grouped(st.Touches.Lost)))
	q.row("alarms", fmt.Sprintf("%s opened, %s taken back, %s; %s for the records alone, %s held back", render.Grouped(st.Alarms.Opened),
		render.Grouped(st.Alarms.Retracted), amount(st.Alarms.Records, "record", "records"), render.Grouped(st.Alarms.Quiet), render.Grouped(st.Alarms.HeldBack)))
	if n := st.Touches.Drills + st.Alarms.Drills; n > 0 {
		q.row("drills", fmt.Sprintf("%s and %s of alarms beside these", amount(st.Touches.Drills, "touch", "touches"), amount(st.Alarms.Drills, "record", "records")))
	}
	q.selfTest(st.SelfTest)
	for i := range st.Outputs {
		q.output(&st.Outputs[i])
	}
	q.store(st.Store)
	if len(st.Waiting) > 0 {
		q.row("reload", "changed since the start, and taken at the next: "+shown(strings.Join(st.Waiting, ", ")))
	}
	q.row("asked", fmt.Sprintf("%s, %d following; %s refused, %s turned away", amount(st.Control.Requests, "time", "times"),
		st.Control.Tails, render.Grouped(st.Control.Refused), render.Grouped(st.Control.Turned)))
	for _, text := range amiss(st) {
		q.row("amiss", text)
	}
}

func profile(st *control.Status) string {
	if st.Profile == "" {
		return ""
	}
	return ", profile " + shown(st.Profile)
}

// row is one line, its subject in a column of its own.
func (q *question) row(subject, text string) { q.printf("%-10s%s\n", subject, text) }

var trapStates = []control.TrapState{control.TrapArmed, control.TrapUnseen, control.TrapShielded, control.TrapHeld, control.TrapDenied}

func trapSum(list []control.Trap) string {
	n := map[control.TrapState]int{}
	for _, t := range list {
		n[t.State]++
	}
	armed := n[control.TrapArmed] + n[control.TrapUnseen] + n[control.TrapShielded]
	s := fmt.Sprintf("%d armed", armed)
	for _, part := range []struct {
		state control.TrapState
		what  string
	}{
		{control.TrapUnseen, "of them unseen so far"}, {control.TrapShielded, "shielded"},
		{control.TrapHeld, "held by a real service"}, {control.TrapDenied, "denied"},
	} {
		if n[part.state] > 0 {
			s += fmt.Sprintf(", %d %s", n[part.state], part.what)
		}
	}
	return s
}

// trapGroups tells the states that an operator can do something about, and those
// that something came for.
func (q *question) trapGroups(list []control.Trap) {
	for _, state := range trapStates {
		if state == control.TrapUnseen {
			continue
		}
		groups := map[string][]control.Trap{}
		for _, t := range list {
			if t.State == state {
				why := ""
				switch state {
				case control.TrapHeld:
					why = t.Holder
				case control.TrapDenied:
					why = t.Error
				}
				groups[why] = append(groups[why], t)
			}
		}
		for _, why := range sortedKeys(groups) {
			label := string(state)
			if state == control.TrapArmed {
				label = "reached or probed"
			}
			text := label + " " + portsOf(groups[why])
			switch {
			case why != "" && state == control.TrapHeld:
				text += ", by " + shown(why)
			case why != "":
				text += ": " + shown(why)
			}
			q.row("", text)
		}
	}
}

// portsOf lists ports as ranges, up to about two rows.
func portsOf(list []control.Trap) string {
	slices.SortFunc(list, func(a, b control.Trap) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Port, b.Port))
	})
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1].Transport == list[i].Transport && list[j+1].Port == list[j].Port+1 {
			j++
		}
		part := fmt.Sprintf("%s/%d", list[i].Transport, list[i].Port)
		if i > 0 && list[i-1].Transport == list[i].Transport {
			part = fmt.Sprint(list[i].Port)
		}
		if j > i {
			part += fmt.Sprintf("-%d", list[j].Port)
		}
		parts = append(parts, part)
		i = j + 1
	}
	const most = 20
	if len(parts) > most {
		parts = append(parts[:most], "...")
	}
	return shown(strings.Join(parts, ","))
}

func (q *question) traps(list []control.Trap) {
	t := newTable("TRAP", "SERVICE", "STATE", "TOUCHES", "HALF-OPEN", "UNANSWERED", "LAST", "NOTE")
	for _, x := range list {
		last := "-"
		if x.Last != nil {
			last = q.look.when(*x.Last)
		}
		note := x.Error
		if x.Holder != "" {
			note = "held by " + x.Holder
		}
		t.add(fmt.Sprintf("%s/%d", x.Transport, x.Port), x.Service, string(x.State), render.Grouped(x.Touches), render.Grouped(x.Halves), render.Grouped(x.Probes), last, note)
	}
	t.write(q.out)
}

func (q *question) wire(w *control.Wire) {
	if !w.Watched {
		q.row("wire", "not watched: "+shown(w.Why))
		return
	}
	how := "what is for this host"
	if w.Promiscuous {
		how = "promiscuously"
	}
	for _, in := range w.Interfaces {
		addrs := in.Addrs
		if len(addrs) > 3 {
			addrs = append(slices.Clone(addrs[:3]), "...")
		}
		q.row("wire", fmt.Sprintf("%s (%s), %s; %s lost by the kernel", shown(in.Name), shown(strings.Join(addrs, ", ")), how, amount(in.Drops, "packet", "packets")))
	}
	q.row("", fmt.Sprintf("%s, %s; %s remembered, %s forgotten for lack of room", amount(w.Packets, "packet", "packets"),
		size(int64(w.Bytes)), amount(w.Sources, "source", "sources"), render.Grouped(w.Forgotten)))
	q.row("coverage", fmt.Sprintf("%s contacted: heard both ways %d, one way %d, never an answer %d",
		amount(w.Both+w.One+w.Never, "host", "hosts"), w.Both, w.One, w.Never))
}

func (q *question) output(o *control.Output) {
	what := amount(o.Alarms, "alarm record", "alarm records")
	if o.Keeps {
		what = amount(o.Touches, "touch", "touches") + ", " + what
	}
	state := "well"
	switch {
	case o.Failing:
		state = "FAILING"
	case o.Absent:
		state = "no daemon was there at the start"
	}
	waiting := render.Grouped(o.Pending) + " waiting"
	if lag := time.Duration(o.Lag); lag >= time.Second {
		waiting += " for " + span(lag)
	}
	q.row("output", fmt.Sprintf("%s: %s; %s; %s, %s lost", shown(o.Name), state, what, waiting, render.Grouped(o.Lost)))
}

func (q *question) store(s *control.Store) {
	if s == nil {
		q.row("store", "nothing is kept")
		return
	}
	limit := ""
	if s.MaxBytes > 0 {
		limit = " of " + size(s.MaxBytes)
	}
	q.row("store", fmt.Sprintf("%s: %s%s; %s, %s, %s, packets of %s", shown(s.Path), size(s.Bytes), limit, amount(s.Touches, "touch", "touches"),
		amount(s.Alarms, "alarm record", "alarm records"), amount(s.Health, "health record", "health records"), amount(s.Evidence, "alarm", "alarms")))
	if s.HeadTime != nil && s.Oldest != nil {
		q.row("", fmt.Sprintf("records %d to %d, since %s; the newest is of %s", s.First, s.Head, q.look.when(*s.Oldest), q.look.when(*s.HeadTime)))
	}
}
