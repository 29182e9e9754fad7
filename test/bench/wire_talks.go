package main

// newTalk draws the next conversation.
func (g *generator) newTalk() talk {
	if g.scanned < captureScanners && g.scanned <= captureScanners*g.written/(capturePackets*19/20) {
		g.scanned++
		return g.newScan(g.scanned)
	}
	switch n := g.rand.IntN(100); {
	case n < 60:
		return g.newConnection()
	case n < 90:
		return g.newQuery()
	case n < 95:
		return g.newPing()
	}
	return g.newARP()
}

// connection is one of TCP: from its SYN, or from its middle when it is older
// than the capture, to its end. Some find nobody.
type connection struct {
	client, server   *host
	sport, dport     uint16
	isn, peer        uint32 // initial numbers
	said, heard      uint32 // bytes of data sent by each
	state            connState
	left             int // segments of data still to come
	refused, nothing bool
	reset            bool // it ends in a reset
	tries            int
}

type connState int

const (
	connSYN connState = iota
	connAnswer
	connThird
	connRequest
	connData
	connAck
	connFIN
	connFINACK
	connLast
)

func (g *generator) newConnection() talk {
	out, in := g.peers()
	c := &connection{
		client: out, server: in, sport: uint16(32768 + g.rand.IntN(28000)), dport: pick(g, []uint16{443, 443, 443, 80, 22, 25, 993, 8080}),
		isn: g.rand.Uint32(), peer: g.rand.Uint32(), left: 1 + int(g.rand.ExpFloat64()*9), reset: g.chance(.1),
	}
	if g.chance(.4) {
		c.client, c.server = in, out
	}
	switch p := g.rand.Float64(); {
	case p < .02:
		c.refused = true
	case p < .04:
		c.nothing = true
	case len(g.due) < underway && p < .8: // older than the capture
		c.state, c.said, c.heard = connData, g.rand.Uint32()>>12, g.rand.Uint32()>>8
	}
	return c
}

func (c *connection) fromClient(flags uint8, data int, options []byte) segment {
	return segment{from: c.client, to: c.server, proto: protoTCP, sport: c.sport, dport: c.dport,
		seq: c.isn + 1 + c.said, ack: c.peer + 1 + c.heard, flags: flags, window: 502, ttl: 57, id: uint16(c.said), data: data, options: options}
}

func (c *connection) fromServer(flags uint8, data int, options []byte) segment {
	return segment{from: c.server, to: c.client, proto: protoTCP, sport: c.dport, dport: c.sport,
		seq: c.peer + 1 + c.heard, ack: c.isn + 1 + c.said, flags: flags, window: 501, ttl: 61, id: uint16(c.heard), data: data, options: options}
}

func (c *connection) step(g *generator) int64 {
	switch c.state {
	case connSYN, connAnswer:
		return c.begin(g)
	case connThird:
		g.send(c.fromClient(ack, 0, optionsData))
		c.state = connRequest
		return 1e6
	case connRequest:
		s := c.fromClient(ack|psh, 80+g.rand.IntN(600), optionsData)
		g.send(s)
		c.said += uint32(s.data)
		c.state = connData
		return g.between(5e6, 80e6)
	case connData, connAck:
		return c.transfer(g)
	}
	return c.end(g)
}

// begin sends the SYN, up to four times, and its answer.
func (c *connection) begin(g *generator) int64 {
	if c.state == connSYN {
		s := c.fromClient(syn, 0, optionsSYN)
		s.seq, s.ack, s.window = c.isn, 0, 64240
		g.send(s)
		c.tries++
		switch {
		case c.nothing && c.tries == 4:
			return -1
		case c.nothing:
			return 1e9 << (c.tries - 1)
		}
		c.state = connAnswer
		return g.between(1e6, 60e6)
	}
	if c.refused {
		s := c.fromServer(rst|ack, 0, nil)
		s.seq, s.window = 0, 0
		g.send(s)
		return -1
	}
	s := c.fromServer(syn|ack, 0, optionsSYN)
	s.seq, s.window = c.peer, 65160
	g.send(s)
	c.state = connThird
	return g.between(1e6, 60e6)
}

