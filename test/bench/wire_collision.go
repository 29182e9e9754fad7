package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/track"
)

const (
	chosenPackets = 200_000 // of each input
	chosenPart    = 1024    // a set-associative table has so much more of everything than is aimed at
	chosenSeed    = 0       // of the hash that the stranger guesses
)

// chosen is an input that somebody made up who knows the code and not the seed.
// Its usual is of the same kind of packets with addresses and ports at random.
type chosen struct {
	name        string
	make, usual func(r *rand.Rand) []detect.Seen
}

// chosens first aim at the tables by the hash of another seed, then at what has
// no seed, then at what is merely dear.
var chosens = []chosen{
	{"sources of one part of the table, by another seed", colliding(bySource), randomSYNs},
	{"contacts of one part of the table, by another seed", colliding(byContact), randomSYNs},
	{"targets of one part of the table, by another seed", colliding(byTarget), randomSYNs},
	{"ports that fall together when a source is judged", scansOf(portsTogether), scansOf(portsAnyhow)},
	{"targets that fall together when a source is judged", sweepsOf(hostsTogether), sweepsOf(hostsAnyhow)},
	{"two contacts of every source", pairsOfSYNs, randomSYNs},
	{"every second packet begins a run", runsOfTwo, randomSYNs},
	{"halves of TCP headers", halfHeaders, randomSYNs},
}

// wireCollision compares the time to judge a packet of chosen inputs with that
// for a packet of an input of the same kind at random.
func wireCollision(*bench) error {
	if err := aimed(); err != nil {
		return err
	}
	for _, c := range chosens {
		r := rand.New(rand.NewPCG(seed, 5))
		input, usual := c.make(r), c.usual(r)
		var ours, reference pieces
		for range wireRuns {
			judge(newDetector(), input, &ours)
			judge(newDetector(), usual, &reference)
		}
		mine, ref := ours.best(len(input)), reference.best(len(usual))
		fmt.Printf("  %s: %.0f ns a packet, at random %.0f ns, best of %d\n", c.name, mine, ref, wireRuns)
		figure("chosen / random: "+c.name, mine/ref, "<= 2")
	}
	return nil
}

// aimed tells whether the inputs hit what they aim at, where the seed is the one
// that was guessed: else the copy of the hash below is not track's any more.
func aimed() error {
	for _, c := range chosens[:2] {
		d := detect.New(detect.Config{
			Track: track.Config{Seed: chosenSeed}, Sensor: "bench",
			Zone: func(netip.Addr) klaxon.Zone { return klaxon.ZoneOutside }, Emit: func(*klaxon.Alarm) {},
		})
		d.Batch(c.make(rand.New(rand.NewPCG(seed, 5))))
		if n, _ := d.Counts(); max(n.SourcesEvicted, n.ContactsEvicted) < chosenPackets*9/10 {
			return fmt.Errorf("%s: they fall apart, %d sources and %d contacts were evicted; copy the hash of internal/track/hash.go again", c.name, n.SourcesEvicted, n.ContactsEvicted)
		}
	}
	return nil
}

// plainSYN is a SYN as a kernel sends it.
func plainSYN(n int, r *rand.Rand, src, dst uint32, port uint16) detect.Seen {
	s := detect.Seen{At: 1_700_000_000e9 + int64(n)*20_000}
	p := &s.Packet
	p.Kind, p.Proto, p.TTL, p.DF, p.Flags, p.Window = decode.KindTCP, protoTCP, 50, true, decode.SYN, 64240
	p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: r.Uint32(), HasWS: true, WS: 7}
	binary.BigEndian.PutUint32(p.Src[:], src)
	binary.BigEndian.PutUint32(p.Dst[:], dst)
	p.SrcPort, p.DstPort, p.Seq = uint16(32768+r.IntN(28000)), port, r.Uint32()
	return s
}

// refusal is the answer to a SYN.
func refusal(s detect.Seen) detect.Seen {
	q := s.Packet
	s.At += 1000
	s.Packet = decode.Packet{
		Kind: decode.KindTCP, Proto: protoTCP, TTL: 64, Src: q.Dst, Dst: q.Src, SrcPort: q.DstPort, DstPort: q.SrcPort,
		Ack: q.Seq + 1, Flags: decode.RST | decode.ACK,
	}
	return s
}

// anyone and inNet are an outside address, and one of the sixteen million of a
// network.
func anyone(r *rand.Rand) uint32 { return 0x0b000000 + r.Uint32N(0x40000000) }
func inNet(r *rand.Rand) uint32  { return 0x0a000000 + r.Uint32N(1<<24) }

func randomSYNs(r *rand.Rand) (list []detect.Seen) {
	for n := range chosenPackets {
		list = append(list, plainSYN(n, r, anyone(r), inNet(r), uint16(r.Uint32())))
	}
	return list
}

