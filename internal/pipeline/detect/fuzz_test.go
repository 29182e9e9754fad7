package detect_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// stream maps bytes to packets between few hosts, so that they meet: nine bytes
// each. Time goes on by nothing to hours, and sometimes back.
func stream(b []byte) (list []detect.Seen) {
	at := int64(1_700_000_000e9)
	for ; len(b) >= 9; b = b[9:] {
		switch step := int64(b[0] & 31); b[0] >> 5 {
		case 0, 1, 2, 3, 4:
			at += step * 1e6
		case 5:
			at += step * 1e9
		case 6:
			at += step * 300e9
		case 7:
			at -= step * 1e7
		}
		list = append(list, detect.Seen{At: at, Scope: b[1] >> 7, Packet: packet(b[1:9])})
	}
	return list
}

func packet(b []byte) decode.Packet {
	kinds := [...]decode.Kind{decode.KindTCP, decode.KindTCP, decode.KindTCP, decode.KindTCP, decode.KindUDP, decode.KindUDP, decode.KindICMP, decode.KindARP,
		decode.KindIP, decode.KindFragment, decode.KindSCTP, decode.KindICMPv6, decode.KindTCP, decode.KindTCP, decode.KindTCP, decode.KindTCP}
	number := func(n byte) uint32 { return []uint32{0, 1, 2, 1000, 1001, 5001, 0x7fffffff, 0xffffffff}[n&7] }
	host := func(n byte, v6 bool) (a [16]byte) {
		if v6 {
			return [16]byte{0x20, 1, 0xd, 0xb8, 0, n & 3, 15: n}
		}
		return [16]byte{[]byte{10, 203, 192, 198}[n&3], 0, 2, n}
	}
	v6 := b[0]&16 != 0
	p := decode.Packet{Kind: kinds[b[0]&15], V6: v6, Proto: []uint8{6, 17, 132, 1, 58, 47, 99, 255}[b[5]&7], DF: b[0]&32 != 0, Fragmented: b[0]&64 != 0}
	p.Src, p.Dst, p.TTL = host(b[1]&15, v6), host(b[1]>>4|b[2]&0xf0, v6), []uint8{64, 1, 250, 128}[b[2]&3]
	ports := [...]uint16{40000, 80, 512, 53, 443, 1024, 20, 33434}
	p.SrcPort, p.DstPort = ports[b[3]&7], uint16(b[4])
	if b[3]&8 != 0 {
		p.SrcPort, p.DstPort = p.DstPort, p.SrcPort
	}
	p.Partial, p.MF = b[3]&240 == 240, b[3]&240 == 240
	p.Flags = []decode.Flags{decode.SYN, decode.SYN | decode.ACK, decode.ACK, decode.RST | decode.ACK, decode.FIN | decode.ACK, decode.RST, 0, decode.Flags(b[7])}[b[3]>>4&7]
	p.Seq, p.Ack = number(b[5]>>3), number(b[6])
	p.ICMPType, p.ICMPCode, p.SCTPChunk, p.ARPOp = b[7], b[6]>>3&15, b[7], uint16(b[7]&3)
	p.SrcMAC = [6]byte{2, 0, 0, 0, 0, b[7] >> 6}
	p.ARPSender, p.NDTarget, p.FragOffset = p.SrcMAC, p.Dst, uint16(b[7])&8
	if b[6]&128 != 0 {
		p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, HasWS: true, TSVal: number(b[7])}
	}
	p.Window, p.DataLen, p.ID = uint16(number(b[6]>>3)), uint16(number(b[5]>>5))&1023, number(b[4])
	p.Quoted = decode.Quote{Valid: b[7]&1 != 0, Proto: p.Proto, Src: p.Dst, Dst: p.Src, SrcPort: p.SrcPort, DstPort: p.DstPort}
	return p
}

