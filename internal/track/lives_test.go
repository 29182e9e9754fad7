package track_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// lived lets a host answer once, and then be quiet for a time.
func lived(w *wire, host string, quiet time.Duration) {
	c := conn{"198.51.100.200", host, 41000, 80, 5000, 9000}
	w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(10, 1000))
	w.pause(quiet)
}

// TestAsleep: a machine that lived yesterday and is off now weighs little, whoever
// looks for one or two of its services; one that is awake, one that has been away
// for more than a month, and an address that nobody ever had weigh in full.
func TestAsleep(t *testing.T) {
	for _, tt := range []struct {
		name  string
		quiet time.Duration // since it was seen; 0 for never
		want  track.Outcome
	}{
		{"never seen", 0, track.Silent},
		{"awake", time.Minute, track.Silent},
		{"off since yesterday", 24 * time.Hour, track.Asleep},
		{"away for 29 days", 29 * 24 * time.Hour, track.Asleep},
		{"away for 31 days", 31 * 24 * time.Hour, track.Silent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			w.send(conn{alice, "192.0.2.99", 39999, 80, 1, 0}.syn())
			if tt.quiet > 0 {
				lived(w, bob, tt.quiet)
			}
			w.send(conn{alice, bob, 40000, 445, 1000, 0}.syn())
			w.pause(5 * time.Second)
			n := w.note(alice, bob, 445)
			if n.Outcome != tt.want {
				t.Fatalf("%+v, want outcome %d", n, tt.want)
			}
			full := w.note(alice, "192.0.2.99", 80).Weight
			if asleep := n.Outcome == track.Asleep; asleep != (n.Weight < full/4) || n.Weight <= 0 {
				t.Errorf("weighs %d of %d", n.Weight, full)
			}
		})
	}
}

// TestAsleepIsNoHidingPlace: whoever looks for a third service of a sleeping host
// is charged for all of them, and raw packets are charged from the first.
func TestAsleepIsNoHidingPlace(t *testing.T) {
	total := func(w *wire) (sum int) {
		for _, n := range w.source(alice).Notes {
			if n.Dst == ip(bob) {
				sum += int(n.Weight)
			}
		}
		return sum
	}
	scan := func(ports int, sleeping, raw bool) (*wire, int) {
		w := newWire(t, track.Config{})
		if sleeping {
			lived(w, bob, 24*time.Hour)
		}
		for i := range ports {
			c := conn{alice, bob, uint16(40000 + i), uint16(1000 + i), uint32(1000 * i), 0}
			if raw {
				w.send(c.rawSyn())
			} else {
				w.send(c.syn())
			}
			w.pause(6 * time.Second)
		}
		return w, total(w)
	}
	for ports, full := range map[int]bool{1: false, 2: false, 3: true, 4: true, 12: true} {
		w, got := scan(ports, true, false)
		_, want := scan(ports, false, false)
		if full && got < want*9/10 || !full && got > want/4 {
			t.Errorf("%d services of a sleeping host weigh %d, of another one %d", ports, got, want)
		}
		if s := w.source(alice); full && int(s.Score) < want*9/10 {
			t.Errorf("%d services of a sleeping host: the walk stands at %d, with another one it would be %d", ports, s.Score, want)
		}
	}
	_, got := scan(1, true, true)
	if _, want := scan(1, false, true); got < want {
		t.Errorf("a raw packet to a sleeping host weighs %d, to another one %d", got, want)
	}
}