// colliding makes SYNs at random and takes those that fall into one part of a
// table by the hash of chosenSeed.
func colliding(hash func(h hash, p *decode.Packet) uint64) func(r *rand.Rand) []detect.Seen {
	return func(r *rand.Rand) (list []detect.Seen) {
		h := newHash(chosenSeed)
		s := plainSYN(0, r, 0, 0, 0)
		for len(list) < chosenPackets {
			src, dst, port := anyone(r), inNet(r), uint16(r.Uint32())
			binary.BigEndian.PutUint32(s.Packet.Src[:], src)
			binary.BigEndian.PutUint32(s.Packet.Dst[:], dst)
			s.Packet.DstPort = port
			if hash(h, &s.Packet)>>32 < 1<<32/chosenPart {
				list = append(list, plainSYN(len(list), r, src, dst, port))
			}
		}
		return list
	}
}

// hash is that of package track, as everybody can read it there.
type hash struct{ a, b uint64 }

func newHash(seed uint64) hash {
	a := fold(seed^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hash{a | 1, fold(a, seed^0x8ebc6af09c88c6e3) | 1}
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func (h hash) addr(a *[16]byte) uint64 {
	return fold(binary.LittleEndian.Uint64(a[:8])^h.a, binary.LittleEndian.Uint64(a[8:])^h.b) ^ h.a
}

func (h hash) mix(x, v uint64) uint64 { return fold(x^h.b, v^h.a) }

func bySource(h hash, p *decode.Packet) uint64 { return h.addr(&p.Src) }
func byTarget(h hash, p *decode.Packet) uint64 { return h.addr(&p.Dst) }
func byContact(h hash, p *decode.Packet) uint64 {
	return h.mix(h.mix(h.addr(&p.Src), h.addr(&p.Dst)), protoTCP<<32|uint64(p.DstPort))
}

const (
	scanPorts = 60 // a history holds 64 contacts
	spreading = 0x9e3779b97f4a7c15
)

// scansOf makes scans of single hosts, one after the other, refused.
func scansOf(ports func(r *rand.Rand) []uint16) func(r *rand.Rand) []detect.Seen {
	return func(r *rand.Rand) (list []detect.Seen) {
		for len(list) < chosenPackets {
			src, dst := anyone(r), inNet(r)
			for _, p := range ports(r) {
				s := plainSYN(len(list), r, src, dst, p)
				list = append(list, s, refusal(s))
			}
		}
		return list
	}
}

func portsAnyhow(r *rand.Rand) (list []uint16) {
	for range scanPorts {
		list = append(list, uint16(r.Uint32()))
	}
	return list
}

// portsTogether are those of TCP that the judge of a source looks for in one
// place.
func portsTogether(*rand.Rand) (list []uint16) {
	for p := 1; len(list) < scanPorts; p++ {
		if (uint64(p)<<8|6)*spreading>>57 == 0 {
			list = append(list, uint16(p))
		}
	}
	return list
}

// sweepsOf makes scans of one service, refused.
func sweepsOf(hosts func(r *rand.Rand) []uint32) func(r *rand.Rand) []detect.Seen {
	return func(r *rand.Rand) (list []detect.Seen) {
		for len(list) < chosenPackets {
			src, port := anyone(r), uint16(r.Uint32())
			for _, h := range hosts(r) {
				s := plainSYN(len(list), r, src, h, port)
				list = append(list, s, refusal(s))
			}
		}
		return list
	}
}

func hostsAnyhow(r *rand.Rand) (list []uint32) {
	for range scanPorts {
		list = append(list, inNet(r))
	}
	return list
}

// hostsTogether are those that the judge looks for in one place.
func hostsTogether(r *rand.Rand) (list []uint32) {
	for len(list) < scanPorts {
		if h := inNet(r); uint64(bits.ReverseBytes32(h))*spreading>>57 == 0 {
			list = append(list, h)
		}
	}
	return list
}

// pairsOfSYNs makes every source known by two contacts, so that each gets a
// history of its own.
func pairsOfSYNs(r *rand.Rand) (list []detect.Seen) {
	for len(list) < chosenPackets {
		src := anyone(r)
		for range 2 {
			list = append(list, plainSYN(len(list), r, src, inNet(r), uint16(r.Uint32())))
		}
	}
	return list
}

// runsOfTwo gives every two sources a number and a port of nmap's in common.
func runsOfTwo(r *rand.Rand) (list []detect.Seen) {
	for len(list) < chosenPackets {
		seq, port := r.Uint32(), uint16(33000+r.IntN(30000))
		for range 2 {
			s := plainSYN(len(list), r, anyone(r), inNet(r), uint16(r.Uint32()))
			s.Packet.Seq, s.Packet.SrcPort, s.Packet.Window, s.Packet.DF = seq, port, 1024, false
			s.Packet.Options = decode.Options{Len: 4, HasMSS: true, MSS: 1460}
			list = append(list, s)
		}
	}
	return list
}

// halfHeaders are first fragments of eight bytes, of which no second one comes.
func halfHeaders(r *rand.Rand) (list []detect.Seen) {
	for n := range chosenPackets {
		s := plainSYN(n, r, anyone(r), inNet(r), uint16(r.Uint32()))
		p := &s.Packet
		p.DF, p.MF, p.Fragmented, p.Partial, p.Flags, p.Options, p.ID = false, true, true, true, 0, decode.Options{}, r.Uint32()
		list = append(list, s)
	}
	return list
}
