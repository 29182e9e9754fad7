package track_test

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// TestReturns: who comes back with whole connections to what he looked at by raw
// packets has a use for it when something is said, or waited for. Merely to connect
// once more is another scan.
func TestReturns(t *testing.T) {
	first := conn{alice, bob, 50000, 22, 77, 5000}
	again := conn{alice, bob, 40000, 22, 1000, 9000}
	for _, tt := range []struct {
		name               string
		stays              time.Duration
		end                decode.Packet
		returned, contacts uint8
		whole              bool
	}{
		{"connected, and reset at once", 0, again.clientRst(0), 0, 0, true},
		{"connected, and closed at once", 0, again.clientFin(0, 0), 0, 0, true},
		{"asked", 0, again.clientFin(100, 4000), 1, 1, false},
		{"asked, and reset", 0, again.clientRst(100), 1, 1, false},
		{"asked, and closed by the server", 0, again.serverFin(4000, 100), 1, 1, false},
		{"read the greeting", 0, again.clientFin(0, 80), 1, 1, false},
		{"waited for one", 6 * time.Second, again.clientFin(0, 0), 1, 1, false},
		{"waited for one, and reset", 6 * time.Second, again.clientRst(0), 1, 1, false},
		{"a stranger's end", 0, func() decode.Packet { p := again.clientFin(100, 4000); p.Ack += 1 << 30; return p }(), 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			w.send(first.rawSyn(), first.synAck(), first.rawRst())
			w.pause(20 * time.Second)
			w.send(again.syn(), again.synAck())
			w.pause(tt.stays)
			w.send(tt.end)
			v := w.source(alice)
			if v.Returned != tt.returned || v.Contacts != tt.contacts || v.Whole != tt.whole {
				t.Errorf("returned %d, contacts %d, whole %v; want %d, %d, %v", v.Returned, v.Contacts, v.Whole, tt.returned, tt.contacts, tt.whole)
			}
			if got := v.Proof != klaxon.ProofNone; got != (tt.whole || tt.returned > 0) {
				t.Errorf("proof %s", v.Proof)
			}
		})
	}
}

// TestReturnsToTrap: a trap that takes a connection was connected to, and used when
// something was said to it.
func TestReturnsToTrap(t *testing.T) {
	first := conn{alice, house, 50000, 512, 77, 5000}
	again := conn{alice, house, 40000, 512, 1000, 9000}
	for proof, used := range map[klaxon.Proof]uint8{klaxon.ProofHandshake: 0, klaxon.ProofData: 1} {
		w := newHouse(t)
		w.send(first.rawSyn(), first.synAck(), first.rawRst())
		w.pause(20 * time.Second)
		w.send(again.syn(), again.synAck())
		x := touchOf(again.syn())
		x.Proof = proof
		w.Touch(w.Now(), x)
		if v := w.source(alice); v.Returned != used || v.Contacts != used || !v.Whole && used == 0 {
			t.Errorf("%s: returned %d, contacts %d, whole %v", proof, v.Returned, v.Contacts, v.Whole)
		}
	}
}

// TestGoesOn: who touched a trap and goes on to use what it used before did not find
// that by a scan. Who found it, and had no use for it then, comes back.
func TestGoesOn(t *testing.T) {
	for name, before := range map[string]bool{"used before": true, "found": false} {
		t.Run(name, func(t *testing.T) {
			first, again := conn{alice, house, 50000, 9464, 77, 5000}, conn{alice, house, 40000, 9464, 1000, 9000}
			w := newHouse(t)
			w.send(first.syn(), first.synAck())
			if before {
				w.send(first.clientFin(100, 4000), first.serverFin(4000, 100))
			} else {
				w.send(first.clientRst(0))
			}
			x := touchOf(conn{alice, house, 40001, 512, 5, 6}.syn())
			x.Proof = klaxon.ProofHandshake
			w.Touch(w.Now(), x)
			v := w.source(alice)
			w.OpenReport(v)
			w.pause(20 * time.Second)
			w.send(again.syn(), again.synAck(), again.clientFin(100, 4000), again.serverFin(4000, 100))
			if got := w.source(alice).Contacts > 0; got == before {
				t.Errorf("%d contacts", w.source(alice).Contacts)
			}
		})
	}
}
