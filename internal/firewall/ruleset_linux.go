package firewall

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// family is that of a table.
type family uint8

func (f family) String() string {
	switch f {
	case unix.NFPROTO_INET:
		return "inet"
	case unix.NFPROTO_IPV4:
		return "ip"
	case unix.NFPROTO_IPV6:
		return "ip6"
	case unix.NFPROTO_NETDEV:
		return "netdev"
	case unix.NFPROTO_BRIDGE:
		return "bridge"
	}
	return fmt.Sprintf("family %d", uint8(f))
}

// tableKey and innerKey name tables, and chains and sets in them.
type tableKey struct {
	family family
	name   string
}

type innerKey struct {
	tableKey
	name string
}

// ruleset is all that was read.
type ruleset struct {
	dormant map[tableKey]bool
	chains  map[innerKey]*chain
	sets    map[innerKey]*set
	rules   int
}

type chain struct {
	in       *ruleset
	key      innerKey
	base     bool
	hook     uint32
	priority int32
	kind     string // filter, nat, route
	policy   verdict
	loopback bool // it is for lo alone
	rules    []*rule
}

type rule struct {
	chain    *chain
	handle   uint64
	position int // in its chain, from 1
	exprs    []expression
}

// expression is one step of a rule.
type expression struct {
	name string
	attributes
}

// set is a set or a map.
type set struct {
	name      string
	anonymous bool
	interval  bool
	fields    []int // lengths, of a concatenation with ranges
	elements  []element
	cut       bool // it has more elements, or some that cannot be read
}

type element struct {
	from, to []byte // both inclusive
	all      bool   // the element for all that no other matches
	value    []byte
	verdict  *verdict
}

func newRuleset() *ruleset {
	return &ruleset{dormant: map[tableKey]bool{}, chains: map[innerKey]*chain{}, sets: map[innerKey]*set{}}
}

func (rs *ruleset) addTable(f family, a attributes) {
	if a.number(unix.NFTA_TABLE_FLAGS)&unix.NFT_TABLE_F_DORMANT != 0 {
		rs.dormant[tableKey{f, a.text(unix.NFTA_TABLE_NAME)}] = true
	}
}

func (rs *ruleset) addChain(f family, a attributes) {
	c := &chain{
		in:   rs,
		key:  innerKey{tableKey{f, a.text(unix.NFTA_CHAIN_TABLE)}, a.text(unix.NFTA_CHAIN_NAME)},
		kind: a.text(unix.NFTA_CHAIN_TYPE), policy: verdict{code: accept},
	}
	if a.has(unix.NFTA_CHAIN_HOOK) {
		h := attributesOf(a.get(unix.NFTA_CHAIN_HOOK))
		c.base = true
		c.hook = uint32(h.number(unix.NFTA_HOOK_HOOKNUM))
		c.priority = int32(h.number(unix.NFTA_HOOK_PRIORITY))
		c.loopback = h.text(unix.NFTA_HOOK_DEV) == "lo"
	}
	if a.has(unix.NFTA_CHAIN_POLICY) && a.number(unix.NFTA_CHAIN_POLICY) == nfDrop {
		c.policy.code = drop
	}
	rs.chains[c.key] = c
}

func (rs *ruleset) addRule(f family, a attributes) error {
	if rs.rules++; rs.rules > rulesMax {
		return fmt.Errorf("read the rules of nftables: there are more than %d", rulesMax)
	}
	key := innerKey{tableKey{f, a.text(unix.NFTA_RULE_TABLE)}, a.text(unix.NFTA_RULE_CHAIN)}
	c := rs.chains[key]
	if c == nil {
		return fmt.Errorf("read the rules of nftables: %v %s has a rule for its chain %s, which is missing", f, key.tableKey.name, key.name)
	}
	r := &rule{chain: c, handle: a.number(unix.NFTA_RULE_HANDLE), position: len(c.rules) + 1}
	whole := each(a.get(unix.NFTA_RULE_EXPRESSIONS), func(_ uint16, data []byte) {
		e := attributesOf(data)
		r.exprs = append(r.exprs, expression{e.text(unix.NFTA_EXPR_NAME), attributesOf(e.get(unix.NFTA_EXPR_DATA))})
	})
	if !whole {
		r.exprs = append(r.exprs, expression{name: "?"})
	}
	c.rules = append(c.rules, r)
	return nil
}

