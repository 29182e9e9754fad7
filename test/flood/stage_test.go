package flood

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// stage is a detector, and what it told.
type stage struct {
	*detect.Detector
	rand   *rand.Rand
	now    int64
	packet decode.Packet
	alarms []*klaxon.Alarm
	told   func(*klaxon.Alarm) // as it is told; may be nil
}

func newStage(seed uint64) *stage {
	s := &stage{rand: rand.New(rand.NewPCG(seed, 4)), now: begin}
	s.Detector = detect.New(detect.Config{
		Track: track.Config{Seed: seed}, Sensor: "flood", Floor: klaxon.Established,
		Zone: policy.NewZones([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, nil).Of,
		Emit: func(a *klaxon.Alarm) {
			s.alarms = append(s.alarms, a)
			if s.told != nil {
				s.told(a)
			}
		},
	})
	return s
}

// send judges the packet that was filled in, at the time it is.
func (s *stage) send() { s.Packet(s.now, 0, &s.packet) }

// syn sends one, and refuse and accept what comes back.
func (s *stage) syn(from *sender, to [16]byte, port uint16) {
	from.syn(&s.packet, s.rand, to, port)
	s.send()
}

func (s *stage) refuse() {
	answer(&s.packet, decode.RST, 0)
	s.send()
}

func (s *stage) accept() {
	answer(&s.packet, decode.SYN, s.rand.Uint32())
	s.send()
}

// reset is what a host says to an answer that it never asked for.
func (s *stage) reset() {
	p := s.packet
	s.packet = decode.Packet{
		Kind: decode.KindTCP, Proto: 6, SrcMAC: gateway, DstMAC: inside, Src: p.Dst, Dst: p.Src,
		TTL: 50, SrcPort: p.DstPort, DstPort: p.SrcPort, Seq: p.Ack, Flags: decode.RST,
	}
	s.send()
}

const (
	second = int64(time.Second)
	minute = int64(time.Minute)
)

// converse opens a connection and says so many bytes, to which the host answers
// if there are any.
func (s *stage) converse(from *sender, to [16]byte, port uint16, data uint16) {
	s.syn(from, to, port)
	isn, sport := s.packet.Seq, s.packet.SrcPort
	s.accept()
	peer := s.packet.Seq
	client := decode.Packet{
		Kind: decode.KindTCP, Proto: 6, SrcMAC: gateway, DstMAC: inside, Src: from.addr, Dst: to, TTL: 50, DF: true,
		SrcPort: sport, DstPort: port, Seq: isn + 1, Ack: peer + 1, Flags: decode.ACK, Window: 502,
		Options: decode.Options{Len: 12, HasTS: true, TSVal: 99, TSEcr: 7},
	}
	server := client
	server.SrcMAC, server.DstMAC, server.Src, server.Dst, server.SrcPort, server.DstPort = inside, gateway, to, from.addr, port, sport
	say := func(p decode.Packet, seq, ack uint32, flags decode.Flags, data uint16) {
		p.Seq, p.Ack, p.Flags, p.DataLen = seq, ack, flags, data
		s.packet = p
		s.send()
	}
	say(client, isn+1, peer+1, decode.ACK, 0)
	sent, heard := isn+1+uint32(data), peer+1
	if data > 0 {
		say(client, isn+1, peer+1, decode.ACK|decode.PSH, data)
		say(server, peer+1, sent, decode.ACK|decode.PSH, 700)
		heard += 700
	}
	say(client, sent, heard, decode.FIN|decode.ACK, 0)
	say(server, heard, sent+1, decode.FIN|decode.ACK, 0)
}
