package evidence

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
)

// world feeds a store.
type world struct {
	*Store
	at int64
	n  uint32 // frames sent; the data of each is its number
}

func newWorld() *world { return &world{Store: New(7), at: 1_700_000_000e9} }

func (w *world) send(p *decode.Packet) {
	w.at += int64(time.Millisecond)
	w.n++
	data := binary.BigEndian.AppendUint32(make([]byte, 0, 300), w.n)
	w.Packet(p, &Frame{At: w.at, Length: 300, Data: data[:300]})
}

func v4(a, b, c, d byte) [16]byte { return [16]byte{a, b, c, d} }

var (
	scanner = v4(192, 0, 2, 66)
	server  = v4(10, 0, 0, 1)
)

// raw is a SYN of no operating system, whole one of Linux.
func raw(src, dst [16]byte, port uint16) *decode.Packet {
	return &decode.Packet{Kind: decode.KindTCP, Proto: 6, Src: src, Dst: dst, SrcPort: 40000 + port%1000, DstPort: port, Seq: 1000, Flags: decode.SYN, Window: 1024}
}

func whole(src, dst [16]byte, port uint16) *decode.Packet {
	p := raw(src, dst, port)
	p.DF, p.Window, p.Options = true, 64240, decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, TSVal: 5, HasWS: true}
	return p
}

func reply(to *decode.Packet, flags decode.Flags) *decode.Packet {
	return &decode.Packet{Kind: decode.KindTCP, Proto: 6, Src: to.Dst, Dst: to.Src, SrcPort: to.DstPort, DstPort: to.SrcPort, Seq: 5000, Ack: to.Seq + 1, Flags: flags}
}

// next is a later segment of the one that opened, with so many bytes sent.
func next(of *decode.Packet, flags decode.Flags, sent uint32) *decode.Packet {
	p := *of
	p.Flags, p.Seq, p.Ack, p.Window, p.Options = flags, of.Seq+1+sent, 5001, 0, decode.Options{}
	return &p
}

func alarmOf(event klaxon.Event, src [16]byte) *klaxon.Alarm {
	a := &klaxon.Alarm{Event: event, ID: fmt.Sprint(src)}
	a.Source.Addr = netip.AddrFrom4([4]byte(src[:4]))
	return a
}

// shown are the numbers of the frames of an alarm.
func (w *world) shown(src [16]byte) (list []uint32) {
	frames, _ := w.Alarm(alarmOf(klaxon.EventUpdate, src))
	for _, f := range frames {
		list = append(list, binary.BigEndian.Uint32(f.Data))
	}
	return list
}

// check holds the account of what is in use.
func (w *world) check(t *testing.T) {
	t.Helper()
	frames, talks, listed, long := 0, 0, 0, 0
	for _, i := range w.index {
		x := &w.sources[i]
		n, m, good := 0, 0, 0
		for j := x.first; j != none; j = w.talks[j].next {
			n, m = n+int(w.talks[j].n), m+1
			if w.talks[j].good {
				good++
			}
			for _, f := range w.talks[j].frames[:w.talks[j].n] {
				if w.frames[f].size > headMax {
					long++
				}
			}
		}
		if n != x.frames || m != x.talks || good != x.good || n > FramesMax {
			t.Fatalf("%v has %d frames of %d talks, %d good, and counts %d, %d and %d", x.key, n, m, good, x.frames, x.talks, x.good)
		}
		frames, talks = frames+n, talks+m
	}
	for q := range w.queues {
		for i, before := w.queues[q].newest, none; i != none; before, i = i, w.sources[i].next {
			if x := &w.sources[i]; x.prev != before || x.queue != uint8(q) || w.index[x.key] != i {
				t.Fatalf("queue %d is broken at %v", q, x.key)
			}
			listed++
		}
	}
	if long+len(w.contents.free) != poolLong {
		t.Fatalf("%d frames are long, and %d places for such are free", long, len(w.contents.free))
	}
	if frames+len(w.freeFrames) != poolFrames || talks+len(w.freeTalks) != poolFrames || len(w.index)+len(w.freeSources) != sourcesMax || listed != len(w.index) {
		t.Fatalf("%d frames and %d are free, %d talks and %d, %d sources and %d, %d in queues",
			frames, len(w.freeFrames), talks, len(w.freeTalks), len(w.index), len(w.freeSources), listed)
	}
}

