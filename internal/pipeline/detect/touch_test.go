package detect_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// trapHouse is a detector in front of a host with traps at 1 to 100.
type trapHouse struct {
	*detect.Detector
	at     int64
	alarms []*klaxon.Alarm
}

var trapHost = netip.MustParseAddr("192.0.2.10")

func newTrapHouse() *trapHouse {
	h := &trapHouse{at: 1_700_000_000e9}
	h.Detector = detect.New(detect.Config{
		Track: track.Config{Memory: track.MinMemory, Seed: 5}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established,
		Emit: func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
	})
	var traps []klaxon.Port
	for p := range uint16(100) {
		traps = append(traps, klaxon.Port{Transport: klaxon.TCP, Number: p + 1})
	}
	h.SetTraps(traps, 0)
	h.SetLocal([]netip.Addr{trapHost})
	return h
}

func (h *trapHouse) touch(source string, port uint16) *klaxon.Touch {
	t := &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr(source), Port: 40000 + port}, Target: klaxon.Endpoint{Addr: trapHost, Port: port}}
	h.at += int64(time.Second)
	h.Touch(h.at, t)
	return t
}

func (h *trapHouse) syn(source string, port uint16) {
	h.at += int64(time.Second)
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, DF: true, Window: 64240, Flags: decode.SYN, SrcPort: 50000 + port, DstPort: port, Seq: uint32(h.at),
		Options: decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, TSVal: uint32(h.at / 1e6), HasWS: true}}
	a, b := netip.MustParseAddr(source).As4(), trapHost.As4()
	copy(p.Src[:], a[:])
	copy(p.Dst[:], b[:])
	h.Packet(h.at, 0, &p)
}

func (h *trapHouse) syn6(source string, port uint16) {
	h.at += int64(time.Second)
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, V6: true, TTL: 57, Window: 64240, Flags: decode.SYN, SrcPort: 50000 + port, DstPort: port, Seq: uint32(h.at),
		Src: netip.MustParseAddr(source).As16(), Dst: netip.MustParseAddr("2001:db8:1::10").As16(),
		Options: decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, TSVal: uint32(h.at / 1e6), HasWS: true}}
	h.Packet(h.at, 0, &p)
}

// TestTouchOpens: the record that opens an alarm carries the very touch, no other
// record does, and nobody else's.
func TestTouchOpens(t *testing.T) {
	h := newTrapHouse()
	first := h.touch("203.0.113.7", 5)
	h.touch("203.0.113.7", 6)
	other := h.touch("203.0.113.8", 5)
	h.Close()
	var opened []*klaxon.Touch
	for _, a := range h.alarms {
		if a.Event == klaxon.EventOpen {
			opened = append(opened, a.Touch)
		} else if a.Touch != nil {
			t.Errorf("%s of %s carries %v", a.Event, a.Source.Addr, a.Touch)
		}
	}
	if len(opened) != 2 || opened[0] != first || opened[1] != other {
		t.Errorf("opened with %v", opened)
	}
}

// TestLateWireAlarm: what the wire opens while a touch of somebody else is taken
// does not carry that.
func TestLateWireAlarm(t *testing.T) {
	h := newTrapHouse()
	h.syn("203.0.113.7", 5)
	h.at += int64(time.Minute) // nobody said meanwhile that time passed
	mine := h.touch("203.0.113.8", 5)
	h.Close()
	opened := map[string]*klaxon.Touch{}
	for _, a := range h.alarms {
		if a.Event == klaxon.EventOpen {
			opened[a.Source.Addr.String()] = a.Touch
		}
	}
	if len(opened) != 2 || opened["203.0.113.7"] != nil || opened["203.0.113.8"] != mine {
		t.Errorf("opened %v", opened)
	}
}

