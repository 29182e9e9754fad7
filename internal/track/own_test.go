package track

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
)

// TestOwn: a call of this program to its own host makes no contact in either
// direction; the same ports between other hosts, or other ports, do.
func TestOwn(t *testing.T) {
	tr := New(Config{Memory: MinMemory, Rows: &Rows{}, Seed: 3, Own: []OwnCall{{klaxon.TCP, netip.MustParseAddrPort("127.0.0.1:25")}, {klaxon.UDP, netip.MustParseAddrPort("127.0.0.1:514")}}})
	own := uint64(0)
	for _, x := range []struct {
		name     string
		kind     decode.Kind
		src, dst byte
		from, to uint16
		own      bool
	}{
		{"a call", decode.KindTCP, 1, 1, 40000, 25, true},
		{"its answer", decode.KindTCP, 1, 1, 25, 40000, true},
		{"a datagram", decode.KindUDP, 1, 1, 40000, 514, true},
		{"the other transport", decode.KindUDP, 1, 1, 40000, 25, false},
		{"another service", decode.KindTCP, 1, 1, 40000, 26, false},
		{"another host's", decode.KindTCP, 2, 1, 40000, 25, false},
		{"another address of this host", decode.KindTCP, 2, 2, 40000, 25, false},
		{"a scan from that port of another address", decode.KindTCP, 2, 2, 25, 40000, false},
		{"no ports", decode.KindICMP, 1, 1, 25, 25, false},
	} {
		p := decode.Packet{Kind: x.kind, Src: [16]byte{127, 0, 0, x.src}, Dst: [16]byte{127, 0, 0, x.dst}, SrcPort: x.from, DstPort: x.to, Flags: decode.SYN}
		tr.Observe(1, 0, &p)
		if got := tr.counts.Own - own; got == 1 != x.own {
			t.Errorf("%s: counted as our own %d times", x.name, got)
		}
		own = tr.counts.Own
	}
}