func TestDarkIsNoPlaceWhereSomebodyLived(t *testing.T) {
	w := newWire(t, track.Config{Dark: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	lived(w, bob, 24*time.Hour)
	w.send(conn{alice, bob, 40000, 80, 1000, 0}.syn(), conn{alice, "192.0.2.77", 40000, 80, 1000, 0}.syn())
	w.pause(5 * time.Second)
	if n := w.note(alice, bob, 80); n.Outcome != track.Asleep {
		t.Errorf("a host that lived yesterday: %+v", n)
	}
	if n := w.note(alice, "192.0.2.77", 80); n.Outcome != track.Dark {
		t.Errorf("its neighbour, whom nobody ever saw: %+v", n)
	}
}

// TestRecall: what lived is known after a restart, under another seed too; and
// what is damaged is not believed.
func TestRecall(t *testing.T) {
	before := newWire(t, track.Config{Seed: 1})
	const hosts = 300
	name := func(i int) string { return fmt.Sprintf("10.%d.%d.9", i/200, i%200) }
	for i := range hosts {
		lived(before, name(i), 0)
	}
	blob := before.Remember()

	after := newWire(t, track.Config{Seed: 2})
	after.at = before.at + int64(24*time.Hour)
	if !after.Recall(blob) {
		t.Fatal("its own memory is refused")
	}
	for i := range hosts {
		after.send(conn{fmt.Sprintf("198.51.%d.%d", i/250, i%250), name(i), 40000, 445, 1000, 0}.syn())
	}
	after.pause(5 * time.Second)
	known := 0
	after.each(func(v track.View) {
		if v.Notes[0].Outcome == track.Asleep {
			known++
		}
	})
	if known != hosts {
		t.Errorf("%d of %d hosts are known after the restart", known, hosts)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "half a key": blob[:5], "cut off": blob[:len(blob)-1],
		"twice as much": append(append([]byte{}, blob...), blob[8:]...),
		"no such set":   append(append([]byte{}, blob[:8]...), 1, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255),
	} {
		w := newWire(t, track.Config{})
		lived(w, bob, 24*time.Hour)
		if w.Recall(bad) {
			t.Errorf("%s: believed", name)
		}
		w.send(conn{alice, bob, 40000, 445, 1000, 0}.syn())
		w.pause(5 * time.Second)
		if n := w.note(alice, bob, 445); n.Outcome != track.Asleep {
			t.Errorf("%s: what was known is forgotten", name)
		}
	}
}

// TestPingOfAVisit: a ping that a host drops is no evidence once the host has been
// visited; a ping alone is.
func TestPingOfAVisit(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		src, dst := alice, bob
		ping := decode.Packet{Kind: decode.KindICMP, Proto: 1, TTL: 64, ICMPType: decode.ICMPEcho, ICMPID: 7, ICMPSeq: 1, DataLen: 56}
		if v6 {
			src, dst = "2001:db8:1::7", "2001:db8:2::9"
			ping.Kind, ping.Proto, ping.V6, ping.ICMPType = decode.KindICMPv6, 58, true, decode.ICMPv6Echo
		}
		ping.Src, ping.Dst = ip(src), ip(dst)
		w := newWire(t, track.Config{})
		w.send(conn{src, "192.0.2.250", 39000, 9, 5, 0}.syn())
		if v6 {
			w.send(conn{src, "2001:db8:2::fa", 39000, 9, 5, 0}.syn())
		}
		w.send(ping)
		w.pause(5 * time.Second)
		port := uint16(ping.ICMPType)
		if n := w.note(src, dst, port); n.Outcome != track.Silent || n.Weight <= 0 {
			t.Errorf("a ping alone: %+v", n)
		}
		c := conn{src, dst, 40000, 10001, 1000, 9000}
		w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(200, 9000))
		if n := w.note(src, dst, port); n.Outcome != track.Void || n.Weight != 0 {
			t.Errorf("a ping before a visit: %+v", n)
		}
	}
}

// TestNightAfterNight: a visit of two services that is made every night is one of
// two services, also when its contacts of the night before are forgotten.
func TestNightAfterNight(t *testing.T) {
	w := newWire(t, track.Config{})
	lived(w, bob, 0)
	for night := range 4 {
		w.pause(24 * time.Hour)
		for i := range 40000 { // what else happens pushes the contacts out
			c := conn{"198.51.100.1", fmt.Sprintf("203.0.%d.%d", i>>8&255, i&255), 40000, uint16(1 + night), 1, 2}
			w.send(c.syn(), c.synAck())
		}
		for _, port := range []uint16{10001, 10002} {
			w.send(conn{alice, bob, uint16(40000 + night), port, uint32(1000 * night), 0}.syn())
			w.pause(5 * time.Second)
		}
	}
	for _, n := range w.source(alice).Notes {
		if n.Outcome != track.Asleep {
			t.Errorf("%+v", n)
		}
	}
}
