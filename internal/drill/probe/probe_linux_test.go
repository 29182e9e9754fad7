package probe

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/drill"
)

// TestSegment: an independent decoder reads every segment, and finds its seal.
func TestSegment(t *testing.T) {
	s := drill.NewSecret()
	for _, ends := range [][2]string{{"127.1.2.3", "127.0.0.1:23"}, {"::1", "[::1]:23"}} {
		from, to := netip.MustParseAddr(ends[0]), netip.MustParseAddrPort(ends[1])
		for k := range drill.Kinds() {
			if !k.Raw() {
				continue
			}
			port, seq := s.Segment(k, from, to)
			b := segment(drill.Flow{Source: netip.AddrPortFrom(from, port), Target: to}, uint8(k.Flags()), seq)
			var p decode.Packet
			if why := (decode.Decoder{}).Decode(decode.LinkRaw, b, len(b), &p); why != decode.Decoded {
				t.Fatalf("%s: %v", k, why)
			}
			if p.Flags != k.Flags() || p.Seq != seq || p.SrcPort != port || p.DstPort != 23 || p.V6 != to.Addr().Is6() {
				t.Errorf("%s: %+v", k, p)
			}
			if !p.V6 && checksum(b[:20]) != 0 {
				t.Errorf("%s: the checksum of the header is wrong", k)
			}
		}
	}
}

// TestPlain: datagram and connection arrive from the ends that were announced.
func TestPlain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := l.Addr().(*net.TCPAddr).AddrPort()
	c, err := NewConnection(netip.MustParseAddr("127.1.2.3"), to)
	if err != nil {
		t.Fatal(err)
	}
	made := make(chan error, 1)
	go func() { made <- c.Make(10 * time.Second) }()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := <-made; err != nil || in.RemoteAddr().String() != c.Flow().Source.String() {
		t.Errorf("%v, from %v, want %v", err, in.RemoteAddr(), c.Flow().Source)
	}

	u, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	s, buf := drill.NewSecret(), make([]byte, 512)
	var f drill.Flow
	err = Datagram(&s, netip.MustParseAddr("127.1.2.3"), u.LocalAddr().(*net.UDPAddr).AddrPort(), drill.Announcement{}, 2, func(x drill.Flow) { f = x })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		u.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, from, err := u.ReadFromUDPAddrPort(buf)
		if err != nil || from != f.Source || n == 0 {
			t.Errorf("%d bytes from %v, %v, want %v", n, from, err, f.Source)
		}
	}
}
