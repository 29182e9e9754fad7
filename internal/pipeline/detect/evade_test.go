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
// a file sharing network. It is none when the hosts come again and again.
func TestBlockInTheOrderOfPeers(t *testing.T) {
	s := newStreet(0, 12)
	scanner, peer := client{addr: [16]byte{203, 0, 113, 66}}, client{addr: [16]byte{203, 0, 113, 67}}
	for i := range 1000 {
		s.tries(&scanner, [16]byte{192, 0, 2, byte(1 + i%100)}, uint16(2000+(i+i/100)%100), i%8 == 0)
		// And this is one.
		s.tries(&peer, [16]byte{byte(20 + i%40), byte(s.IntN(250)), byte(s.IntN(250)), byte(1 + s.IntN(250))}, uint16(20000+s.IntN(40000)), i%6 == 0)
		s.at += 2e9
	}
	s.Close()
	if a := s.told(&scanner); a == nil || a.Shape != klaxon.ShapeBlock {
		t.Errorf("%+v", a)
	}
	if a := s.told(&peer); a != nil {
		t.Errorf("the peer was told: %s", a.Why)
	}
}
