package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// judge finds out what becomes of every trap.
func (rs *ruleset) judge(traps []Trap, h Host) (list []Finding) {
	local := make(map[netip.Addr]bool, len(h.Local))
	for _, a := range h.Local {
		local[a.Unmap()] = true
	}
	work := 0
	for _, v6 := range []bool{false, true} {
		chains := rs.hooks(v6)
		for i := range traps {
			if t := &traps[i]; v6 && t.V6 || !v6 && t.V4 {
				f := Finding{Port: t.Port, V6: v6}
				f.Reach, f.Why = rs.reach(chains, newProbe(t, v6, local), &work)
				list = append(list, f)
			}
		}
	}
	return list
}

// reach follows a probe through all base chains.
func (rs *ruleset) reach(chains []*chain, p *probe, work *int) (Reach, string) {
	w := walker{machine: machine{rs: rs, probe: p}}
	var split, doubt []end // what divides probes, and what divides them as we cannot know
	for _, c := range chains {
		if *work > workMax {
			return Unclear, "the rules are too many to be run for every trap"
		}
		ends := w.base(c)
		*work += w.work
		w.work = 0
		if w.tired {
			return Unclear, fmt.Sprintf("the chains of %v jump too often to be followed", nameOf(c))
		}
		if !slices.ContainsFunc(ends, func(e end) bool { return !e.code.blocks() }) {
			return Blocked, whole(ends).String()
		}
		if i := slices.IndexFunc(ends, func(e end) bool { return e.code == unclear }); i >= 0 {
			return Unclear, ends[i].doubt() // and what it does to a packet may change what later chains do
		}
		s, d := divide(ends)
		split, doubt = append(split, s...), append(doubt, d...)
	}
	switch {
	case len(doubt) > 0:
		return Unclear, doubt[0].doubt()
	case len(split) > 0:
		return Limited, limits(split)
	}
	return Open, ""
}

// whole is the end that all meet which no other stops before.
func whole(ends []end) *end {
	for i := range ends {
		if ends[i].hangs == 0 {
			return &ends[i]
		}
	}
	return &ends[len(ends)-1]
}

// divide compares the ends of one base chain with the one that is met unless
// another comes first.
func divide(ends []end) (split, doubt []end) {
	usual := whole(ends)
	for _, e := range ends {
		switch {
		case e.code.blocks() != usual.code.blocks() && e.hangs&byUnknown != 0:
			doubt = append(doubt, e)
		case e.code.blocks() != usual.code.blocks():
			split = append(split, e)
		}
	}
	if len(split) > 0 && usual.code.blocks() {
		split = append([]end{*usual}, split...)
	}
	return split, doubt
}

// limits says whom a trap is kept from.
func limits(split []end) string {
	first := &split[0]
	if len(split) == 1 || first.hangs != 0 {
		return fmt.Sprintf("not %s: %v", whom(split), first)
	}
	exception := split[1]
	return fmt.Sprintf("only %s: %v, but for %v", whom(split[1:]), first, &exception)
}

// whom puts conditions in words.
func whom(split []end) string {
	var all why
	for _, e := range split {
		all |= e.hangs
	}
	var parts []string
	for _, p := range []struct {
		bit  why
		text string
	}{
		{bySource, "from some sources"}, {byInterface, "on some interfaces"}, {byAddress, "at some addresses of this host"}, {byRate, "at some rate"},
	} {
		if all&p.bit != 0 {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, ", ")
}

// doubt says why nothing is known.
func (e *end) doubt() string {
	if e.code == unclear {
		return fmt.Sprintf("what %v does is not understood (%s)", e, e.note)
	}
	return fmt.Sprintf("when %v applies is not understood", e)
}

func nameOf(c *chain) string {
	return fmt.Sprintf("%v %s", c.key.family, c.key.tableKey.name+" "+c.key.name)
}

// String names the place of an end, and the rule in nft's words.
func (e *end) String() string {
	if e.rule == nil {
		word := "accept"
		if e.code == drop {
			word = "drop"
		}
		return fmt.Sprintf("policy %s of %s", word, nameOf(e.chain))
	}
	r := e.rule
	return fmt.Sprintf("rule %d (handle %d) of %s: %s", r.position, r.handle, nameOf(r.chain), r.words())
}
