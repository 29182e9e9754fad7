package evasion

import (
	"bytes"
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"klaxon"
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

// play runs a strategy for a day, against a detector that tells verdicts from floor
// on.
func play(s strategy, seed uint64, floor klaxon.Confidence) result {
	w := newWorld(seed)
	w.innocents(s.V6)
	for n := range s.Sources {
		w.scan(&s, n)
	}
	named := w.verdict(seed, s.days(), floor)
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
		pause = (s.days() - time.Minute) / time.Duration(len(steps)+1)
	}
	for range s.lead() { // a flood that has begun
		x.flood(x.at, target(0, s.V6))
		x.at += 100 * time.Millisecond
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
		if s.Burst > 0 && i%s.Burst == s.Burst-1 {
			x.at += s.Rest
		}
		if x.over() {
			return
		}
	}
	if s.PadEvery > 0 {
		x.pad(steps[len(steps)-1].host)
	}
}

// over tells whether the play is.
func (x *walk) over() bool { return x.at > warmUp+x.s.days()-time.Minute }

func (x *walk) from() addr {
	if x.s.Rotate {
		x.turn++
	}
	return origin(x.n, x.turn, x.s.V6)
}

// probe makes one probe, with all that goes with it.
func (x *walk) probe(p step, counts bool) {
	s := x.s
	if x.over() {
		return
	}
	src, at := x.from(), x.at
	for i := range s.Again + 1 {
		when := at + time.Duration(i)*s.Pace
		answered := true
		switch {
		case s.UDP:
			answered = x.datagram(when, p, src, i)
		case s.Flags != 0:
			x.lone(when, src, target(p.host, s.V6), s.portOf(p.n), s.Flags, s.does(p.n))
			x.at = when + roundTrip
		default:
			x.segment(when, p, src)
		}
		if counts && answered {
			x.learn(origin(x.n, 0, s.V6), target(p.host, s.V6), s.portOf(p.n), s.UDP)
		}
	}
}

func (x *walk) segment(when time.Duration, p step, src addr) {
	s := x.s
	c := connection{
		src: src, dst: target(p.host, s.V6), port: s.portOf(p.n), from: s.From, does: s.does(p.n),
		end: s.End, stack: s.Stack, late: s.Late, v6: s.V6,
	}
	x.at = x.connect(when, c)
	if s.Stack != kernelStack || s.Again > 0 {
		x.at = when + 4*roundTrip // several at once
	}
	for i := range s.Decoys {
		forged := c
		forged.src, forged.stack, forged.end, forged.does = origin(200+i, 0, s.V6), copyStack, byHalf, closed
		x.connect(when, forged)
	}
	if s.Cover {
		x.flood(when, c.dst)
	}
}

// payloads is of how many services over UDP a scanner knows what they answer to, so
// that silence says that they are not there (nmap 7.93 knows 61).
// Two of its payloads have 200 bytes or more, those for DHCP and IKE.
const (
	payloads     = 61
	longPayloads = 2
)

// datagram probes over UDP, for the i-th time, and tells whether that tells anything.
func (x *walk) datagram(when time.Duration, p step, src addr, i int) bool {
	s := x.s
	d := datagrams{src: src, dst: target(p.host, s.V6), port: s.portOf(p.n), from: s.From, does: s.does(p.n), n: s.Datagrams, data: s.Data, v6: s.V6}
	if s.Hops {
		d.hop = uint8(20 + (p.n+i)%8)
	}
	if s.Lured && i == 0 && p.n%s.Ports == 0 {
		x.see(when-time.Second, decode.Packet{
			Kind: decode.KindUDP, Proto: 17, V6: s.V6, TTL: 64, Src: d.dst, Dst: src, SrcPort: 40000, DstPort: s.From, DataLen: 40,
		})
	}
	x.at = when + roundTrip
	known := payloads
	if s.Data >= 200 {
		known = longPayloads
	}
	return x.ask(when, d) || d.does == dropped && s.Data > 0 && p.n < known
}

// flood sends a few packets to a host from forged sources.
func (x *walk) flood(when time.Duration, dst addr) {
	for i := range 15 {
		at := when - 2*time.Millisecond + time.Duration(i)*200*time.Microsecond
		forged := addr{byte(1 + x.IntN(100)), byte(x.Uint32()), byte(x.Uint32()), byte(x.Uint32())}
		x.send(at, decode.Packet{
			Kind: decode.KindTCP, Proto: 6, TTL: 200, ID: x.Uint32() & 0xffff, Window: 512, Flags: decode.SYN,
			Src: forged, Dst: dst, SrcPort: uint16(x.Uint32()), DstPort: uint16(x.Uint32()), Seq: x.Uint32(),
		})
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

// count sums up what the sources learned that nobody named. The reason is that of the
// first of them.
func (w *world) count(s *strategy, named map[netip.Addr]string) (r result) {
	hosts := make(map[addr]map[lesson]bool)
	byAddress := func(a, b addr) int { return bytes.Compare(a[:], b[:]) }
	for _, src := range slices.SortedFunc(maps.Keys(w.learned), byAddress) {
		lessons := w.learned[src]
		if why, ok := named[key(src.ip(s.V6))]; ok {
			r.Why = cmp.Or(r.Why, why)
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