func (rs *ruleset) addSet(f family, a attributes) *set {
	flags := a.number(unix.NFTA_SET_FLAGS)
	s := &set{
		name:      a.text(unix.NFTA_SET_NAME),
		anonymous: flags&unix.NFT_SET_ANONYMOUS != 0, interval: flags&unix.NFT_SET_INTERVAL != 0,
	}
	const concat, fieldLength = 2, 1 // NFTA_SET_DESC_CONCAT, NFTA_SET_FIELD_LEN
	each(attributesOf(a.get(unix.NFTA_SET_DESC)).get(concat), func(_ uint16, data []byte) {
		s.fields = append(s.fields, int(attributesOf(data).number(fieldLength)))
	})
	rs.sets[innerKey{tableKey{f, a.text(unix.NFTA_SET_TABLE)}, s.name}] = s
	return s
}

const (
	keyEnd   = 10 // NFTA_SET_ELEM_KEY_END
	catchAll = 2  // NFT_SET_ELEM_CATCHALL
)

// boundary is an element as the kernel lists those of intervals: each begins one,
// or is the first value behind one.
type boundary struct {
	element
	end bool
}

func boundaries(list []byte) (out []boundary) {
	each(list, func(_ uint16, data []byte) {
		a := attributesOf(data)
		flags := a.number(unix.NFTA_SET_ELEM_FLAGS)
		b := boundary{end: flags&unix.NFT_SET_ELEM_INTERVAL_END != 0}
		b.all = flags&catchAll != 0
		b.from = a.value(unix.NFTA_SET_ELEM_KEY)
		b.to = a.value(keyEnd)
		b.element.value = a.value(unix.NFTA_SET_ELEM_DATA)
		if raw := attributesOf(a.get(unix.NFTA_SET_ELEM_DATA)).get(dataVerdict); raw != nil {
			v := verdictOf(raw)
			b.verdict = &v
		}
		out = append(out, b)
	})
	return out
}

// fill makes elements of what the kernel listed.
func (s *set) fill(list []boundary) {
	if len(list) > elementsMax {
		s.cut = true
		return
	}
	if s.interval && len(s.fields) < 2 {
		list = joined(list)
	}
	for _, b := range list {
		if b.to == nil {
			b.to = b.from
		}
		if !b.end {
			s.elements = append(s.elements, b.element)
		}
	}
}

// joined gives each beginning of an interval the last value in it.
func joined(list []boundary) []boundary {
	slices.SortStableFunc(list, func(a, b boundary) int {
		return cmp.Or(bytes.Compare(a.from, b.from), compareEnd(a, b))
	})
	for i := range list {
		b := &list[i]
		if b.all || b.end || b.to != nil {
			continue
		}
		b.to = bytes.Repeat([]byte{0xff}, len(b.from))
		if i+1 < len(list) && len(list[i+1].from) == len(b.from) {
			b.to = before(list[i+1].from)
		}
	}
	return list
}

// compareEnd puts the end of an interval before the next one's beginning.
func compareEnd(a, b boundary) int {
	switch {
	case a.end == b.end:
		return 0
	case a.end:
		return -1
	}
	return 1
}

// before is the value before v.
func before(v []byte) []byte {
	v = bytes.Clone(v)
	for i := len(v) - 1; i >= 0; i-- {
		v[i]--
		if v[i] != 0xff {
			break
		}
	}
	return v
}
