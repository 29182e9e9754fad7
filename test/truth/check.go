package truth

import (
	"fmt"
	"net/netip"
	"slices"

	"klaxon"
)

type check struct {
	allowFlood bool
	suspects   []netip.Addr
	innocent   []netip.Addr
}

// Check compares the alarms of a finished scenario, in the order they were
// told, with what must be told. It returns the differences in words: none is
// what a test wants. A scan that was not wanted is a problem; one that was
// retracted or merely suspected counts as not told; a flood is accepted only
// where it is wanted, or with AllowFlood.
func Check(alarms []*klaxon.Alarm, wants []Want, options ...Option) []string {
	var c check
	for _, o := range options {
		o(&c)
	}
	list := stories(alarms)
	var problems []string
	for _, s := range list {
		problems = append(problems, s.life()...)
	}
	for i := range wants {
		problems = append(problems, wants[i].claim(list)...)
	}
	for _, s := range list {
		if !s.used && s.counts() && !(c.allowFlood && s.last().Shape == klaxon.ShapeFlood) {
			problems = append(problems, "not wanted: "+s.String())
		}
	}
	return append(problems, c.blame(list)...)
}

// blame checks who was suspected.
func (c *check) blame(list []*story) (problems []string) {
	blamed := make(map[netip.Addr]*story)
	for _, s := range list {
		blamed[s.last().Source.Addr] = s
	}
	for _, a := range c.innocent {
		if s := blamed[a]; s != nil && s.last().Event != klaxon.EventRetract {
			problems = append(problems, fmt.Sprintf("%s is innocent, and blamed: %s", a, s))
		}
	}
	for _, a := range c.suspects {
		if blamed[a] == nil {
			problems = append(problems, fmt.Sprintf("%s was not even suspected", a))
		}
	}
	return problems
}

// claim finds the stories that are about a wanted scan and compares them.
func (w *Want) claim(list []*story) (problems []string) {
	var mine []*story
	for _, s := range list {
		if !s.used && s.counts() && w.about(s.last()) {
			s.used = true
			mine = append(mine, s)
		}
	}
	if len(mine) == 0 {
		return []string{"not told: " + w.String() + w.missed(list)}
	}
	if lives := max(w.Lives, 1); len(mine) > lives {
		problems = append(problems, fmt.Sprintf("told by %d alarms, not %d: %s", len(mine), lives, w))
	}
	records := 0
	for _, s := range mine {
		records += len(s.told)
		for _, p := range w.compare(s.last()) {
			problems = append(problems, fmt.Sprintf("%s: %s, told as %s", w, p, s))
		}
	}
	if n := mine[0].open().Probes; w.MaxProbes > 0 && n > uint64(w.MaxProbes) {
		problems = append(problems, fmt.Sprintf("%s: opened after %d probes, wanted by %d", w, n, w.MaxProbes))
	}
	if records > w.records() {
		problems = append(problems, fmt.Sprintf("%s: %d records, at most %d are wanted", w, records, w.records()))
	}
	return problems
}

// missed says what was told of the source that does not count.
func (w *Want) missed(list []*story) (text string) {
	for _, s := range list {
		if w.about(s.last()) {
			text += fmt.Sprintf("; there is a %s", s)
		}
	}
	return text
}

// about tells whether an alarm can be about the wanted scan.
func (w *Want) about(a *klaxon.Alarm) bool {
	flood := a.Shape == klaxon.ShapeFlood
	switch {
	case w.Source.IsValid():
		return !flood && a.Source.Addr == w.Source
	case w.Prefix.IsValid():
		return !flood && w.Prefix.Contains(a.Source.Addr)
	case flood != (w.Shape == klaxon.ShapeFlood) || a.Source.Addr.IsValid():
		return false
	}
	return !w.Victim.IsValid() || slices.Contains(a.Targets.Dst, w.Victim)
}

func (w *Want) records() int {
	switch {
	case w.Records > 0:
		return w.Records
	case w.Source.IsValid() || w.Prefix.IsValid():
		return 3 * max(w.Lives, 1)
	}
	return recordsMax
}

// compare returns how the last word of an alarm differs from what is wanted.
func (w *Want) compare(a *klaxon.Alarm) (problems []string) {
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	for _, t := range w.Techniques {
		bad(!slices.Contains(a.Techniques, t), "technique %s is missing", t)
	}
	for _, t := range a.Techniques {
		bad(!slices.Contains(w.Techniques, t) && !slices.Contains(w.Extra, t), "technique %s is wrong", t)
	}
	bad(w.Shape != "" && a.Shape != w.Shape, "shape %s is wrong", a.Shape)
	bad(w.Tool == "-" && a.Tool.Name != "", "tool %q is wrong", a.Tool.Name)
	bad(w.Tool != "" && w.Tool != "-" && a.Tool.Name != w.Tool, "tool %q is wrong", a.Tool.Name)
	for _, m := range w.Marks {
		bad(!slices.Contains(a.Marks, m), "mark %s is missing", m)
	}
	bad(w.Hosts > 0 && a.Targets.Hosts != w.Hosts, "%d hosts are wrong, they were %d", a.Targets.Hosts, w.Hosts)
	bad(w.Services > 0 && a.Targets.Services != w.Services, "%d services are wrong, they were %d", a.Targets.Services, w.Services)
	bad(a.Proof < w.Proof, "proof %s is too weak", a.Proof)
	bad(w.Victim.IsValid() && !slices.Contains(a.Targets.Dst, w.Victim), "victim %s is not among the targets %v", w.Victim, a.Targets.Dst)
	for _, s := range w.Sources {
		bad(!slices.Contains(a.Sources, s), "source %s is not among the candidates %v", s, a.Sources)
	}
	return problems
}

// String names the wanted scan in a problem.
func (w *Want) String() string {
	who := "many"
	switch {
	case w.Source.IsValid():
		who = w.Source.String()
	case w.Prefix.IsValid():
		who = w.Prefix.String()
	}
	text := fmt.Sprintf("%v/%s from %s", w.Techniques, w.Shape, who)
	if w.Victim.IsValid() {
		text += " on " + w.Victim.String()
	}
	return text
}
