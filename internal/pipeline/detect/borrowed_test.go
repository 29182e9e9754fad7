package detect_test

import (
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
)

// syn is a lone packet in the name of a client, that the server refuses.
func (s *street) syn(c *client, server [16]byte, port uint16) {
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 47, ID: s.Uint32N(65536), Window: 1024, Flags: decode.SYN,
		Src: c.addr, Dst: server, SrcPort: 51000, DstPort: port, Seq: s.Uint32(), Options: decode.Options{Len: 4, HasMSS: true, MSS: 1460}}
	s.see(true, &p)
	s.see(true, &decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, Flags: decode.RST | decode.ACK, Src: server, Dst: c.addr, SrcPort: port, DstPort: p.SrcPort, Ack: p.Seq + 1})
}

// empty is a connection in which nothing is said.
func (s *street) empty(c *client, server [16]byte, port uint16) {
	c.seq, c.port = s.Uint32(), 32768+uint16(s.IntN(28000))
	peer := s.Uint32()
	up := func(flags decode.Flags, sent, ack uint32) {
		p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, DF: true, Window: 64240, Flags: flags, Src: c.addr, Dst: server, SrcPort: c.port, DstPort: port, Seq: c.seq + sent, Ack: ack}
		if ack == 0 {
			p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: c.ts, HasWS: true, WS: 7}
		}
		s.see(true, &p)
	}
	up(decode.SYN, 0, 0)
	s.see(true, &decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, DF: true, Window: 65160, Flags: decode.SYN | decode.ACK,
		Src: server, Dst: c.addr, SrcPort: port, DstPort: c.port, Seq: peer, Ack: c.seq + 1})
	up(decode.ACK, 1, peer+1)
	up(decode.RST|decode.ACK, 1, peer+1)
}

// TestProofOfAnotherConversation: the address of an honest client is proven by what it
// says to an open service. That is no proof of probes which anybody may have sent in
// its name: they carry the mark that keeps it from being banned, until something that
// is part of the scan proves the address as well.
func TestProofOfAnotherConversation(t *testing.T) {
	server := [16]byte{10, 8, 0, 1}
	marked := func(s *street, c *client) (proof klaxon.Proof, marked bool) {
		t.Helper()
		a := s.told(c)
		if a == nil {
			t.Fatal("not told")
		}
		return a.Proof, slices.Contains(a.Marks, klaxon.MarkSpoofedMaybe)
	}
	for name, probe := range map[string]func(s *street, c *client, port uint16){
		"raw":           func(s *street, c *client, port uint16) { s.syn(c, server, port) },
		"like a kernel": func(s *street, c *client, port uint16) { s.tries(c, server, port, false) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStreet(0, 31)
			c := client{addr: [16]byte{203, 0, 113, 66}}
			s.talk(&c, server, 443)
			for p := range uint16(40) {
				probe(s, &c, 1000+p)
			}
			if proof, yes := marked(s, &c); proof < klaxon.ProofHandshake || !yes {
				t.Errorf("proof %s, marked %v", proof, yes)
			}
			s.empty(&c, server, 22)
			s.Close()
			if proof, yes := marked(s, &c); proof < klaxon.ProofHandshake || yes {
				t.Errorf("after a connection that is part of the scan: proof %s, marked %v", proof, yes)
			}
		})
	}
}

// TestProofByATrap: whoever finished a handshake with a trap is not marked.
func TestProofByATrap(t *testing.T) {
	h := newTrapHouse()
	h.touch("203.0.113.7", 5)
	for p := range uint16(40) {
		h.syn("203.0.113.7", 10+p)
	}
	h.Close()
	for _, a := range h.alarms {
		if slices.Contains(a.Marks, klaxon.MarkSpoofedMaybe) || a.Proof != klaxon.ProofHandshake {
			t.Errorf("%s: proof %s, marks %v", a.Event, a.Proof, a.Marks)
		}
	}
}
