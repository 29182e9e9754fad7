package detect_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
)

// raw is a SYN that no operating system sends.
func (h *trapHouse) raw(source string, port uint16) {
	h.at += int64(time.Second)
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, Window: 1024, Flags: decode.SYN, SrcPort: 50000, DstPort: port, Seq: 7}
	a, b := netip.MustParseAddr(source).As4(), trapHost.As4()
	copy(p.Src[:], a[:])
	copy(p.Dst[:], b[:])
	h.Packet(h.at, 0, &p)
}

// TestWhyHalfOpen: probes of traps that become no connection are no touches, however
// many of them there are, and a touch is one.
func TestWhyHalfOpen(t *testing.T) {
	h := newTrapHouse()
	source := netip.MustParseAddr("203.0.113.7")
	for port := range uint16(100) {
		h.syn("203.0.113.7", port+1)
	}
	newest := h.at
	h.at += int64(time.Minute)
	h.Advance(h.at)
	f, ok := h.Why(source)
	if !ok || f.Traps != 100 || f.Touches != 0 || !f.Told {
		t.Errorf("half-open alone: %v %+v", ok, f)
	}
	if x := h.TrapStates()[99]; x.Number != 100 || x.Probes+x.Halves != 1 || newest-x.Last >= 1e9 || newest < x.Last {
		t.Errorf("the trap of the newest probe, at %d: %+v", newest, x)
	}
	h.touch("203.0.113.7", 5)
	if f, ok = h.Why(source); !ok || f.Traps != 100 || f.Touches != 1 {
		t.Errorf("and one touch: %v %+v", ok, f)
	}
}

// TestWhyRemembers: what an open alarm tells of its source is told to whoever asks,
// also when the contacts that showed it are kept no more.
func TestWhyRemembers(t *testing.T) {
	h := newTrapHouse()
	for port := range uint16(10) {
		h.raw("203.0.113.7", 1000+port)
	}
	h.at += int64(time.Minute)
	h.Advance(h.at)
	for port := range uint16(99) {
		h.touch("203.0.113.7", 1+port)
	}
	f, ok := h.Why(netip.MustParseAddr("203.0.113.7"))
	if !ok || !slices.Equal(f.Techniques, []klaxon.Technique{klaxon.Syn, klaxon.Connect}) {
		t.Errorf("%v %v", ok, f.Techniques)
	}
	if f.Services > f.Contacts {
		t.Errorf("%d services in %d contacts", f.Services, f.Contacts)
	}
}