// transfer sends a segment of data, now and then twice, or the client's
// acknowledgement of two.
func (c *connection) transfer(g *generator) int64 {
	if c.state == connAck {
		g.send(c.fromClient(ack, 0, optionsData))
		c.state = connData
		if c.left <= 0 {
			c.state = connFIN
		}
		return g.between(.1e6, 20e6)
	}
	size := 1448
	if g.chance(.5) {
		size = 20 + g.rand.IntN(900)
	}
	s := c.fromServer(ack, size, optionsData)
	g.send(s)
	c.left--
	if g.chance(.01) {
		return 200e6 // it is lost on its way to the client, and sent again
	}
	c.heard += uint32(size)
	if c.left%2 == 0 || c.left <= 0 {
		c.state = connAck
	}
	return g.between(.05e6, 2e6)
}

func (c *connection) end(g *generator) int64 {
	switch c.state {
	case connFIN:
		if c.reset {
			g.send(c.fromClient(rst|ack, 0, nil))
			return -1
		}
		g.send(c.fromClient(fin|ack, 0, optionsData))
		c.said++
		c.state = connFINACK
		return g.between(1e6, 60e6)
	case connFINACK:
		g.send(c.fromServer(fin|ack, 0, optionsData))
		c.heard++
		c.state = connLast
		return g.between(1e6, 60e6)
	}
	g.send(c.fromClient(ack, 0, optionsData))
	return -1
}

// query is of UDP: a question and its answer, or a stream of datagrams.
type query struct {
	client, server *host
	sport, dport   uint16
	left           int
	answer         bool
}

func (g *generator) newQuery() talk {
	out, in := g.peers()
	q := &query{client: in, server: out, sport: uint16(32768 + g.rand.IntN(28000)), dport: pick(g, []uint16{53, 53, 53, 123, 443}), left: 2}
	if g.chance(.3) {
		q.client, q.server = out, in
	}
	if q.dport == 443 {
		q.left = 10 + g.rand.IntN(60)
	}
	return q
}

func (q *query) step(g *generator) int64 {
	s := segment{from: q.client, to: q.server, proto: protoUDP, sport: q.sport, dport: q.dport, ttl: 58, id: uint16(g.rand.Uint32()), data: 30 + g.rand.IntN(60)}
	if q.answer {
		s.from, s.to, s.sport, s.dport = q.server, q.client, q.dport, q.sport
		s.data = 60 + g.rand.IntN(400)
		if q.dport == 443 {
			s.data = 1200
		}
	}
	g.send(s)
	q.answer = !q.answer || q.dport == 443 && g.chance(.6)
	q.left--
	if q.left == 0 {
		return -1
	}
	return g.between(.5e6, 50e6)
}

// ping is an echo request and its answer, several times.
type ping struct {
	client, server *host
	id             uint32
	left           int
}

func (g *generator) newPing() talk {
	out, in := g.peers()
	return &ping{in, out, g.rand.Uint32() << 16, 2 * (1 + g.rand.IntN(5))}
}

func (p *ping) step(g *generator) int64 {
	s := segment{from: p.client, to: p.server, proto: protoICMP, sport: 8, seq: p.id + uint32(p.left/2), ttl: 64, data: 56}
	request := p.left%2 == 0
	if !request {
		s.from, s.to, s.sport, s.seq = p.server, p.client, 0, s.seq+1
	}
	if s.from.v6 {
		s.proto, s.sport = protoICMPv6, 129
		if request {
			s.sport = 128
		}
	}
	g.send(s)
	p.left--
	switch {
	case p.left == 0:
		return -1
	case request:
		return g.between(1e6, 60e6)
	}
	return 1e9
}

// resolve is an ARP request and its reply.
type resolve struct {
	asks, has *host
	asked     bool
}

func (g *generator) newARP() talk {
	r := &resolve{}
	for r.asks == r.has || r.asks.v6 || r.has.v6 {
		r.asks, r.has = pick(g, g.inside), pick(g, g.inside)
	}
	return r
}

func (r *resolve) step(g *generator) int64 {
	if !r.asked {
		g.send(segment{from: r.asks, to: r.has, proto: protoARP})
		r.asked = true
		return .3e6
	}
	g.send(segment{from: r.has, to: r.asks, proto: protoARP, ack: 1})
	return -1
}
