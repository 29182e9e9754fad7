package scenario

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// TestUsers lets several users run one tool against one network at the same
// time: the tool is no campaign, so that each of them has an alarm of his own.
func TestUsers(t *testing.T) {
	var list []scenario
	for _, u := range toolUsers {
		list = append(list, scenario{u.name, func(s *stage) { s.users(u.tool, u.start) }})
	}
	play(t, list)
}

// toolUsers start a tool on a host. What they return probes some addresses, and
// goes on with the same run when it is called again.
var toolUsers = []struct {
	name, tool string
	start      func(h *synth.Host) func(to []netip.Addr)
}{
	{"three users of zmap before 4.1", "zmap", zmapUser(nil)},
	{"three users of zmap since 4.1, Linux layout", "zmap", zmapUser(synth.Linux)},
	{"three users of zmap since 4.1, Windows layout", "zmap", zmapUser(synth.Windows)},
	{"three users of zmap since 4.1, BSD layout", "zmap", zmapUser(synth.Mac)},
	{"three users of masscan", "masscan", func(h *synth.Host) func([]netip.Addr) {
		m := h.Masscan()
		return func(to []netip.Addr) { m.SYN(to, []uint16{443}) }
	}},
	{"three users of unicornscan", "unicornscan", func(h *synth.Host) func([]netip.Addr) {
		u := h.Unicorn()
		return func(to []netip.Addr) { u.SYN(to, []uint16{443}) }
	}},
	{"three users of naabu", "naabu", func(h *synth.Host) func([]netip.Addr) {
		c := h.Counter()
		return func(to []netip.Addr) { c.SYN(to, []uint16{443}) }
	}},
	{"three bots of Mirai", "mirai", func(h *synth.Host) func([]netip.Addr) {
		return h.Bot().SYN
	}},
	{"three users of scapy", "scapy", func(h *synth.Host) func([]netip.Addr) {
		return func(to []netip.Addr) { h.Scapy(to, []uint16{443}) }
	}},
	{"three users of hping3", "hping3", func(h *synth.Host) func([]netip.Addr) {
		p := h.Hping()
		return func(to []netip.Addr) {
			for _, a := range to {
				p.Send(a, []uint16{443}, decode.SYN)
			}
		}
	}},
}

func zmapUser(layout *synth.Stack) func(h *synth.Host) func(to []netip.Addr) {
	return func(h *synth.Host) func([]netip.Addr) {
		z := h.ZMap()
		z.New = layout
		return func(to []netip.Addr) { z.SYN(to, 443) }
	}
}

// users are three that begin some seconds after each other, and then take turns
// of a few probes.
func (s *stage) users(tool string, start func(*synth.Host) func([]netip.Addr)) {
	x := s.site4()
	var turns []func([]netip.Addr)
	for i, a := range []string{"198.51.100.9", "203.0.113.77", "192.0.2.200"} {
		h := s.Host(a)
		turns = append(turns, start(h))
		s.Wait(time.Duration(3+i) * time.Second)
		s.want(truth.Want{Source: h.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeSweep, Tool: tool})
	}
	for part := range slices.Chunk(x.all(0, 255), 4) {
		for _, turn := range turns {
			turn(part)
		}
	}
}
