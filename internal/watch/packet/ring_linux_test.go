package packet

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
)

// kernelFrame is what the kernel would put into a ring.
type kernelFrame struct {
	at        int64
	data      []byte
	length    int
	status    uint32
	tag, kind int
	packet    byte // PACKET_…
}

// fill lays frames into a block and hands it over, as prb_fill_curr_block and
// prb_close_block do (net/packet/af_packet.c).
func fill(b *blocks, number int, frames ...kernelFrame) {
	ne := binary.NativeEndian
	block := b.mem[number*b.size:][:b.size]
	ne.PutUint32(block[12:], uint32(len(frames)))
	ne.PutUint32(block[16:], 48)
	at := 48
	for i, f := range frames {
		const mac = 48 + 20 + 18
		size := (mac + len(f.data) + 15) &^ 15
		h := block[at:]
		if i < len(frames)-1 {
			ne.PutUint32(h, uint32(size))
		}
		ne.PutUint32(h[4:], uint32(f.at/1e9))
		ne.PutUint32(h[8:], uint32(f.at%1e9))
		ne.PutUint32(h[12:], uint32(len(f.data)))
		ne.PutUint32(h[16:], uint32(f.length))
		ne.PutUint32(h[20:], f.status)
		ne.PutUint16(h[24:], mac)
		ne.PutUint32(h[32:], uint32(f.tag))
		ne.PutUint16(h[36:], uint16(f.kind))
		h[58] = f.packet
		copy(h[mac:], f.data)
		at += size
	}
	ne.PutUint32(block[8:], unix.TP_STATUS_USER)
}

func fakeRing(name string, index int) *ring {
	const size = 4096
	return &ring{name: name, index: index, link: decode.LinkEthernet, blocks: blocks{mem: make([]byte, 3*size), size: size}}
}

func plain(at int64, data string) kernelFrame {
	return kernelFrame{at: at, data: []byte(data), length: len(data)}
}

// TestBlocks: every frame once, in order, over the end of the ring and through
// empty blocks, and each block is given back when its last frame was read.
func TestBlocks(t *testing.T) {
	r := fakeRing("x", 0)
	if r.ready() || r.pending() {
		t.Fatal("an empty ring has a frame")
	}
	status := func(n int) uint32 { return binary.NativeEndian.Uint32(r.mem[n*r.size+8:]) }
	for round := range 4 {
		first := round * 2 % 3
		fill(&r.blocks, first, plain(1, "one"), plain(2, "two, which is longer"), plain(1e9+3, "three"))
		fill(&r.blocks, (first+1)%3)
		for i, want := range []string{"one", "two, which is longer", "three"} {
			if !r.ready() {
				t.Fatalf("round %d: frame %d is not there", round, i)
			}
			data, length := r.frame()
			if string(data) != want || length != len(want) || r.time() != []int64{1, 2, 1e9 + 3}[i] {
				t.Errorf("round %d: frame %d at %d is %q of %d bytes", round, i, r.time(), data, length)
			}
			if status(first) == unix.TP_STATUS_KERNEL {
				t.Error("a block was given back before its last frame was read")
			}
			r.next()
		}
		if r.ready() {
			t.Error("a frame too many")
		}
		if status(first) != unix.TP_STATUS_KERNEL || status((first+1)%3) != unix.TP_STATUS_KERNEL || r.pending() {
			t.Error("a block was not given back")
		}
	}
}

func TestTagIsPutBack(t *testing.T) {
	untagged := eth([]byte("payload"), etherIPv4)
	tagged := func(kind, tag int) []byte {
		return join(untagged[:12], u16(kind), u16(tag), untagged[12:])
	}
	const valid, typed = unix.TP_STATUS_VLAN_VALID, unix.TP_STATUS_VLAN_TPID_VALID
	for name, c := range map[string]struct {
		frame kernelFrame
		want  []byte
	}{
		"none":                 {kernelFrame{data: untagged, tag: 5}, untagged},
		"802.1Q":               {kernelFrame{data: untagged, status: valid | typed, tag: 0x6005, kind: etherVLAN}, tagged(etherVLAN, 0x6005)},
		"802.1ad":              {kernelFrame{data: untagged, status: valid | typed, tag: 5, kind: etherQinQ}, tagged(etherQinQ, 5)},
		"priority only":        {kernelFrame{data: untagged, status: valid | typed, kind: etherVLAN}, tagged(etherVLAN, 0)},
		"kernels before 3.14":  {kernelFrame{data: untagged, status: valid, tag: 5}, tagged(etherVLAN, 5)},
		"cut below an address": {kernelFrame{data: untagged[:9], status: valid | typed, tag: 5, kind: etherVLAN}, untagged[:9]},
	} {
		r := fakeRing("x", 0)
		before, after := plain(1, "the one before"), plain(3, "the one behind")
		c.frame.length = 1000
		fill(&r.blocks, 0, before, c.frame, after)
		for i, want := range [][]byte{before.data, c.want, after.data} {
			if !r.ready() {
				t.Fatalf("%s: frame %d is not there", name, i)
			}
			got, length := r.frame()
			if !bytes.Equal(got, want) {
				t.Errorf("%s: frame %d is %x, want %x", name, i, got, want)
			}
			if added := len(c.want) - len(c.frame.data); i == 1 && length != 1000+added {
				t.Errorf("%s: %d bytes on the wire, want %d", name, length, 1000+added)
			}
			r.next()
		}
	}
}

