package track_test

import (
	"slices"
	"testing"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// packets maps a fuzzer's bytes to a stream of packets between few hosts, so
// that they meet: eight bytes each.
func packets(b []byte) (list []timed) {
	at := begin
	for ; len(b) >= 8 && len(list) < 400; b = b[8:] {
		// Steps from none to years, and back.
		switch step := int64(b[0] & 63); b[0] >> 6 {
		case 0:
			at += step * 1e6
		case 1:
			at += step * 1e9 / 4
		case 2:
			at += step * step * 600 * 1e9
		case 3:
			at -= step * 1e7
		}
		list = append(list, timed{at, made(b[1:8])})
	}
	return list
}

// made is the packet that seven bytes stand for.
func made(b []byte) decode.Packet {
	kinds := [...]decode.Kind{decode.KindTCP, decode.KindTCP, decode.KindTCP, decode.KindUDP, decode.KindICMP, decode.KindARP, decode.KindIP, decode.KindFragment,
		decode.KindSCTP, decode.KindICMPv6, decode.KindTCP, decode.KindUDP, decode.KindTCP, decode.KindTCP, decode.KindICMP, decode.KindNone}
	number := func(n byte) uint32 { return []uint32{0, 1, 2, 1000, 1001, 5001, 0x7fffffff, 0xffffffff}[n&7] }
	hosts := [...]string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.1", "192.0.2.2", "198.51.100.9", "224.0.0.1", "0.0.0.0"}
	hosts6 := [...]string{"2001:db8::1", "2001:db8::2", "2001:db8:1::1", "fe80::1", "ff02::1", "::", "2001:db8:2::9", "fd00::1"}
	p := decode.Packet{Kind: kinds[b[0]&15], V6: b[0]&16 != 0, DF: b[0]&32 != 0, Fragmented: b[0]&64 != 0, Truncated: b[0]&128 != 0}
	if p.V6 {
		p.Src, p.Dst = ip(hosts6[b[1]&7]), ip(hosts6[b[1]>>3&7])
	} else {
		p.Src, p.Dst = ip(hosts[b[1]&7]), ip(hosts[b[1]>>3&7])
	}
	p.TTL = []uint8{64, 1, 30, 255}[b[1]>>6]
	ports := [...]uint16{80, 512, 40000, 53, 0, 1024, 65535, 33434}
	p.SrcPort, p.DstPort = ports[b[2]&7], ports[b[2]>>3&7]
	p.Partial, p.MF = b[2]&64 != 0, b[2]&128 != 0
	p.Flags = decode.Flags(b[3])
	p.Seq, p.Ack = number(b[4]), number(b[4]>>3)
	p.SrcMAC = [6]byte{2, 0, 0, 0, 0, b[4] >> 6}
	p.Proto = []uint8{6, 17, 132, 1, 58, 47, 99, 255}[b[5]&7]
	p.ICMPType, p.ICMPCode = b[6], b[5]>>3&15
	p.ARPOp, p.SCTPChunk, p.ARPSender = uint16(b[6]&3), b[6], p.SrcMAC
	p.NDTarget = ip(hosts6[b[6]&7])
	p.FragOffset = uint16(b[6]) & 8
	if b[5]&128 != 0 {
		p.Options = decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, HasWS: true, TSVal: number(b[6])}
	}
	p.Window, p.DataLen, p.ID = uint16(number(b[6]>>3)), uint16(number(b[6]>>5))&1023, number(b[5])
	p.Quoted = decode.Quote{Valid: b[3]&1 != 0, Proto: p.Proto, Src: p.Dst, Dst: p.Src, SrcPort: p.SrcPort, DstPort: p.DstPort}
	return p
}

// FuzzTracker: any packets in any order: no panic, counters that add up, nothing
// that waits for ever; and what is known at the end does not depend on how often
// time was told in between.
func FuzzTracker(f *testing.F) {
	for seed := range 12 {
		b := make([]byte, 0, 800)
		for i := range 100 {
			b = append(b, byte(i*seed%80), byte(i*7+seed), byte(i>>1*8|i&7), byte(i*3), []byte{2, 16, 18, 17, 1, 0, 4, 41}[(i*seed)&7], byte(i*11), byte(128|i*seed), byte(i*13))
		}
		f.Add(b, byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte, how byte) {
		list := packets(b)
		if len(list) == 0 {
			return
		}
		var states [2][]string
		for told := range states {
			w := newWire(t, track.Config{Seed: uint64(how), OneWay: how&2 != 0})
			for i := range list {
				if told == 1 {
					w.steps(list[i].at, how)
				}
				w.Observe(list[i].at, how&4&byte(i), &list[i].p)
				if how&8 != 0 && i%16 == 15 {
					w.alarms(i)
				}
			}
			w.finish()
			w.holds()
			w.settled()
			states[told] = w.state()
		}
		if !slices.Equal(states[0], states[1]) {
			t.Fatalf("told of time in between:%s", differ(states[0], states[1]))
		}
	})
}

// steps tells of time between the packet before and the next, at to.
func (w *wire) steps(to int64, how byte) {
	if w.Now() == 0 || to <= w.Now() {
		return
	}
	if how&1 != 0 {
		for w.Due() <= to {
			w.Advance(w.Due())
		}
	}
	from := w.Now()
	w.Advance(from + (to-from)/3)
	w.Advance(from + (to-from)/2)
}

// alarms opens and closes reports, as a detector does.
func (w *wire) alarms(i int) {
	w.Changed(func(v track.View) {
		if v.Report == nil {
			w.OpenReport(v)
		} else if i%3 == 0 {
			w.CloseReport(v)
		}
	})
	w.Floods(func(number uint32, f *track.Flood) {
		if f.Sources() < 0 || f.Attempts == 0 || f.First > f.Last || w.Flood(number) != f {
			w.t.Fatalf("flood %d: %+v", number, f)
		}
	})
}