// told runs a detector over packets.
func told(list []detect.Seen, seed uint64, feed func(d *detect.Detector)) (alarms []klaxon.Alarm, counts policy.AlarmCounts) {
	watched := new(track.Watched)
	watched.AddTCP(512, 514)
	watched.AddUDP(69, 69)
	d := detect.New(detect.Config{
		Track:  track.Config{Memory: track.MinMemory, Seed: seed, Watched: watched, Dark: []netip.Prefix{netip.MustParsePrefix("203.0.2.128/25")}},
		Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Confidence(seed % 3), Allow: []netip.Prefix{netip.MustParsePrefix("10.0.2.4/32")},
		Emit: func(a *klaxon.Alarm) { alarms = append(alarms, *a) },
		Calm: seed%2 == 0, List: policy.NewAllowList([]policy.Rule{{Sources: []netip.Prefix{netip.MustParsePrefix("10.0.2.0/30")}, Role: policy.RoleMonitoring, From: 60, To: 180}}),
	})
	d.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 23}}, 0)
	feed(d)
	d.Close()
	_, counts = d.Counts()
	return alarms, counts
}

// check holds what must be true of the alarms of any packets.
func check(t *testing.T, list []detect.Seen, seed uint64) []klaxon.Alarm {
	t.Helper()
	alarms, counts := told(list, seed, func(d *detect.Detector) { d.Batch(list) })
	lives := map[string]int{}
	for i, a := range alarms {
		n := lives[a.ID]
		lives[a.ID]++
		ended := a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract
		switch {
		case (a.Event == klaxon.EventOpen) != (n == 0), n < 0, n >= 12:
			t.Fatalf("record %d of %s is %s", n+1, a.ID, a.Event)
		case i > 0 && a.Time.Before(alarms[i-1].Time):
			t.Fatalf("%s at %s, after %s", a.Event, a.Time, alarms[i-1].Time)
		case a.Why == "" || a.Shape == "" || len(a.Techniques) == 0 || a.Severity < 1 || a.Severity > 5 || a.Zone == "" || a.Last.Before(a.First):
			t.Fatalf("%+v", a)
		case len(a.Targets.Dst) > 32 || len(a.Targets.TCP) > 64 || len(a.Targets.UDP) > 64 || len(a.Targets.Open) > 32 || len(a.Sources) > 256:
			t.Fatalf("lists beyond their caps: %+v", a.Targets)
		case a.Shape != klaxon.ShapeFlood && a.Source.Addr.IsValid() == (a.SourcesTotal > 0):
			t.Fatalf("source %s, of %d", a.Source.Addr, a.SourcesTotal)
		}
		if ended {
			lives[a.ID] = -100
		}
	}
	for id, n := range lives {
		if n >= 0 {
			t.Fatalf("%s has not ended", id)
		}
	}
	if int(counts.Records) != len(alarms) || int(counts.Opened) != len(lives) {
		t.Fatalf("counts %+v, %d records, %d alarms", counts, len(alarms), len(lives))
	}
	return alarms
}

// same holds that another way to feed the same packets tells the same.
func same(t *testing.T, what string, list []detect.Seen, seed uint64, want []klaxon.Alarm, feed func(d *detect.Detector)) {
	t.Helper()
	got, _ := told(list, seed, feed)
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s, record %d:\n got %s\nwant %s", what, i, show(got[i]), show(want[i]))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d records, want %d", what, len(got), len(want))
	}
}

func show(a klaxon.Alarm) string { return fmt.Sprintf("%+v", a) }

// replay feeds packets in the ways that they come in.
func replay(t *testing.T, list []detect.Seen, seed uint64, want []klaxon.Alarm) {
	t.Helper()
	same(t, "the same again", list, seed, want, func(d *detect.Detector) { d.Batch(list) })
	same(t, "told of time in between", list, seed, want, func(d *detect.Detector) {
		last := int64(0)
		for _, s := range list {
			if last > 0 && s.At > last {
				d.Advance(last + (s.At-last)/3)
				d.Advance(last + (s.At-last)/2)
			}
			d.Packet(s.At, s.Scope, &s.Packet)
			last = max(last, s.At)
		}
	})
}

// FuzzDetector: any packets: no panic, every alarm opens once and ends once, no
// list beyond its cap, and the same packets tell the same however they come.
func FuzzDetector(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(random(seed, 900), byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed byte) {
		list := stream(b[:min(len(b), 9000)])
		replay(t, list, uint64(seed), check(t, list, uint64(seed)))
	})
}

func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 6))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestRandomPackets is the same with longer streams.
func TestRandomPackets(t *testing.T) {
	total := 0
	for seed := range uint64(12) {
		list := stream(random(100+seed, 9*8000))
		alarms := check(t, list, seed)
		total += len(alarms)
		replay(t, list, seed, alarms)
	}
	if total < 100 {
		t.Errorf("only %d records: the streams show nothing", total)
	}
}
