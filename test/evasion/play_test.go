package evasion

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// warmUp is what the detector sees before: innocents at work, so that it knows
// that answers are seen.
const warmUp = 10 * time.Minute

// result is what became of a strategy.
type result struct {
	Learned     int // the most ports of one host that the sources together learned unseen
	Total       int // of all hosts
	Sources     int // that were not named
	Packets     int
	Connections int
	Why         string // of an alarm
}

// play runs a strategy for a day.
func play(s strategy, seed uint64) result {
	w := newWorld(seed)
	w.innocents(s.V6)
	for n := range s.Sources {
		w.scan(&s, n)
	}
	named := w.verdict(seed, s.V6)
	return w.count(&s, named)
}

// innocents make a hundred conversations with every kind of service.
func (w *world) innocents(v6 bool) {
	at := time.Second
	for i := range 100 {
		src := addr{198, 51, 100, byte(1 + i%20)}
		if v6 {
			src = addr{0x20, 0x01, 0x0d, 0xb8, 0xcafe >> 8, 0xfe, 7: byte(i % 20), 15: 1}
		}
		at = w.connect(at, connection{src: src, dst: target(i%50, v6), port: known[i%2], does: open, end: byData, v6: v6})
	}
	w.sent, w.opened = 0, 0
}

// walk is one source on its way.
type walk struct {
	*world
	s    *strategy
	n    int // of the source
	turn int // addresses used so far
	at   time.Duration
	pads int
}

func (w *world) scan(s *strategy, n int) {
	x := walk{world: w, s: s, n: n, at: warmUp + time.Duration(n)*100*time.Millisecond}
	steps := s.steps(n)
	pause := s.Pause
	if pause == 0 {
		pause = (day - time.Minute) / time.Duration(len(steps)+1)
	}
	for i := range s.Scatter {
		x.probe(step{50 + i%200, 3000 + i}, false)
		x.at += time.Second
	}
	for range s.PadFirst {
		x.pad(0)
	}
	for i, p := range steps {
		start := x.at
		if s.PadEvery > 0 && i > 0 && i%s.PadEvery == 0 {
			for range max(s.PadN, 1) {
				x.pad(steps[i-1].host)
			}
		}
		x.probe(p, true)
		x.at = max(x.at, start+pause)
		if x.at > warmUp+day-time.Minute {
			return
		}
	}
	if s.PadEvery > 0 {
		x.pad(steps[len(steps)-1].host)
	}
}

func (x *walk) from() addr {
	if x.s.Rotate {
		x.turn++
	}
	return origin(x.n, x.turn, x.s.V6)
}

func (x *walk) probe(p step, counts bool) {
	s := x.s
	if x.at > warmUp+day-time.Minute {
		return
	}
	host, port, does := target(p.host, s.V6), s.portOf(p.n), s.does(p.n)
	src := x.from()
	at := x.at
	for i := range s.Again + 1 {
		when := at + time.Duration(i)*s.Pace
		if s.UDP {
			d := datagrams{src: src, dst: host, port: port, from: s.From, does: does, n: s.Datagrams, data: s.Data, v6: s.V6}
			if s.Hops {
				d.hop = uint8(20 + (p.n+i)%8)
			}
			if s.Lured && i == 0 {
				x.see(when-time.Second, decode.Packet{Kind: decode.KindUDP, Proto: 17, V6: s.V6, TTL: 64, Src: host, Dst: src, SrcPort: 40000, DstPort: s.From, DataLen: 40})
			}
			answered := x.ask(when, d)
			if counts && (answered || does == dropped && s.Data > 0) {
				x.learn(origin(x.n, 0, s.V6), host, port, true)
			}
			x.at = when + roundTrip
			continue
		}
		x.at = x.connect(when, connection{src: src, dst: host, port: port, from: s.From, does: does, end: s.End, stack: s.Stack, late: s.Late, v6: s.V6})
		if s.Stack != kernelStack || s.Again > 0 {
			x.at = when + 4*roundTrip
		}
		if counts {
			x.learn(origin(x.n, 0, s.V6), host, port, false)
		}
	}
}

// pad makes a connection that succeeds.
func (x *walk) pad(host int) {
	s := x.s
	n := x.pads
	x.pads++
	c := connection{src: x.from(), dst: target(host, s.V6), port: known[0], does: open, end: s.PadEnd, v6: s.V6}
	switch s.Padding {
	case hostServices:
		c.port = known[n%len(known)]
	case siteServices:
		c.dst, c.port = target(n%250, s.V6), known[n/250%len(known)]
	}
	x.at = x.connect(x.at, c) + 10*time.Millisecond
}

// count sums up what the sources learned that nobody named.
func (w *world) count(s *strategy, named map[netip.Addr]string) (r result) {
	hosts := make(map[addr]map[lesson]bool)
	for src, lessons := range w.learned {
		if why, ok := named[key(src.ip(s.V6))]; ok {
			r.Why = why
			continue
		}
		r.Sources++
		for l := range lessons {
			if hosts[l.host] == nil {
				hosts[l.host] = make(map[lesson]bool)
			}
			hosts[l.host][l] = true
		}
	}
	for _, m := range hosts {
		r.Learned = max(r.Learned, len(m))
		r.Total += len(m)
	}
	r.Packets, r.Connections = w.sent, w.opened
	return r
}
