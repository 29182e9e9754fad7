package track_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"klaxon/internal/track"
)

// floods counts what is told of floods.
type floods struct {
	n    int
	last *track.Flood
}

func (f *floods) tell(number uint32, x *track.Flood) { f.n, f.last = f.n+1, x }

// TestFlood: what is a flood, and what only looks like one.
func TestFlood(t *testing.T) {
	const n = 6000
	for _, tt := range []struct {
		name  string
		flood bool
		send  func(w *wire, i int)
	}{
		{"SYNs of forged addresses to one port", true, func(w *wire, i int) {
			w.send(conn{stranger(i), bob, uint16(i), 80, uint32(i) * 977, 0}.rawSyn())
		}},
		{"the same, answered and never acknowledged", true, func(w *wire, i int) {
			c := conn{stranger(i), bob, uint16(i), 80, uint32(i) * 977, 7}
			w.send(c.syn(), c.synAck(), c.synAck())
		}},
		{"datagrams of forged addresses to one port", true, func(w *wire, i int) { w.send(udp(stranger(i), uint16(i), bob, 7777)) }},
		{"a scan of one host's ports", false, func(w *wire, i int) {
			c := conn{alice, bob, 40000, uint16(i + 1), 977, 0}
			w.send(c.rawSyn(), c.refusal())
		}},
		{"connections of many clients", false, func(w *wire, i int) {
			c := conn{stranger(i), bob, uint16(i), 80, uint32(i) * 977, 7}
			w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(300, 900), c.serverFin(900, 300))
		}},
		{"one client and many connections", false, func(w *wire, i int) {
			c := conn{alice, bob, uint16(i), 80, uint32(i) * 977, 7}
			w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(300, 900), c.serverFin(900, 300))
		}},
		{"a sweep of one service", false, func(w *wire, i int) {
			w.send(conn{alice, stranger(i), 40000, 80, 977, 0}.rawSyn())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{Seed: 2})
			var f floods
			for i := range n {
				tt.send(w, i)
				w.Floods(f.tell)
			}
			if want := map[bool]int{true: 1}[tt.flood]; f.n != want {
				t.Fatalf("%d floods told, want %d", f.n, want)
			}
			if !tt.flood {
				return
			}
			x := f.last
			if x.Addr != ip(bob) || x.Attempts < n*9/10 || x.Attempts > n || x.First < begin || x.Last > w.Now() || len(x.Ports) != 1 {
				t.Errorf("%+v", x)
			}
			// 256 registers have a standard error of 6.5 %.
			if off := math.Abs(float64(x.Sources())/n - 1); off > .25 {
				t.Errorf("%d sources of %d", x.Sources(), n)
			}
		})
	}
}

// TestFloodHidesNobody: who is forged into a flood is blamed for nothing, and who
// scans beside it is not overlooked.
func TestFloodHidesNobody(t *testing.T) {
	w := newWire(t, track.Config{Seed: 2})
	changed := []string{}
	for i := range 20_000 {
		w.send(conn{stranger(i % 5000), bob, uint16(i), 80, uint32(i) * 977, 0}.rawSyn())
		if i%1000 == 500 {
			c := conn{alice, fmt.Sprintf("192.0.2.%d", 100+i/1000), 40000, 8080, uint32(i), 0}
			w.send(c.syn(), c.refusal())
		}
		w.Changed(func(v track.View) { changed = append(changed, fmt.Sprint(v.Addr)) })
	}
	w.pause(time.Minute)
	w.Changed(func(v track.View) { changed = append(changed, fmt.Sprint(v.Addr)) })
	if changed = slices.Compact(changed); len(changed) != 1 || changed[0] != fmt.Sprint(ip(alice)) {
		t.Errorf("%d sources are to be judged: %v, want %v alone", len(changed), changed[:min(3, len(changed))], ip(alice))
	}
	if v := w.source(alice); v.Score < track.Threshold {
		t.Errorf("evidence of %d against the scanner", v.Score)
	}
}

// TestFloodEnds: after peace for long enough another flood is another.
func TestFloodEnds(t *testing.T) {
	w := newWire(t, track.Config{Seed: 2})
	var f floods
	wave := func() {
		for i := range 3000 {
			w.send(conn{stranger(i), bob, uint16(i), 80, uint32(i)*977 + uint32(w.at), 0}.rawSyn())
			w.Floods(f.tell)
		}
	}
	wave()
	w.pause(3 * time.Second)
	wave() // it goes on
	if f.n != 1 {
		t.Fatalf("%d floods told of one that pauses for three seconds", f.n)
	}
	w.pause(10 * time.Minute)
	wave()
	if f.n != 2 {
		t.Errorf("%d floods told of two, ten minutes apart", f.n)
	}
}