// TestTagOfBareIP: where there is no Ethernet header there is no place for one.
func TestTagOfBareIP(t *testing.T) {
	r := fakeRing("x", 0)
	r.link = decode.LinkRaw
	packet := v4{proto: 1}.with(make([]byte, 8))
	fill(&r.blocks, 0, kernelFrame{data: packet, length: 28, status: unix.TP_STATUS_VLAN_VALID, tag: 5})
	if !r.ready() {
		t.Fatal("no frame")
	}
	if got, length := r.frame(); !bytes.Equal(got, packet) || length != 28 {
		t.Errorf("%x of %d bytes", got, length)
	}
}

// TestLoopbackOnce: where the kernel cannot be told to leave out what is sent
// on lo, it is left out here; elsewhere it is wanted.
func TestLoopbackOnce(t *testing.T) {
	for _, loop := range []bool{true, false} {
		r := fakeRing("x", 0)
		r.loop = loop
		sent := func(s string) kernelFrame { f := plain(1, s); f.packet = unix.PACKET_OUTGOING; return f }
		fill(&r.blocks, 0, sent("a"), plain(1, "A"), sent("b"))
		fill(&r.blocks, 1, sent("c"))
		fill(&r.blocks, 2, plain(1, "B"))
		var got string
		for r.ready() {
			data, _ := r.frame()
			got += string(data)
			r.next()
		}
		if want := map[bool]string{true: "AB", false: "aAbcB"}[loop]; got != want {
			t.Errorf("loopback %v: %q, want %q", loop, got, want)
		}
	}
}

// drain reads what can be had without waiting.
func drain(t *testing.T, c *Capture) (got string, times []int64) {
	t.Helper()
	for {
		r, hold := c.pick()
		if r == nil || hold > 0 {
			return got, times
		}
		f := c.yield(r)
		got += string(f.Data)
		times = append(times, f.Time)
		c.given.next()
		c.given = nil
	}
}

// TestMerge: frames come in the order of their times, whichever interface has
// handed over its block first.
func TestMerge(t *testing.T) {
	x, y := fakeRing("x", 0), fakeRing("y", 1)
	c := &Capture{rings: []*ring{x, y}}
	fill(&x.blocks, 0, plain(10, "a"), plain(30, "c"), plain(60, "f"))
	fill(&x.blocks, 1, plain(70, "g"))
	fill(&y.blocks, 0, plain(20, "b"), plain(40, "d"), plain(50, "e"))
	if got, _ := drain(t, c); got != "abcdefg" {
		t.Errorf("%q, want abcdefg", got)
	}
}

// TestMergeWaits: a frame waits while another interface may still yield an
// older one, and no longer.
func TestMergeWaits(t *testing.T) {
	x, y := fakeRing("x", 0), fakeRing("y", 1)
	c := &Capture{rings: []*ring{x, y}}
	began := time.Now()
	now, second := began.UnixNano(), int64(time.Second)

	// Frames are in y's block, which the kernel has not handed over.
	fill(&x.blocks, 0, plain(now, "late"))
	binary.NativeEndian.PutUint32(y.mem[12:], 1)
	if r, hold := c.pick(); (r != x || hold <= 0) && time.Since(began) < holdAtMost {
		t.Errorf("a frame of now does not wait for an older one that is on its way: %v, %v", r, hold)
	}
	fill(&y.blocks, 0, plain(now-1, "early"), plain(now-1, "too"))
	if got, _ := drain(t, c); got != "earlytoo" && got != "earlytoolate" { // it depends on the clock
		t.Errorf("%q, want the older ones first", got)
	}

	// However long y's block takes, an older frame of x does not wait for it.
	x, y = fakeRing("x", 0), fakeRing("y", 1)
	c = &Capture{rings: []*ring{x, y}}
	fill(&x.blocks, 0, plain(now-second, "old"))
	binary.NativeEndian.PutUint32(y.mem[12:], 1)
	if got, _ := drain(t, c); got != "old" {
		t.Errorf("%q, want old", got)
	}
	// Nor does one from the future, of a clock that was set back.
	fill(&x.blocks, 1, plain(now+3600*second, "future"))
	if got, _ := drain(t, c); got != "future" {
		t.Errorf("%q, want future", got)
	}
}

// TestTimes: small disorder is mended, a clock that was set back is passed on.
func TestTimes(t *testing.T) {
	x := fakeRing("x", 0)
	c := &Capture{rings: []*ring{x}}
	const hour = int64(time.Hour)
	fill(&x.blocks, 0, plain(10*hour+5, "a"), plain(10*hour+3, "b"), plain(9*hour, "c"), plain(9*hour+1, "d"))
	_, times := drain(t, c)
	want := []int64{10*hour + 5, 10*hour + 5, 9 * hour, 9*hour + 1}
	for i := range want {
		if len(times) != len(want) || times[i] != want[i] {
			t.Fatalf("times %v, want %v", times, want)
		}
	}
}

// TestNow: it promises no more than the frames keep.
func TestNow(t *testing.T) {
	x, y := fakeRing("x", 0), fakeRing("y", 1)
	c := &Capture{rings: []*ring{x, y}}
	before := time.Now().UnixNano()
	idle := c.Now()
	if idle > time.Now().UnixNano()-int64(settleAfter) || idle < before-int64(settleAfter) {
		t.Errorf("with nothing at hand Now is %d ns from the clock", idle-before)
	}
	stamp := idle + 1
	fill(&y.blocks, 0, plain(stamp, "a"), plain(stamp+1, "b"))
	if got := c.Now(); got != stamp {
		t.Errorf("with a frame at hand Now is %d, want its time, %d", got, stamp)
	}
	binary.NativeEndian.PutUint32(x.mem[12:], 1) // and one on its way
	if got := c.Now(); got > stamp {
		t.Errorf("Now is %d, later than the frame at hand, %d", got, stamp)
	}
}