// TestTouchOfAnother: with more touches than the detector has memory for, those who
// were seen on the wire alone are told early, while somebody's touch is taken, and
// not by that.
func TestTouchOfAnother(t *testing.T) {
	h := newTrapHouse()
	h.syn("203.0.113.7", 5)
	for i := range 20_000 {
		h.at += int64(50 * time.Microsecond)
		h.Touch(h.at, &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
			Source: klaxon.Endpoint{Addr: netip.MustParseAddr("203.0.113.8"), Port: uint16(i)},
			Target: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 5}})
	}
	opened := map[string]*klaxon.Touch{}
	for _, a := range h.alarms {
		if a.Event == klaxon.EventOpen {
			opened[a.Source.Addr.String()] = a.Touch
		}
	}
	if _, ok := opened["203.0.113.7"]; !ok || len(opened) != 2 {
		t.Fatalf("opened %v: the test shows nothing", opened)
	}
	if opened["203.0.113.7"] != nil || opened["203.0.113.8"] == nil {
		t.Errorf("opened %v", opened)
	}
}

// TestTouchOfNetwork: a source that is known by its /64 opens with its touch from
// whichever address of that it used.
func TestTouchOfNetwork(t *testing.T) {
	h := newTrapHouse()
	touch := func(source string) *klaxon.Touch {
		x := &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
			Source: klaxon.Endpoint{Addr: netip.MustParseAddr(source), Port: 40000},
			Target: klaxon.Endpoint{Addr: netip.MustParseAddr("2001:db8:1::10"), Port: 5}}
		h.at += int64(time.Second)
		h.Touch(h.at, x)
		return x
	}
	for i := range uint16(6) { // it is a suspect by its first address
		h.syn6("2001:db8:7::1", 1000+i)
	}
	h.at += int64(time.Minute)
	h.Advance(h.at)
	if len(h.alarms) != 0 {
		t.Fatal("it rang")
	}
	x := touch("2001:db8:7::99")
	if len(h.alarms) != 1 || h.alarms[0].Touch != x || h.alarms[0].Source.Addr == x.Source.Addr {
		t.Errorf("%+v", h.alarms)
	}
}

// TestWhy: it says what is known of a source, before it rings and after.
func TestWhy(t *testing.T) {
	h := newTrapHouse()
	if f, ok := h.Why(netip.MustParseAddr("203.0.113.7")); ok {
		t.Errorf("nobody came, and it knows %+v", f)
	}
	for i := range uint16(3) {
		h.syn("203.0.113.7", 1000+i) // no traps, and no answer
	}
	h.at += int64(time.Minute)
	h.Advance(h.at)
	f, ok := h.Why(netip.MustParseAddr("203.0.113.7"))
	if !ok || f.Contacts != 3 || f.Unanswered != 3 || f.Traps != 0 || f.Told || f.Confidence != klaxon.Suspect || f.Score <= 0 || f.Score >= f.Threshold {
		t.Errorf("three silences: %v %+v", ok, f)
	}
	if !strings.Contains(f.Missing, "more contacts that are refused") {
		t.Errorf("missing: %q", f.Missing)
	}
	if len(h.alarms) != 0 {
		t.Fatal("it rang")
	}
	for i := range uint16(12) {
		h.touch("203.0.113.7", 1+i)
	}
	f, ok = h.Why(netip.MustParseAddr("203.0.113.7"))
	if !ok || f.Contacts != 15 || f.Traps != 12 || f.Touches != 12 || !f.Told || f.Confidence != klaxon.Proven || f.Score < f.Threshold ||
		f.Proof != klaxon.ProofHandshake || f.Missing != "" || f.Hosts != 1 || f.Services != 15 {
		t.Errorf("twelve touches: %v %+v", ok, f)
	}
	if _, ok := h.Why(netip.MustParseAddr("203.0.113.8")); ok {
		t.Error("it knows another one")
	}
}

// TestWhyWide: whoever asks for an address of a /64 is told of the /64.
func TestWhyWide(t *testing.T) {
	h := newTrapHouse()
	x := &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("2001:db8:7::1"), Port: 40000}, Target: klaxon.Endpoint{Addr: netip.MustParseAddr("2001:db8:1::10"), Port: 5}}
	h.Touch(h.at, x)
	f, ok := h.Why(netip.MustParseAddr("2001:db8:7::99"))
	if !ok || !f.Wide || f.Addr != x.Source.Addr {
		t.Errorf("%v %+v", ok, f)
	}
	if _, ok := h.Why(netip.MustParseAddr("2001:db8:8::1")); ok {
		t.Error("it knows another network")
	}
}
