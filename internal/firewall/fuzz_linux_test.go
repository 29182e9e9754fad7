package firewall

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon"
)

// message is one entry of a list as the kernel gives it, for the fuzzer: what it
// is, a family, its length and its attributes.
func message(kind, family byte, attributes ...[]byte) []byte {
	var body []byte
	for _, a := range attributes {
		body = append(body, a...)
	}
	return append([]byte{kind, family, byte(len(body) >> 8), byte(len(body))}, body...)
}

func attribute(kind uint16, parts ...[]byte) []byte {
	var data []byte
	for _, p := range parts {
		data = append(data, p...)
	}
	b := binary.NativeEndian.AppendUint16(nil, uint16(attributeHeader+len(data)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), data...)
	return append(b, make([]byte, (4-len(data)%4)%4)...)
}

func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func step(name string, attributes ...[]byte) []byte {
	return attribute(1, attribute(unix.NFTA_EXPR_NAME, []byte(name+"\x00")), attribute(unix.NFTA_EXPR_DATA, attributes...))
}

var (
	inTable = attribute(unix.NFTA_RULE_TABLE, []byte("t\x00"))
	inChain = attribute(unix.NFTA_RULE_CHAIN, []byte("c\x00"))
	port    = step("payload", attribute(unix.NFTA_PAYLOAD_DREG, u32(1)), attribute(unix.NFTA_PAYLOAD_BASE, u32(2)), attribute(unix.NFTA_PAYLOAD_OFFSET, u32(2)), attribute(unix.NFTA_PAYLOAD_LEN, u32(2)))
	is23    = step("cmp", attribute(unix.NFTA_CMP_SREG, u32(1)), attribute(unix.NFTA_CMP_OP, u32(0)), attribute(unix.NFTA_CMP_DATA, attribute(dataValue, []byte{0, 23})))
	inSet   = step("lookup", attribute(unix.NFTA_LOOKUP_SET, []byte("s\x00")), attribute(unix.NFTA_LOOKUP_SREG, u32(1)))
	dropped = step("immediate", attribute(unix.NFTA_IMMEDIATE_DREG, u32(0)), attribute(unix.NFTA_IMMEDIATE_DATA, attribute(dataVerdict, attribute(verdictCode, u32(0)))))
	itself  = step("immediate", attribute(unix.NFTA_IMMEDIATE_DREG, u32(0)), attribute(unix.NFTA_IMMEDIATE_DATA, attribute(dataVerdict, attribute(verdictCode, u32(0xfffffffd)), attribute(verdictChain, []byte("c\x00")))))
)

func base() []byte {
	return message(1, unix.NFPROTO_INET, attribute(unix.NFTA_CHAIN_TABLE, []byte("t\x00")), attribute(unix.NFTA_CHAIN_NAME, []byte("c\x00")),
		attribute(unix.NFTA_CHAIN_HOOK, attribute(unix.NFTA_HOOK_HOOKNUM, u32(1)), attribute(unix.NFTA_HOOK_PRIORITY, u32(0))))
}

func ruleOf(steps ...[]byte) []byte {
	return message(2, unix.NFPROTO_INET, inTable, inChain, attribute(unix.NFTA_RULE_EXPRESSIONS, steps...))
}

func setOf(elements ...[]byte) []byte {
	return message(3, unix.NFPROTO_INET, attribute(unix.NFTA_SET_TABLE, []byte("t\x00")), attribute(unix.NFTA_SET_NAME, []byte("s\x00")),
		attribute(unix.NFTA_SET_FLAGS, u32(unix.NFT_SET_INTERVAL)), attribute(100, elements...))
}

// rulesetOf reads messages in a row.
func rulesetOf(b []byte) *ruleset {
	rs := newRuleset()
	for len(b) >= 4 {
		n := min(int(b[2])<<8|int(b[3]), len(b)-4)
		f, a := family(b[1]), attributesOf(b[4:4+n])
		switch b[0] % 4 {
		case 0:
			rs.addTable(f, a)
		case 1:
			rs.addChain(f, a)
		case 2:
			if rs.addRule(f, a) != nil {
				return nil
			}
		case 3:
			s := rs.addSet(f, a)
			s.fill(boundaries(a.get(100)))
		}
		b = b[4+n:]
	}
	return rs
}

func traps() []Trap {
	return []Trap{{Port: klaxon.Port{Transport: klaxon.TCP, Number: 23}, V4: true, V6: true}, {Port: klaxon.Port{Transport: klaxon.UDP, Number: 69}, V4: true}}
}

// TestSeeds: the rules below are read as they are meant, so that the fuzzer begins
// with rules and not with noise.
func TestSeeds(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want Reach
	}{
		"drop":      {append(base(), ruleOf(port, is23, dropped)...), Blocked},
		"nothing":   {base(), Open},
		"unknown":   {append(base(), ruleOf(step("later"), dropped)...), Unclear},
		"queue":     {append(base(), ruleOf(port, is23, step("queue"))...), Unclear},
		"a proxy":   {append(base(), ruleOf(port, is23, step("tproxy"))...), Unclear},
		"a socket":  {append(base(), ruleOf(step("socket"), dropped)...), Unclear},
		"counted":   {append(base(), ruleOf(port, is23, step("counter"), step("log"), dropped)...), Blocked},
		"set":       {append(append(base(), setOf(attribute(1, attribute(unix.NFTA_SET_ELEM_KEY, attribute(dataValue, []byte{0, 20}))))...), ruleOf(port, inSet, dropped)...), Blocked},
		"no set":    {append(base(), ruleOf(port, inSet, dropped)...), Unclear},
		"loop":      {append(base(), ruleOf(itself)...), Unclear},
		"two loops": {append(append(base(), ruleOf(itself)...), ruleOf(itself)...), Unclear},
	} {
		if got := rulesetOf(c.b).judge(traps()[:1], Host{})[0]; got.Reach != c.want {
			t.Errorf("%s: %v (%s), want %v", name, got.Reach, got.Why, c.want)
		}
	}
}

// FuzzRules: no ruleset makes the interpreter fall over or run without end, and
// none makes it claim more when it understands less.
func FuzzRules(f *testing.F) {
	f.Add(append(base(), ruleOf(port, is23, dropped)...))
	f.Add(append(append(base(), setOf(attribute(1, attribute(unix.NFTA_SET_ELEM_KEY, attribute(dataValue, []byte{0, 20}))))...), ruleOf(port, inSet, dropped)...))
	f.Add(append(base(), ruleOf(itself)...))
	for _, e := range []string{"meta", "ct", "fib", "range", "bitwise", "byteorder", "nat", "redir", "match", "target", "exthdr", "dynset", "objref", "numgen"} {
		f.Add(append(base(), ruleOf(step(e, attribute(1, u32(1)), attribute(2, u32(1)), attribute(3, u32(1))), is23, dropped)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rs := rulesetOf(b)
		if rs == nil {
			return
		}
		const few = 20 // rules, so that one input does not take a second
		findings := rs.judge(traps(), Host{})
		for _, found := range findings {
			if (found.Reach == Open) != (found.Why == "") {
				t.Errorf("%+v has no reason, or one too many", found)
			}
		}
		if rs.rules <= few {
			for _, c := range rs.contradictions(traps(), Host{}) {
				t.Error(c)
			}
		}
	})
}
