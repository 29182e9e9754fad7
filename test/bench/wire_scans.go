package main

// scan is a scanner at work, in the manner of one of several tools.
type scan struct {
	from    *host
	targets []*host
	tool    int
	left    int
	n       int      // probes sent
	probe   segment  // the last one
	answers []uint8  // flags of what is still to be sent about the last probe
	key     uint32   // what the tool keeps through a scan
	port    uint16   // likewise
	shape   uint8    // 0 vertical, 1 sweep, 2 block
	pause   float64  // ns between probes, at most
	open    [64]bool // by port, modulo
}

// The tools.
const (
	toolNmap = iota
	toolMasscan
	toolZmap
	toolHping
	toolConnect
	toolFIN
	toolXmas
	toolACK
	toolUDP
	toolCount
)

// newScan is the n-th scanner. Each probes enough to make a twelfth of all
// packets together with the others and the answers it gets.
func (g *generator) newScan(n int) talk {
	v6 := n%5 == 4
	s := &scan{
		from: outsideHost(uint32(1e8)+uint32(n), v6), tool: n % toolCount, left: 100 + g.rand.IntN(400),
		key: g.rand.Uint32(), port: uint16(40000 + g.rand.IntN(20000)), shape: uint8(g.rand.IntN(3)), pause: pick(g, []float64{1e6, 20e6, 100e6, 1000e6}),
	}
	for _, h := range g.inside {
		if h.v6 == v6 {
			s.targets = append(s.targets, h)
		}
	}
	for i := range s.open {
		s.open[i] = g.chance(.05)
	}
	return s
}

func (s *scan) step(g *generator) int64 {
	g.probes++
	if len(s.answers) > 0 {
		s.answer(g)
	} else {
		s.next(g)
		g.send(s.probe)
		s.left--
		s.expect(g)
	}
	switch {
	case len(s.answers) > 0:
		return g.between(.2e6, 1e6)
	case s.left == 0:
		return -1
	}
	return g.between(.1e6, s.pause)
}

// next makes the next probe.
func (s *scan) next(g *generator) {
	host, port := s.n, uint16(1)
	switch s.shape {
	case 0:
		host, port = int(s.key), uint16(1+s.n)
	case 1:
		port = uint16(s.key % 1000)
	default:
		port = uint16(1 + s.n%50)
	}
	s.n++
	to := s.targets[uint(host)%uint(len(s.targets))]
	p := segment{from: s.from, to: to, proto: protoTCP, sport: s.port, dport: port, flags: syn, seq: s.key,
		window: 1024, ttl: 48, id: uint16(g.rand.Uint32()), mayFragment: true}
	s.dress(g, &p)
	s.probe = p
}

// dress makes a probe look as the tool's do.
func (s *scan) dress(g *generator, p *segment) {
	switch s.tool {
	case toolNmap:
		p.options = optionsMSS
	case toolMasscan:
		p.seq = g.rand.Uint32()
		a := p.to.addr
		p.id = uint16(a[2])<<8 ^ uint16(a[3]) ^ p.dport ^ uint16(p.seq)
	case toolZmap:
		p.seq, p.id, p.window, p.options = g.rand.Uint32(), 54321, 65535, optionsMSS
	case toolHping:
		p.seq, p.sport, p.window = g.rand.Uint32(), s.port+uint16(s.n), 512
	case toolConnect:
		p.seq, p.sport, p.window, p.options, p.mayFragment = g.rand.Uint32(), uint16(32768+g.rand.IntN(28000)), 64240, optionsSYN, false
	case toolFIN:
		p.flags = fin
	case toolXmas:
		p.flags = fin | psh | urg
	case toolACK:
		p.flags, p.seq, p.ack = ack, 0, s.key
	case toolUDP:
		p.proto, p.data = protoUDP, 8
	}
}

// expect decides what the target says to the probe, and the scanner then.
func (s *scan) expect(g *generator) {
	s.answers = s.answers[:0]
	p := &s.probe
	switch {
	case p.proto != protoTCP || g.chance(.3): // filtered, or dropped
	case p.flags != syn:
		s.answers = append(s.answers, rst)
	case !s.open[p.dport%64]:
		s.answers = append(s.answers, rst|ack)
	case s.tool == toolConnect:
		s.answers = append(s.answers, syn|ack, ack, fin|ack)
	default:
		s.answers = append(s.answers, syn|ack, rst)
	}
}

// answer sends the first of the answers; after a SYN+ACK the scanner's come.
func (s *scan) answer(g *generator) {
	flags := s.answers[0]
	p := s.probe
	a := segment{from: p.to, to: p.from, proto: protoTCP, sport: p.dport, dport: p.sport, seq: s.key + 77, ack: p.seq + 1, flags: flags, ttl: 64}
	if s.probe.flags == syn && (flags == rst || flags == ack || flags == fin|ack) { // by the scanner
		a = segment{from: p.from, to: p.to, proto: protoTCP, sport: p.sport, dport: p.dport, seq: p.seq + 1, flags: flags, ttl: p.ttl}
		if flags&ack != 0 {
			a.ack, a.window = s.key+78, 502
		}
	}
	if flags == syn|ack {
		a.window, a.options = 65160, optionsSYN
	}
	g.send(a)
	s.answers = s.answers[1:]
}