// TestConversations: which packets of a contact are kept, and of which contacts.
func TestConversations(t *testing.T) {
	tests := []struct {
		what string
		play func(w *world)
		want []uint32
	}{
		{"a probe, its refusal, and what is sent again", func(w *world) {
			p := raw(scanner, server, 80)
			w.send(p)
			w.send(p)
			w.send(reply(p, decode.RST|decode.ACK))
		}, []uint32{1, 3}},
		{"half open", func(w *world) {
			p := raw(scanner, server, 80)
			w.send(p)
			w.send(reply(p, decode.SYN|decode.ACK))
			w.send(next(p, decode.RST, 0))
		}, []uint32{1, 2, 3}},
		{"what goes on inside a connection is passed over", func(w *world) {
			p := whole(scanner, server, 80)
			w.send(p)
			w.send(reply(p, decode.SYN|decode.ACK))
			data := next(p, decode.ACK|decode.PSH, 0)
			data.DataLen = 100
			w.send(data)
		}, []uint32{1, 2}},
		{"five conversations that came to something: the newest four", func(w *world) {
			for port := range uint16(5) {
				p := whole(scanner, server, port)
				w.send(p)
				w.send(next(p, decode.FIN|decode.ACK, 100))
				w.send(next(p, decode.ACK, 101))
			}
		}, []uint32{4, 5, 7, 8, 10, 11, 13, 14}},
		{"an answer to nothing is the answerer's", func(w *world) { w.send(reply(raw(server, scanner, 80), decode.SYN|decode.ACK)) }, []uint32{1}},
		{"somebody else", func(w *world) { w.send(raw(server, scanner, 80)) }, nil},
		{"a segment in two halves, either first", func(w *world) {
			for i := range 2 {
				head := raw(scanner, server, 80)
				head.Partial, head.Fragmented, head.ID = true, true, uint32(i)
				tail := &decode.Packet{Kind: decode.KindFragment, Proto: 6, Src: scanner, Dst: server, FragOffset: 8, ID: uint32(i)}
				both := []*decode.Packet{head, tail}
				w.send(both[i])
				w.send(both[1-i])
			}
		}, []uint32{1, 2, 3, 4}},
		{"an address that is asked for twice, and again", func(w *world) {
			p := &decode.Packet{Kind: decode.KindARP, Src: scanner, Dst: server, ARPOp: 1}
			for range 3 {
				w.send(p)
			}
		}, []uint32{1, 2}},
		{"an error that quotes the probe", func(w *world) {
			w.send(&decode.Packet{Kind: decode.KindUDP, Proto: 17, Src: scanner, Dst: server, SrcPort: 9, DstPort: 161})
			w.send(&decode.Packet{Kind: decode.KindICMP, ICMPType: 3, ICMPCode: 3, Src: v4(10, 0, 0, 254), Dst: scanner,
				Quoted: decode.Quote{Valid: true, Proto: 17, Src: scanner, Dst: server, SrcPort: 9, DstPort: 161}})
		}, []uint32{1, 2}},
	}
	for _, tt := range tests {
		w := newWorld()
		tt.play(w)
		w.check(t)
		if got := w.shown(scanner); !slices.Equal(got, tt.want) {
			t.Errorf("%s: frames %v, want %v", tt.what, got, tt.want)
		}
	}
}

// TestFrames: they come as they were, cut, once for each change, and never more
// than 64.
func TestFrames(t *testing.T) {
	w := newWorld()
	for port := range uint16(1000) {
		w.send(raw(scanner, server, port))
		w.check(t)
	}
	frames, any := w.Alarm(alarmOf(klaxon.EventOpen, scanner))
	if len(frames) != FramesMax || !any {
		t.Fatalf("%d frames, %v", len(frames), any)
	}
	last := frames[len(frames)-1]
	if last.At != w.at || last.Length != 300 || len(last.Data) != DataMax || binary.BigEndian.Uint32(last.Data) != w.n {
		t.Errorf("the newest is of %d, %d of %d bytes", last.At, len(last.Data), last.Length)
	}
	if again, any := w.Alarm(alarmOf(klaxon.EventUpdate, scanner)); again != nil || !any {
		t.Errorf("%d frames again, %v", len(again), any)
	}
	w.Alarm(alarmOf(klaxon.EventClose, scanner))
	if again := w.shown(scanner); len(again) != 0 {
		t.Errorf("%d frames of an alarm that was closed", len(again))
	}
	if none, any := w.Alarm(alarmOf(klaxon.EventOpen, v4(1, 2, 3, 4))); none != nil || any {
		t.Errorf("%d frames of nobody, %v", len(none), any)
	}
	w.check(t)
}

