package detect_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// client is one honest host with a kernel of its own.
type client struct {
	addr [16]byte
	seq  uint32
	port uint16
	ts   uint32
}

// street is a detector beside a road of which, for a share of the connections,
// one direction is seen alone.
type street struct {
	*detect.Detector
	*rand.Rand
	at     int64
	oneWay float64
	alarms []klaxon.Alarm
}

func newStreet(oneWay float64, seed uint64) *street {
	s := &street{Rand: rand.New(rand.NewPCG(seed, 1)), at: 1_700_000_000e9, oneWay: oneWay}
	s.Detector = detect.New(detect.Config{
		Track: track.Config{Memory: track.MinMemory, Seed: seed}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established,
		Emit: func(a *klaxon.Alarm) { s.alarms = append(s.alarms, *a) },
	})
	return s
}

// talk is one connection of which everything succeeds.
func (s *street) talk(c *client, server [16]byte, port uint16) {
	c.seq, c.port, c.ts = s.Uint32(), 32768+uint16(s.IntN(28000)), c.ts+uint32(s.IntN(5000))
	forth, back := true, true
	if s.Float64() < s.oneWay {
		forth = s.IntN(2) == 0
		back = !forth
	}
	peer := s.Uint32()
	up := func(flags decode.Flags, sent, heard uint32, n uint16) {
		p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, DF: true, ID: s.Uint32N(65536), Window: 64240, Flags: flags,
			Src: c.addr, Dst: server, SrcPort: c.port, DstPort: port, Seq: c.seq + sent, DataLen: n}
		if flags&decode.ACK != 0 {
			p.Ack = peer + heard
		} else {
			p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: c.ts, HasWS: true, WS: 7}
		}
		s.see(forth, &p)
	}
	down := func(flags decode.Flags, sent, heard uint32, n uint16) {
		s.see(back, &decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, DF: true, Window: 65160, Flags: flags,
			Src: server, Dst: c.addr, SrcPort: port, DstPort: c.port, Seq: peer + sent, Ack: c.seq + heard, DataLen: n})
	}
	up(decode.SYN, 0, 0, 0)
	down(decode.SYN|decode.ACK, 0, 1, 0)
	up(decode.ACK, 1, 1, 0)
	up(decode.ACK|decode.PSH, 1, 1, 400)
	down(decode.ACK|decode.PSH, 1, 401, 1400)
	up(decode.FIN|decode.ACK, 401, 1401, 0)
	down(decode.FIN|decode.ACK, 1401, 402, 0)
	up(decode.ACK, 402, 1402, 0)
}

func (s *street) see(visible bool, p *decode.Packet) {
	s.at += int64(s.IntN(200_000))
	if visible {
		s.Packet(s.at, 0, p)
	}
}

// TestAsymmetry: where for 30, 50 or 70 of 100 connections one direction goes
// another way, nobody is accused of what nobody did.
func TestAsymmetry(t *testing.T) {
	const contacts = 1_000_000
	for _, oneWay := range []float64{0, .3, .5, .7, 1} {
		n := contacts
		if os.Getenv("KLAXON_SOAK") == "" {
			n = contacts / 10
		}
		s := newStreet(oneWay, 8)
		clients := make([]client, 300)
		for i := range clients {
			clients[i].addr = [16]byte{198, 51, byte(i >> 8), byte(i)}
		}
		for range n {
			// A few services of many hosts, and each client its own favourites.
			i := s.IntN(len(clients))
			server := [16]byte{192, 0, byte(s.IntN(40)), byte(1 + s.IntN(250))}
			s.talk(&clients[i], server, []uint16{443, 443, 443, 80, 25, 993}[s.IntN(6)])
		}
		s.Close()
		if len(s.alarms) > 0 {
			a := s.alarms[0]
			t.Errorf("%.0f of 100 seen one way: %d records of %d connections, the first after %d probes: %s of %s, %v: %s",
				100*oneWay, len(s.alarms), n, a.Probes, a.Shape, a.Source.Addr, a.Techniques, a.Why)
		}
		if c, _ := s.Counts(); c.Contacts == 0 {
			t.Fatal("nothing was seen")
		}
	}
}

// TestScanBesideAsymmetry: and who does scan there is found.
func TestScanBesideAsymmetry(t *testing.T) {
	for _, oneWay := range []float64{0, .5} {
		s := newStreet(oneWay, 9)
		honest := client{addr: [16]byte{198, 51, 100, 1}}
		scanner := [16]byte{203, 0, 113, 66}
		for i := range 3000 {
			s.talk(&honest, [16]byte{192, 0, byte(i % 40), byte(1 + i%250)}, 443)
			if i%10 != 0 {
				continue
			}
			p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 57, DF: true, Window: 64240, Flags: decode.SYN, Src: scanner,
				Dst: [16]byte{192, 0, 2, byte(i / 10)}, SrcPort: uint16(40000 + i), DstPort: 8443, Seq: s.Uint32(),
				Options: decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, TSVal: uint32(i) * 1000, HasWS: true}}
			s.see(true, &p)
			s.see(s.Float64() >= oneWay/2, &decode.Packet{Kind: decode.KindTCP, Proto: 6, Flags: decode.RST | decode.ACK,
				Src: p.Dst, Dst: p.Src, SrcPort: p.DstPort, DstPort: p.SrcPort, Ack: p.Seq + 1})
		}
		s.Close()
		want := netip.AddrFrom4([4]byte(scanner[:4]))
		if len(s.alarms) == 0 || s.alarms[0].Source.Addr != want || s.alarms[0].Event != klaxon.EventOpen {
			t.Errorf("%.0f of 100 seen one way: %s", 100*oneWay, fmt.Sprint(s.alarms))
		}
	}
}
