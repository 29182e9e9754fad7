package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// The generated captures.
const (
	capturePackets  = 2_000_000
	captureSources  = 50_000
	captureScanners = 400
	insideHosts     = 600
	underway        = 400 // conversations at any time
	seed            = 20
)

// captureKind is one of the captures that `make bench` generates.
type captureKind struct {
	name    string
	snap    int
	headers bool // what passes a filter for tocsin: no data, no plain ACK
	flood   bool // a forged SYN from another source each time
}

var (
	captureMixed   = captureKind{name: "mixed", snap: 65535}
	captureFlood   = captureKind{name: "flood", snap: 65535, flood: true}
	captureHeaders = captureKind{name: "headers", snap: 96, headers: true}
)

// capture writes a capture unless this run has it already, and returns its path.
func (b *bench) capture(k captureKind) (string, error) {
	path := filepath.Join(b.dir, k.name+".pcap")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	g := newGenerator(k, newCaptureWriter(f, k.snap))
	if k.flood {
		g.flood()
	} else {
		g.run()
	}
	if err := g.out.out.Flush(); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	fmt.Printf("  %s: %d packets from %d sources in %.0f s, %d of them of scans\n", k.name, g.written, g.senders, float64(g.now-g.begin)/1e9, g.probes)
	return path, f.Close()
}

// generator makes up traffic between a network and the world, the same in every
// run. It steps the conversation that is due first, again and again.
type generator struct {
	kind    captureKind
	out     *captureWriter
	rand    *rand.Rand
	inside  []*host
	outside []*host // what is beyond met has sent nothing yet
	met     int
	scanned int // scanners begun
	due     []dueTalk
	begin   int64
	now     int64
	written int
	senders int
	probes  int
	scratch segment
}

// talk is a conversation. step sends its next packet and returns how long the
// one after that takes, in ns; negative when it is over.
type talk interface{ step(g *generator) int64 }

type dueTalk struct {
	at   int64
	talk talk
}

func newGenerator(k captureKind, out *captureWriter) *generator {
	g := &generator{kind: k, out: out, rand: rand.New(rand.NewPCG(seed, seed)), begin: 1_700_000_000e9}
	g.now = g.begin
	for i := range insideHosts {
		h := &host{mac: [6]byte{2, 0, 0, 0, byte(i >> 8), byte(i)}, v6: i%5 == 4}
		if h.v6 {
			copy(h.addr[:], []byte{0x20, 1, 0x0d, 0xb8, 0, 1, 0, 1, 2, 0, 0, 0, 0, 0, byte(i >> 8), byte(i)})
		} else {
			copy(h.addr[:], []byte{192, 0, byte(2 + i/250), byte(1 + i%250)})
		}
		g.inside = append(g.inside, h)
	}
	for i := range captureSources - insideHosts - captureScanners {
		g.outside = append(g.outside, outsideHost(uint32(i), i%5 == 4))
	}
	return g
}

// outsideHost is the n-th of the world's hosts, behind one router.
func outsideHost(n uint32, v6 bool) *host {
	h := &host{mac: [6]byte{2, 0, 0, 1, 0, 1}, v6: v6}
	if v6 {
		copy(h.addr[:], []byte{0x2a, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
		return h
	}
	h.addr = scatter(n)
	return h
}

// scatter makes unlike addresses of numbers that follow one another, every one
// another address: the multiplication can be undone. They are below 224/3 and
// above 0.
func scatter(n uint32) (a [16]byte) {
	v := n * 0x9e3779b1 & 0x3fffffff
	v += 0x0b000000
	a[0], a[1], a[2], a[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	return a
}

// run generates mixed traffic.
func (g *generator) run() {
	for i := range underway {
		g.due = append(g.due, dueTalk{g.now + int64(i)*1e6, g.newTalk()})
	}
	for g.written < capturePackets {
		first := &g.due[0]
		g.now = first.at
		wait := first.talk.step(g)
		if wait < 0 {
			first.talk = g.newTalk()
			wait = g.between(10e6, 1000e6)
		}
		first.at += wait
		g.sink()
	}
}

// sink restores the heap after its first entry has become later.
func (g *generator) sink() {
	h, i := g.due, 0
	for {
		next := 2*i + 1
		if next >= len(h) {
			return
		}
		if next+1 < len(h) && h[next+1].at < h[next].at {
			next++
		}
		if h[i].at <= h[next].at {
			return
		}
		h[i], h[next] = h[next], h[i]
		i = next
	}
}

// flood generates forged SYNs to one server.
func (g *generator) flood() {
	victim := g.inside[0]
	for i := range uint32(capturePackets) {
		from := &host{mac: [6]byte{2, 0, 0, 1, 0, 1}, addr: scatter(i)}
		g.now += 20e3
		g.send(segment{from: from, to: victim, proto: protoTCP, sport: uint16(g.rand.Uint32()), dport: 80, seq: g.rand.Uint32(),
			flags: syn, window: 64240, ttl: 54, id: uint16(i), options: optionsSYN})
	}
}

// send writes a packet, if the capture is to have it.
func (g *generator) send(s segment) {
	if g.kind.headers && s.plain() || g.written == capturePackets {
		return
	}
	if !s.from.used {
		s.from.used = true
		g.senders++
	}
	g.written++
	g.scratch = s
	g.out.write(g.now, &g.scratch)
}

// plain tells a segment of an established connection, as tocsin's filter in the
// kernel does: what it drops is never seen.
func (s *segment) plain() bool {
	return s.proto == protoTCP && s.flags&(syn|fin|rst|urg) == 0 && s.flags&ack != 0 &&
		s.seq != 0 && (s.data > 0 || len(s.options) > 0)
}

// between draws a time.
func (g *generator) between(from, to float64) int64 { return int64(from + g.rand.Float64()*(to-from)) }

func (g *generator) chance(p float64) bool { return g.rand.Float64() < p }

func pick[T any](g *generator, list []T) T { return list[g.rand.IntN(len(list))] }

// peers draws a host outside and one inside of its family. New ones outside are
// met evenly over the whole capture.
func (g *generator) peers() (out, in *host) {
	if pace := len(g.outside) * g.written / (capturePackets * 9 / 10); g.met < len(g.outside) && g.met <= pace {
		out = g.outside[g.met]
		g.met++
	} else {
		out = g.outside[g.rand.IntN(max(g.met, 1))]
	}
	for {
		if in = pick(g, g.inside); in.v6 == out.v6 {
			return out, in
		}
	}
}