// TestNovel: what an alarm's source does that it did not before finds room.
func TestNovel(t *testing.T) {
	w := newWorld()
	for port := range uint16(100) {
		w.send(raw(scanner, server, port))
	}
	w.Alarm(alarmOf(klaxon.EventOpen, scanner))
	for host := range byte(200) {
		w.send(raw(scanner, v4(10, 0, 1, host), 443))
	}
	fin := raw(scanner, server, 99)
	fin.Flags, fin.SrcPort = decode.FIN, 50000
	w.send(fin)
	for port := range uint16(100) {
		w.send(raw(scanner, server, 2000+port))
	}
	list := w.shown(scanner)
	count := func(from, to uint32) (n int) {
		for _, f := range list {
			if f >= from && f <= to {
				n++
			}
		}
		return n
	}
	if first, sweep, fins := count(1, 100), count(101, 300), count(301, 301); first < 30 || sweep < 3 || fins != 1 {
		t.Errorf("%d of the first scan, %d of the sweep, %d FINs", first, sweep, fins)
	}
	w.check(t)
}

// TestHostileFlood: hundreds of thousands of addresses that send a packet each, and more
// alarms than may be open, take no memory and push out nobody who has an alarm
// or has done more than once.
func TestHostileFlood(t *testing.T) {
	w := newWorld()
	for port := range uint16(20) {
		w.send(raw(scanner, server, port))
	}
	twice := v4(192, 0, 2, 67)
	w.send(raw(twice, server, 1))
	w.send(raw(twice, server, 2))
	w.Alarm(alarmOf(klaxon.EventOpen, scanner))
	w.shown(twice)
	flood := func(n int, src func(i int) [16]byte) {
		for i := range n {
			w.at++
			w.Packet(raw(src(i), server, 80), &Frame{At: w.at, Length: 60, Data: make([]byte, 60)})
		}
	}
	forged := func(i int) [16]byte { return v4(100+byte(i>>24), byte(i>>16), byte(i>>8), byte(i)) }
	flood(100_000, forged)
	before := heap()
	flood(300_000, func(i int) [16]byte { return forged(1<<20 + i) })
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("300,000 addresses more took %d bytes", grown)
	}
	if w.Evicted() < 390_000-sourcesMax {
		t.Errorf("%d sources evicted: where are they kept?", w.Evicted())
	}
	w.check(t)
	w.send(raw(scanner, server, 9999))
	if n := len(w.shown(scanner)); n != 21 {
		t.Errorf("%d frames of the alarm", n)
	}
	w.send(raw(twice, server, 3))
	if n := len(w.shown(twice)); n != 3 {
		t.Errorf("%d frames of the one with two", n)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestManyAlarms: of more alarms than there is room for each is still bounded.
func TestManyAlarms(t *testing.T) {
	w := newWorld()
	for i := range 2 * alarmsMax {
		src := v4(203, 0, byte(i>>8), byte(i))
		for port := range uint16(40) {
			p := raw(src, server, port)
			w.send(p)
			w.send(reply(p, decode.RST))
		}
		w.Alarm(alarmOf(klaxon.EventOpen, src))
	}
	w.check(t)
	if len(w.alarms) != alarmsMax {
		t.Errorf("%d alarms are known", len(w.alarms))
	}
	for i := range 2 * alarmsMax {
		w.Alarm(alarmOf(klaxon.EventClose, v4(203, 0, byte(i>>8), byte(i))))
	}
	w.check(t)
	if len(w.alarms) != 0 {
		t.Errorf("%d alarms are left", len(w.alarms))
	}
}

// TestVictim: of a flood what reaches its victim is kept, once it is told.
func TestVictim(t *testing.T) {
	w := newWorld()
	a := &klaxon.Alarm{Event: klaxon.EventOpen, ID: "flood", Scan: klaxon.Scan{Shape: klaxon.ShapeFlood}}
	a.Targets.Dst = []netip.Addr{netip.AddrFrom4([4]byte(server[:4]))}
	w.Alarm(a)
	for i := range 200 {
		w.send(raw(v4(100, 0, 0, byte(i)), server, 80))
	}
	a.Event = klaxon.EventClose
	if frames, _ := w.Alarm(a); len(frames) != FramesMax {
		t.Errorf("%d frames", len(frames))
	}
	w.check(t)
	if w.victims != 0 {
		t.Errorf("%d victims are left", w.victims)
	}
}

// TestSoup: whatever comes, the accounts are right.
func TestSoup(t *testing.T) {
	w, r := newWorld(), rand.New(rand.NewPCG(3, 4))
	kinds := []decode.Kind{decode.KindARP, decode.KindTCP, decode.KindTCP, decode.KindTCP, decode.KindUDP, decode.KindSCTP, decode.KindICMP, decode.KindICMPv6, decode.KindIP, decode.KindFragment}
	events := []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventClose, klaxon.EventRetract}
	host := func() [16]byte { return v4(10, 0, 0, byte(r.IntN(12))) }
	for i := range 60_000 {
		p := decode.Packet{
			Kind: kinds[r.IntN(len(kinds))], Proto: 6, Src: host(), Dst: host(), V6: r.IntN(4) == 0, SrcPort: uint16(r.IntN(30)), DstPort: uint16(r.IntN(30)),
			Flags: decode.Flags(r.IntN(64)), Seq: r.Uint32N(3), Ack: r.Uint32N(3), DataLen: uint16(r.IntN(2) * 500), Partial: r.IntN(9) == 0, FragOffset: 8, ID: r.Uint32N(9),
			ICMPType: uint8(r.IntN(140)), ICMPCode: uint8(r.IntN(2) * 9), ARPOp: uint16(r.IntN(3)), SCTPChunk: uint8(r.IntN(12)), NDTarget: host(),
			Quoted: decode.Quote{Valid: r.IntN(2) == 0, Proto: []uint8{6, 17, 1}[r.IntN(3)], Src: host(), Dst: host(), SrcPort: uint16(r.IntN(30)), DstPort: uint16(r.IntN(30))},
		}
		w.send(&p)
		if r.IntN(50) == 0 {
			a := alarmOf(events[r.IntN(4)], host())
			for range r.IntN(3) {
				src := host()
				a.Sources = append(a.Sources, netip.AddrFrom4([4]byte(src[:4])))
			}
			if r.IntN(5) == 0 {
				a.Marks = []klaxon.Mark{klaxon.MarkIdle}
			}
			if frames, _ := w.Alarm(a); len(frames) > FramesMax {
				t.Fatalf("%d frames", len(frames))
			}
		}
		if i%2000 == 0 {
			w.check(t)
		}
	}
	if a := testing.AllocsPerRun(1000, func() {
		p := raw(host(), host(), uint16(r.IntN(60000)))
		w.Packet(p, &Frame{At: w.at, Length: 300, Data: make([]byte, 0)})
	}); a > 1 { // p itself may be one
		t.Errorf("%v allocations for each packet", a)
	}
}

