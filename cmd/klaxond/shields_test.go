package main

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// wall is a tracker in front of two traps, and a clock.
type wall struct {
	*track.Tracker
	at   time.Time
	from byte // the last byte of the newest neighbour's address
	told shields
}

var wallTraps = []klaxon.Port{{Transport: klaxon.TCP, Number: 23}, {Transport: klaxon.TCP, Number: 24}, {Transport: klaxon.UDP, Number: 69}}

func newWall() *wall {
	w := &wall{Tracker: track.New(track.Config{Rows: classify.Rows(), Memory: track.MinMemory, Seed: 1}), at: time.Unix(1_000_000, 0), told: shields{}}
	w.SetTraps(wallTraps, 0)
	w.SetLocal([]netip.Addr{netip.MustParseAddr("192.0.2.10")})
	w.SetConnected([]netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")})
	w.pass(0)
	return w
}

func (w *wall) pass(d time.Duration) {
	w.at = w.at.Add(d)
	w.Advance(w.at.UnixNano())
}

// probe lets a new neighbour's SYN be seen for each port, and never answered.
func (w *wall) probe(ports ...uint16) {
	w.from++
	for _, n := range ports {
		p := decode.Packet{Kind: decode.KindTCP, SrcPort: 40000 + uint16(w.at.Unix()%10000), DstPort: n, Flags: 0x02, TTL: 64, Seq: uint32(w.at.UnixNano() >> 8)}
		copy(p.Src[:], []byte{192, 0, 2, 100 + w.from})
		copy(p.Dst[:], []byte{192, 0, 2, 10})
		w.Observe(w.at.UnixNano(), 0, &p)
	}
	w.pass(2 * time.Minute)
}

func (w *wall) touch(n uint16) {
	w.Touch(w.at.UnixNano(), &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake, Time: w.at,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.78"), Port: 999}, Target: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.10"), Port: n}})
	w.pass(time.Second)
}

// says is what is told now.
func (w *wall) says() string {
	var all []string
	for _, h := range shieldRecords(w.told.changes(w.at, w.Traps())) {
		all = append(all, h.Detail)
	}
	return strings.Join(all, "\n")
}

func TestShields(t *testing.T) {
	const rest = " (probes on the wire never get through; klaxonctl check names the rule): "
	w := newWall()
	expect := func(when, want string) {
		t.Helper()
		if got := w.says(); got != want {
			t.Errorf("%s: told %q, want %q", when, got, want)
		}
	}
	expect("at first", "")
	w.probe(23, 24)
	expect("two are shielded", "2 traps are shielded"+rest+"tcp/23-24")
	w.probe(23, 24)
	expect("they still are", "")
	w.touch(23)
	expect("one is free within the hour", "")
	w.pass(shieldPause)
	expect("and told when it is over", "1 trap is free again (a connection got through): tcp/23")
	w.probe(23)
	expect("shielded within the next hour", "")
	w.touch(23)
	w.pass(shieldPause)
	expect("and free before it was over", "")
	w.probe(23)
	w.touch(24)
	expect("one of each", "1 trap is shielded"+rest+"tcp/23\n1 trap is free again (a connection got through): tcp/24")
	w.SetTraps(wallTraps[1:], 0)
	expect("a trap less", "")
	if got := len(w.told); got != 1 {
		t.Errorf("%d traps are remembered after one went, want 1", got)
	}
}

// TestShieldsOfNewTrap: a probe that came before its port was a trap is read after
// that, as when a reload arms it at once.
func TestShieldsOfNewTrap(t *testing.T) {
	w := newWall()
	armed := w.at.Add(100 * time.Millisecond)
	w.SetTraps(wallTraps[1:], 0)
	w.SetTraps(wallTraps, armed.UnixNano())
	w.probe(23)
	if got := w.says(); got != "" {
		t.Errorf("told %q of a probe before there was a trap", got)
	}
	w.probe(23)
	if got := w.says(); !strings.Contains(got, "tcp/23") {
		t.Errorf("told %q of a probe that the trap never got", got)
	}
}

func TestShieldsOfMany(t *testing.T) {
	var many []klaxon.Port
	for n := range uint16(3000) {
		many = append(many, klaxon.Port{Transport: klaxon.TCP, Number: 2 * n})
	}
	list := shieldRecords(many, nil)
	if len(list) != 1 || list[0].Count != 3000 || list[0].What != klaxon.HealthTrap || !strings.Contains(list[0].Detail, "and 2980 more") {
		t.Errorf("%+v", list)
	}
	if list := shieldRecords(nil, nil); !slices.Equal(list, nil) {
		t.Errorf("of nothing: %+v", list)
	}
}
