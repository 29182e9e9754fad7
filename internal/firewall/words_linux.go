package firewall

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// scribe puts a rule into nft's words, as far as it knows them.
type scribe struct {
	rule  *rule
	v6    bool
	proto byte              // of the transport, 0 for none
	held  map[uint64]string // what registers hold
	masks map[uint64][]byte // and what was masked of it
	order []uint64          // of the registers that were loaded since they were last compared
	told  []string
	wait  []string // conditions that nft leaves out when what follows implies them
}

// words is a rule as nft lists it, or nearly; what has no words here stands in
// brackets.
func (r *rule) words() string {
	s := scribe{rule: r, v6: r.chain.key.family == unix.NFPROTO_IPV6, held: map[uint64]string{}, masks: map[uint64][]byte{}}
	for i := range r.exprs {
		s.expression(&r.exprs[i])
	}
	s.flush()
	text := strings.Join(s.told, " ")
	if len(text) > wordsMax {
		text = text[:wordsMax] + "..."
	}
	return text
}

func (s *scribe) say(format string, args ...any) {
	s.flush()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

func (s *scribe) flush() {
	s.told = append(s.told, s.wait...)
	s.wait = nil
}

func (s *scribe) expression(e *expression) {
	switch e.name {
	case "payload":
		if e.has(unix.NFTA_PAYLOAD_DREG) {
			s.hold(e.number(unix.NFTA_PAYLOAD_DREG), s.field(e))
		} else {
			s.say("[change of the packet]")
		}
	case "meta":
		s.meta(e)
	case "ct":
		s.ct(e)
	case "fib":
		s.hold(e.number(unix.NFTA_FIB_DREG), fibName(e))
	case "bitwise":
		s.bitwise(e)
	case "byteorder":
		s.hold(e.number(unix.NFTA_BYTEORDER_DREG), s.name(e.number(unix.NFTA_BYTEORDER_SREG)))
	case "cmp":
		s.compare(e)
	case "range":
		s.span(e)
	case "lookup":
		s.lookup(e)
	default:
		s.statement(e)
	}
}

// statement tells of what compares nothing.
func (s *scribe) statement(e *expression) {
	switch e.name {
	case "immediate":
		if e.number(unix.NFTA_IMMEDIATE_DREG) != unix.NFT_REG_VERDICT {
			s.hold(e.number(unix.NFTA_IMMEDIATE_DREG), hex.EncodeToString(e.value(unix.NFTA_IMMEDIATE_DATA)))
			return
		}
		s.say("%s", verdictOf(attributesOf(e.get(unix.NFTA_IMMEDIATE_DATA)).get(dataVerdict)).words())
	case "counter", "last":
	case "reject", "log", "limit", "quota", "notrack", "masq", "synproxy", "queue":
		s.say("%s", e.name)
	case "nat":
		s.say("%s", map[bool]string{true: "snat", false: "dnat"}[e.number(unix.NFTA_NAT_TYPE) == unix.NFT_NAT_SNAT])
	case "redir":
		s.say("redirect")
	case "connlimit":
		s.say("ct count")
	case "dynset":
		s.say("[update of @%s]", e.text(unix.NFTA_DYNSET_SET_NAME))
	case "match":
		s.match(e.text(unix.NFTA_MATCH_NAME), e.get(unix.NFTA_MATCH_INFO))
	case "target":
		if name := e.text(unix.NFTA_TARGET_NAME); name == "REJECT" {
			s.say("reject")
		} else {
			s.say("[xt target %s]", name)
		}
	default: // who knows what registers hold behind it
		clear(s.held)
		s.say("[%s]", e.name)
	}
}

// match tells of a match of xtables.
func (s *scribe) match(name string, info []byte) {
	switch {
	case name == "comment":
	case name == "multiport" && wholeMultiport(info):
		var parts []string
		for _, r := range portRanges(info) {
			part := fmt.Sprint(r[0])
			if r[1] != r[0] {
				part += fmt.Sprintf("-%d", r[1])
			}
			parts = append(parts, part)
		}
		not := ""
		if info[47] != 0 {
			not = "not "
		}
		s.say("[xt match multiport %s%s]", not, strings.Join(parts, ","))
	default:
		s.say("[xt match %s]", name)
	}
}

func (v verdict) words() string {
	switch v.code {
	case accept:
		return "accept"
	case drop:
		return "drop"
	case jump:
		return "jump " + v.chain
	case hop:
		return "goto " + v.chain
	case leave:
		return "return"
	case goOn:
		return "continue"
	}
	return "[" + v.note + "]"
}

// hold notes what a register holds now.
func (s *scribe) hold(reg uint64, name string) {
	at, _ := place(reg)
	key := uint64(at)
	s.held[key] = name
	delete(s.masks, key)
	s.order = append(s.order, key)
}

func (s *scribe) name(reg uint64) string {
	at, _ := place(reg)
	if n, ok := s.held[uint64(at)]; ok {
		return n
	}
	return "[register]"
}

// subject is what a comparison is of: one register, or with a concatenation the
// ones that were loaded behind it.
func (s *scribe) subject(reg uint64) []string {
	at, _ := place(reg)
	var names []string
	from := slices.Index(s.order, uint64(at))
	if from < 0 {
		return []string{s.name(reg)}
	}
	for _, key := range s.order[from:] {
		names = append(names, s.held[key])
	}
	return names
}

func (s *scribe) bitwise(e *expression) {
	from, _ := place(e.number(unix.NFTA_BITWISE_SREG))
	to, _ := place(e.number(unix.NFTA_BITWISE_DREG))
	s.held[uint64(to)] = s.held[uint64(from)]
	s.masks[uint64(to)] = e.value(unix.NFTA_BITWISE_MASK)
	if !slices.Contains(s.order, uint64(to)) {
		s.order = append(s.order, uint64(to))
	}
}

func (s *scribe) compare(e *expression) {
	reg, v := e.number(unix.NFTA_CMP_SREG), e.value(unix.NFTA_CMP_DATA)
	at, _ := place(reg)
	mask, name := s.masks[uint64(at)], s.name(reg)
	s.order = nil
	op := map[uint64]string{unix.NFT_CMP_NEQ: "!= ", unix.NFT_CMP_LT: "< ", unix.NFT_CMP_LTE: "<= ", unix.NFT_CMP_GT: "> ", unix.NFT_CMP_GTE: ">= "}[e.number(unix.NFTA_CMP_OP)]
	if op == "" && s.implied(name, v) {
		return
	}
	if name == "ct state" && mask != nil && op != "" {
		s.say("ct state %s", stateWords(mask))
		return
	}
	s.drop(name)
	if n := len(s.told) - 1; op == "<= " && n >= 0 && strings.HasPrefix(s.told[n], name+" >= ") {
		s.told[n] = name + " " + strings.TrimPrefix(s.told[n], name+" >= ") + "-" + valueWords(name, v, mask)
		return
	}
	s.say("%s %s%s", name, op, valueWords(name, v, mask))
}

// implied notes a protocol, which nft does not list when a field of it follows.
func (s *scribe) implied(name string, v []byte) bool {
	switch {
	case name == "meta l4proto" && len(v) == 1:
		s.proto, s.wait = v[0], append(s.wait, name+" "+valueWords(name, v, nil))
	case name == "meta nfproto" && len(v) == 1:
		s.v6, s.wait = v[0] == unix.NFPROTO_IPV6, append(s.wait, name+" "+valueWords(name, v, nil))
	case name == "iiftype":
		s.wait = append(s.wait, name+" "+valueWords(name, v, nil))
	default:
		return false
	}
	return true
}

// implies says which condition the first word of a name makes needless.
var implies = map[string]string{
	"tcp": "meta l4proto", "udp": "meta l4proto", "ip": "meta nfproto", "ip6": "meta nfproto", "ether": "iiftype",
}

// drop leaves out the conditions that names imply.
func (s *scribe) drop(names ...string) {
	for _, name := range names {
		first, _, _ := strings.Cut(name, " ")
		s.wait = slices.DeleteFunc(s.wait, func(w string) bool {
			return implies[first] != "" && strings.HasPrefix(w, implies[first]+" ")
		})
	}
}

func (s *scribe) span(e *expression) {
	name := s.name(e.number(unix.NFTA_RANGE_SREG))
	s.order = nil
	op := ""
	if e.number(unix.NFTA_RANGE_OP) == unix.NFT_RANGE_NEQ {
		op = "!= "
	}
	s.drop(name)
	s.say("%s %s%s-%s", name, op, valueWords(name, e.value(unix.NFTA_RANGE_FROM_DATA), nil), valueWords(name, e.value(unix.NFTA_RANGE_TO_DATA), nil))
}

func (s *scribe) lookup(e *expression) {
	names := s.subject(e.number(unix.NFTA_LOOKUP_SREG))
	s.order = nil
	set := s.rule.chain.in.sets[innerKey{s.rule.chain.key.tableKey, e.text(unix.NFTA_LOOKUP_SET)}]
	what := "@" + e.text(unix.NFTA_LOOKUP_SET)
	if set != nil && set.anonymous {
		what = set.words(names)
	}
	op := ""
	if e.number(unix.NFTA_LOOKUP_FLAGS)&unix.NFT_LOOKUP_F_INV != 0 {
		op = "!= "
	}
	if e.has(unix.NFTA_LOOKUP_DREG) {
		op = "map "
		if e.number(unix.NFTA_LOOKUP_DREG) == unix.NFT_REG_VERDICT {
			op = "vmap "
		}
	}
	subject := strings.Join(names, " . ")
	s.drop(names...)
	if op == "map " {
		s.hold(e.number(unix.NFTA_LOOKUP_DREG), subject+" map "+what)
		return
	}
	s.say("%s %s%s", subject, op, what)
}
