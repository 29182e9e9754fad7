package firewall

import (
	"golang.org/x/sys/unix"
)

// lookup asks a set or a map.
func (m *machine) lookup(e *expression) outcome {
	s := m.rs.sets[innerKey{m.in, e.text(unix.NFTA_LOOKUP_SET)}]
	cells := m.load(e.number(unix.NFTA_LOOKUP_SREG))
	if s == nil || s.cut || cells == nil {
		m.forget()
		return unknown
	}
	if !e.has(unix.NFTA_LOOKUP_DREG) {
		t, hangs := m.member(s, cells)
		if e.number(unix.NFTA_LOOKUP_FLAGS)&unix.NFT_LOOKUP_F_INV != 0 {
			t = t.not()
		}
		return is(t, hangs)
	}
	found := m.found(s, cells)
	if e.number(unix.NFTA_LOOKUP_DREG) == unix.NFT_REG_VERDICT {
		return verdicts(found)
	}
	return m.mapped(e.number(unix.NFTA_LOOKUP_DREG), found)
}

// hit is an element that may be meant.
type hit struct {
	*element
	hangs why // 0: it is
}

// member tells whether a set has a value.
func (m *machine) member(s *set, cells []cell) (truth, why) {
	t, hangs := no, why(0)
	for _, h := range m.found(s, cells) {
		if h.hangs == 0 {
			return yes, 0
		}
		t, hangs = maybe, hangs|h.hangs
	}
	return t, hangs
}

// found lists the elements that a value may be, up to the one that it is.
func (m *machine) found(s *set, cells []cell) (list []hit) {
	var all *element
	for i := range s.elements {
		m.work++
		x := &s.elements[i]
		if x.all {
			all = x
			continue
		}
		t, hangs := x.has(s, cells)
		if t == maybe {
			list = append(list, hit{x, hangs})
		}
		if t == yes {
			return append(list, hit{x, 0})
		}
	}
	if all != nil {
		list = append(list, hit{all, 0})
	}
	return list
}

// has compares a value with an element, each field of a concatenation by itself.
func (x *element) has(s *set, cells []cell) (truth, why) {
	if len(s.fields) < 2 {
		return between(cells, x.from, x.to)
	}
	t, hangs, at := yes, why(0), 0
	for _, n := range s.fields {
		if n <= 0 || at+n > len(x.from) || at+n > len(x.to) || at+n > len(cells) {
			return maybe, byUnknown
		}
		field, because := between(cells[at:], x.from[at:at+n], x.to[at:at+n])
		if field == no {
			return no, 0
		}
		t, hangs = min(t, field), hangs|because
		at += (n + 3) &^ 3
	}
	return t, hangs
}

// verdicts are those of a verdict map.
func verdicts(found []hit) outcome {
	out := outcome{truth: yes}
	for _, h := range found {
		v := verdict{code: unclear, note: "a verdict that cannot be read"}
		if h.verdict != nil {
			v = *h.verdict
		}
		out.options = append(out.options, option{v, h.hangs})
	}
	if len(found) == 0 {
		out.truth = no
	}
	return out
}

// mapped fills a register from a map; a value that is not in it ends the rule.
func (m *machine) mapped(reg uint64, found []hit) outcome {
	if len(found) == 0 {
		return is(no, 0)
	}
	var hangs why
	for _, h := range found {
		hangs |= h.hangs
	}
	if hangs == 0 {
		m.store(reg, knownCells(found[0].value...))
		return holds
	}
	m.store(reg, unknownCells(len(found[0].value), hangs, 0))
	if found[len(found)-1].hangs == 0 {
		return holds
	}
	return is(maybe, hangs)
}