func BenchmarkScan(b *testing.B) {
	w := newWorld()
	w.Alarm(alarmOf(klaxon.EventOpen, scanner))
	p, f := raw(scanner, server, 0), Frame{Length: 60, Data: make([]byte, 60)}
	for i := range b.N {
		p.DstPort, p.SrcPort = uint16(i), uint16(i>>3)
		f.At++
		w.Packet(p, &f)
	}
}

func BenchmarkFlood(b *testing.B) {
	w := newWorld()
	p, f := raw(scanner, server, 80), Frame{Length: 60, Data: make([]byte, 60)}
	for i := range b.N {
		p.Src = v4(100, byte(i>>16), byte(i>>8), byte(i))
		f.At++
		w.Packet(p, &f)
	}
}

func BenchmarkClients(b *testing.B) {
	w := newWorld()
	f := Frame{Length: 60, Data: make([]byte, 60)}
	p := whole(scanner, server, 443)
	parts := []*decode.Packet{p, reply(p, decode.SYN|decode.ACK), next(p, decode.FIN|decode.ACK, 500), reply(p, decode.FIN|decode.ACK)}
	for i := range b.N {
		f.At++
		q := *parts[i%4]
		q.SrcPort ^= uint16(i>>2) & 0xfff * uint16(1-i%2)
		w.Packet(&q, &f)
	}
}
