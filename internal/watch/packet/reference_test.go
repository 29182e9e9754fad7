package packet

import (
	"math/rand/v2"
	"testing"

	"klaxon/internal/decode"
)

// wanted is what filter is meant to decide, told of a decoded packet.
func wanted(p *decode.Packet) bool {
	switch {
	case p.Kind == decode.KindFragment:
		return p.Proto == protoTCP && p.FragOffset == 8
	case p.Fragmented:
		return true
	case p.Kind == decode.KindTCP:
		return wantedTCP(p)
	case p.Kind == decode.KindSCTP:
		return p.SCTPChunk != 0 && (p.SCTPChunk < 3 || p.SCTPChunk > 5)
	case p.Kind == decode.KindIP:
		switch p.Proto {
		case 4, 41, 47, 50, 51:
			return p.DataLen <= bareCarrier
		}
	}
	return true // ARP, UDP, ICMP, ICMPv6 and every other protocol
}

func wantedTCP(p *decode.Packet) bool {
	if p.Flags&(decode.SYN|decode.FIN|decode.RST|decode.URG) != 0 || p.Flags&decode.ACK == 0 || p.Seq == 0 {
		return true
	}
	return p.Options.Len == 0 && p.DataLen == 0 && p.Window <= smallWindow
}

// sample is a frame, and whether the filter may pass it although it is not
// wanted, because it does not look that far.
type sample struct {
	frame []byte
	far   bool
}

// corpus makes frames of every sort the decoder reads, most of them well-formed.
type corpus struct{ *rand.Rand }

func (c corpus) one(n ...int) int { return n[c.IntN(len(n))] }

func (c corpus) frame() sample {
	if c.IntN(50) == 0 {
		return sample{frame: eth(arpRequest(), etherARP)}
	}
	var s sample
	family := c.one(etherIPv4, etherIPv6)
	ip := c.v4()
	if family == etherIPv6 {
		ip, s.far = c.v6()
	}
	kinds := []int{family}
	for range c.one(0, 0, 0, 1, 2, 3) {
		kinds = append([]int{c.one(etherVLAN, etherQinQ, etherQinQ9)}, kinds...)
	}
	s.far = s.far || len(kinds) > 1+maxTags
	s.frame = append(eth(ip, kinds...), make([]byte, c.one(0, 0, 6, 30))...)
	return s
}

func (c corpus) v4() []byte {
	proto, body := c.body()
	return v4{proto: proto, fragment: c.one(0, 0, 0, 0x4000, 0x2000, 0x2001, 1, 2, 0x2002, 0x1fff), options: c.one(0, 0, 4, 40)}.with(body)
}

// v6 says also whether its headers hide what is in it from the filter: more of
// them than it walks, a kind that it does not know, or a fragment header before
// a whole packet. (An empty packet may be one whose length was left to segmentation
// offload, so the decoder counts Ethernet's padding into it.)
func (c corpus) v6() (ip []byte, far bool) {
	proto, body := c.body()
	h := v6{proto: proto, longer: c.one(0, 0, 1, 3), fragment: c.one(0, 1, 8, 9, 16, 0xfff8)}
	for range c.one(0, 0, 1, 2, 3, 4) {
		h.chain = append(h.chain, c.one(extHopByHop, extRouting, extDestination, protoAH, extFragment, 135))
	}
	far = len(h.chain)+len(body) == 0
	for i, k := range h.chain {
		far = far || i >= maxExtensions || k == 135 || k == extFragment
	}
	return h.with(body), far
}

func (c corpus) body() (proto int, body []byte) {
	switch c.IntN(12) {
	case 0:
		return protoUDP, udp(c.one(53, portVXLAN, 1), c.one(0, 1, 200, 900))
	case 1:
		return 1, icmpError(v4{proto: c.one(protoUDP, protoTCP), options: c.one(0, 40)}.with(make([]byte, 30)))
	case 2:
		return 58, join([]byte{byte(c.one(1, 128, 135)), 0, 0, 0, 0, 0, 0, 0}, v6{proto: protoTCP}.with(make([]byte, 400)))
	case 3:
		return protoSCTP, sctpChunk(c.IntN(16), c.one(0, 16, 300))
	case 4:
		return c.IntN(256), make([]byte, c.one(0, 8, 16, 17, 20, 64))
	case 5:
		return c.one(4, 41, 47, 50, 51), make([]byte, c.one(0, 15, 16, 17, 90))
	}
	return protoTCP, tcp{
		flags: c.one(ack, ack, psh|ack, c.IntN(256)), seq: c.one(0, 1, 1<<30), window: c.one(0, 1024, 4096, 4097, 65535),
		options: c.one(0, 0, 12, 40), data: c.one(0, 0, 1, 600),
	}.bytes()
}

// TestAgainstDecoder: the kernel's verdict is that of a plain decision made of
// the decoded packet, and what it keeps of the packet is enough to decode it.
func TestAgainstDecoder(t *testing.T) {
	run := ours(t, decode.LinkEthernet, false)
	c := corpus{rand.New(rand.NewPCG(3, 1))}
	passed, dropped := 0, 0
	for range 200_000 {
		s := c.frame()
		if compare(t, run, s.frame, !s.far) == 0 {
			dropped++
		} else {
			passed++
		}
		if t.Failed() {
			return
		}
	}
	if passed < 10_000 || dropped < 10_000 {
		t.Errorf("%d packets passed and %d were dropped: the corpus is lopsided", passed, dropped)
	}
}

// compare returns the filter's verdict. exact says that the filter may not pass
// what is not wanted. Of malformed packets it may do either.
func compare(t testing.TB, run func([]byte) int, frame []byte, exact bool) int {
	t.Helper()
	var whole, cut decode.Packet
	got := run(frame)
	if (decode.Decoder{}).Decode(decode.LinkEthernet, frame, len(frame), &whole) != decode.Decoded {
		return got
	}
	if want := wanted(&whole); want && got == 0 || exact && !want && got != 0 {
		t.Errorf("%d bytes pass of a packet that is wanted: %v\n%x\n%+v", got, want, frame, whole)
	}
	if got > 0 && got < len(frame) {
		(decode.Decoder{}).Decode(decode.LinkEthernet, frame[:got], len(frame), &cut)
		cut.Truncated = false
		if cut != whole {
			t.Errorf("of the cut packet %+v is read, of the whole %+v\n%x", cut, whole, frame)
		}
	}
	return got
}

// FuzzFilter holds any frame at all to the same. The lengths that segmentation
// offload leaves at zero are the exception: the decoder takes what is there for
// the packet, and the filter takes it for data.
func FuzzFilter(f *testing.F) {
	c := corpus{rand.New(rand.NewPCG(5, 1))}
	for range 200 {
		f.Add(c.frame().frame)
	}
	run := ours(f, decode.LinkEthernet, false)
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > snapExtended || offloaded(frame) {
			return
		}
		compare(t, run, frame, false)
	})
}

// offloaded tells whether the IP header, behind any tags, says no length.
func offloaded(frame []byte) bool {
	at := 12
	for ; at+2 <= len(frame); at += 4 {
		switch int(frame[at])<<8 | int(frame[at+1]) {
		case etherIPv4:
			return at+6 <= len(frame) && frame[at+4] == 0 && frame[at+5] == 0
		case etherIPv6:
			return at+8 <= len(frame) && frame[at+6] == 0 && frame[at+7] == 0
		case etherVLAN, etherQinQ, etherQinQ9:
		default:
			return false
		}
	}
	return false
}
