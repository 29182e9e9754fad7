package evasion

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

const day = 24 * time.Hour

// begin is when every play starts, in nanoseconds.
const begin = int64(1_700_000_000e9)

// addr is an address as decode.Packet has it.
type addr [16]byte

func (a addr) ip(v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16(a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// state is what a port of a host does.
type state uint8

const (
	closed state = iota
	open
	dropped
)

// known are the services of every host of the site, which all the world knows:
// who connects to them learns nothing.
var known = [...]uint16{443, 80, 22, 25, 993}

// roundTrip is the way to the site and back.
const roundTrip = 20 * time.Millisecond

// world makes the packets of a play and keeps what each source has learned.
type world struct {
	*rand.Rand
	seen    []detect.Seen
	learned map[addr]map[lesson]bool // by source
	kernels map[addr]*kernel
	refused map[addr]*bucket // of ICMP errors, by host
	sent    int              // packets of the sources, padding included
	opened  int              // connections and exchanges of datagrams, likewise
}

// lesson is a port of a host of which the source knows the state.
type lesson struct {
	host addr
	port uint16
	udp  bool
}

// kernel is the state of a source's stack.
type kernel struct {
	port  uint16
	stamp uint32
	id    uint16
}

// bucket is Linux's limit of ICMP errors to one peer: one a second, six at once.
type bucket struct {
	at     time.Duration
	tokens float64
}

func newWorld(seed uint64) *world {
	return &world{
		Rand: rand.New(rand.NewPCG(seed, 4)), learned: make(map[addr]map[lesson]bool),
		kernels: make(map[addr]*kernel), refused: make(map[addr]*bucket),
	}
}

// target is the host of a number; all are in one /24, or one /64.
func target(n int, v6 bool) addr {
	if v6 {
		return addr{0x20, 0x01, 0x0d, 0xb8, 0, 2, 14: byte(n >> 8), 15: byte(n + 1)}
	}
	return addr{192, 0, 2, byte(n + 1)}
}

// origin is the source of a number, in a network of its own; turn is which of its
// addresses it uses.
func origin(n, turn int, v6 bool) addr {
	if v6 {
		return addr{0x20, 0x01, 0x0d, 0xb8, 0xbad >> 8, 0xad, byte(n >> 8), byte(n), 12: byte(turn >> 16), 13: byte(turn >> 8), 14: byte(turn), 15: 1}
	}
	return addr{203, byte(n >> 8), byte(n), 66}
}

func (w *world) kernel(src addr) *kernel {
	k := w.kernels[src]
	if k == nil {
		k = &kernel{port: 32768 + uint16(w.IntN(20000)), stamp: w.Uint32(), id: uint16(w.Uint32())}
		w.kernels[src] = k
	}
	return k
}

// see puts a packet on the wire at a time since the beginning.
func (w *world) see(at time.Duration, p decode.Packet) {
	w.seen = append(w.seen, detect.Seen{At: begin + int64(at), Packet: p})
}

// send is see for a packet of a source, which pays for it.
func (w *world) send(at time.Duration, p decode.Packet) {
	w.sent++
	w.see(at, p)
}

func (w *world) learn(src, host addr, port uint16, udp bool) {
	m := w.learned[src]
	if m == nil {
		m = make(map[lesson]bool)
		w.learned[src] = m
	}
	m[lesson{host, port, udp}] = true
}

// mayRefuse says whether a host has an ICMP error left.
func (w *world) mayRefuse(host addr, at time.Duration) bool {
	b := w.refused[host]
	if b == nil {
		b = &bucket{at: at, tokens: 6}
		w.refused[host] = b
	}
	b.tokens = min(6, b.tokens+max(0, (at-b.at).Seconds()))
	b.at = max(b.at, at)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// verdict plays everything to a detector and returns the sources that an alarm
// of a confidence of floor or better names at the end.
func (w *world) verdict(seed uint64, length time.Duration, floor klaxon.Confidence) map[netip.Addr]string {
	alarms := make(map[string]klaxon.Alarm)
	d := detect.New(detect.Config{
		Track: track.Config{Memory: track.MinMemory, Seed: seed}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: floor,
		Emit: func(a *klaxon.Alarm) { alarms[a.ID] = *a },
	})
	slices.SortStableFunc(w.seen, func(a, b detect.Seen) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	d.Batch(w.seen)
	d.Advance(begin + int64(warmUp+length))
	d.Close()
	named := make(map[netip.Addr]string)
	for _, a := range alarms {
		if a.Event == klaxon.EventRetract || a.Confidence < floor {
			continue
		}
		if a.Source.Addr.IsValid() {
			named[key(a.Source.Addr)] = a.Why
		}
		for _, s := range a.Sources {
			named[key(s)] = a.Why
		}
	}
	return named
}

// key is what a source is known by: its address, or its /64.
func key(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	p, _ := a.Prefix(64)
	return p.Addr()
}
