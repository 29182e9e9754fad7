package detect_test

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
)

// tries is one connection of a kernel to a service that refuses it, or with which
// it has a conversation.
func (s *street) tries(c *client, server [16]byte, port uint16, open bool) {
	if open {
		s.talk(c, server, port)
		return
	}
	c.seq, c.port, c.ts = s.Uint32(), 32768+uint16(s.IntN(28000)), c.ts+uint32(s.IntN(5000))
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, DF: true, Window: 64240, Flags: decode.SYN, Src: c.addr, Dst: server, SrcPort: c.port, DstPort: port, Seq: c.seq,
		Options: decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: c.ts, HasWS: true, WS: 7}}
	s.see(true, &p)
	s.see(true, &decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, Flags: decode.RST | decode.ACK, Src: p.Dst, Dst: p.Src, SrcPort: port, DstPort: p.SrcPort, Ack: p.Seq + 1})
}

// told is the last record of a source's alarm, nil for none.
func (s *street) told(c *client) (last *klaxon.Alarm) {
	for i := range s.alarms {
		if s.alarms[i].Source.Addr == netip.AddrFrom4([4]byte(c.addr[:4])) {
			last = &s.alarms[i]
		}
	}
	return last
}

// TestBlockAtAPollersPace: to ask everything five times at one pace makes nobody a
// poller who fails with hundreds of services, however they are spread over hosts.
func TestBlockAtAPollersPace(t *testing.T) {
	s := newStreet(0, 11)
	scanner := client{addr: [16]byte{203, 0, 113, 66}}
	for i := range 300 {
		for range 5 {
			s.tries(&scanner, [16]byte{192, 0, 2, byte(1 + i%100)}, uint16(1000+i%10+10*(i/100)), false)
			s.at += 3e9
		}
	}
	s.Close()
	if a := s.told(&scanner); a == nil || a.Event == klaxon.EventRetract {
		t.Errorf("%+v", a)
	}
}

// TestBlockInTheOrderOfPeers: each probe another service of another host looks like
// a file sharing network, or like a crawler when there are successes enough. It is
// none when the hosts come again and again.
func TestBlockInTheOrderOfPeers(t *testing.T) {
	for name, probe := range map[string]func(i int) bool{
		"seven in eight": func(i int) bool { return i%8 > 0 }, "every second": func(i int) bool { return i%2 > 0 }, "every fifth": func(i int) bool { return i%5 == 0 },
	} {
		s := newStreet(0, 12)
		scanner, peer := client{addr: [16]byte{203, 0, 113, 66}}, client{addr: [16]byte{203, 0, 113, 67}}
		n := 0
		for i := range 5000 {
			if n == 1000 {
				break
			}
			elsewhere := [16]byte{byte(20 + i%40), byte(s.IntN(250)), byte(s.IntN(250)), byte(1 + s.IntN(250))}
			if probe(i) {
				n++
				s.tries(&scanner, [16]byte{192, 0, 2, byte(1 + n%100)}, uint16(2000+(n+n/100)%100), false)
			} else {
				s.tries(&scanner, elsewhere, 443, true)
			}
			// And this is one.
			s.tries(&peer, elsewhere, uint16(20000+s.IntN(40000)), i%6 == 0)
			s.at += 2e9
		}
		s.Close()
		if a := s.told(&scanner); a == nil || a.Shape != klaxon.ShapeBlock {
			t.Errorf("%s: %+v", name, a)
		}
		if a := s.told(&peer); a != nil {
			t.Errorf("the peer was told: %s", a.Why)
		}
	}
}

// TestManyAppointments: whoever reached open services alone is waited for, as he may
// be somebody's health check. A stranger who has thousands waited for puts nobody's
// judgement off for ever.
func TestManyAppointments(t *testing.T) {
	s := newStreet(0, 13)
	halfOpen := func(c *client) {
		for i := range 6 {
			p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, Window: 1024, Flags: decode.SYN, Src: c.addr, Dst: [16]byte{192, 0, 2, byte(1 + i)},
				SrcPort: 1024 + uint16(s.IntN(60000)), DstPort: 443, Seq: s.Uint32(), ID: s.Uint32N(65536)}
			s.see(true, &p)
			a := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, Flags: decode.SYN | decode.ACK, Window: 65160, Src: p.Dst, Dst: p.Src, SrcPort: 443, DstPort: p.SrcPort, Seq: s.Uint32(), Ack: p.Seq + 1}
			s.see(true, &a)
			s.see(true, &decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, Flags: decode.RST, Src: p.Src, Dst: p.Dst, SrcPort: p.SrcPort, DstPort: 443, Seq: p.Seq + 1})
		}
	}
	for i := range 4200 {
		c := client{addr: [16]byte{11, 7, byte(i >> 8), byte(i)}}
		halfOpen(&c)
		s.at += 15e6 // more slowly than a flood
	}
	scanner := client{addr: [16]byte{203, 0, 113, 66}}
	s.talk(&scanner, [16]byte{192, 0, 2, 200}, 443)
	s.talk(&scanner, [16]byte{192, 0, 2, 201}, 443)
	halfOpen(&scanner)
	s.at += 600e9
	s.Advance(s.at)
	if a := s.told(&scanner); a == nil {
		t.Errorf("he is not told; %d records", len(s.alarms))
	}
}
