package track

import (
	"net/netip"
	"testing"

	"klaxon/internal/decode"
)

// TestImpostor: what comes from outside with an address of this host is none of its
// answers. What this host sends, what a mirror brings and all others are judged.
func TestImpostor(t *testing.T) {
	tr := New(Config{Memory: MinMemory, Rows: &Rows{}, Seed: 3})
	tr.SetLocal([]netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")})
	mine, other := [16]byte{192, 0, 2, 10}, [16]byte{192, 0, 2, 11}
	mine6 := netip.MustParseAddr("2001:db8::10").As16()
	for i, x := range []struct {
		name    string
		src     [16]byte
		v6      bool
		inbound bool
		tunnel  decode.Tunnel
		forged  bool
	}{
		{"a forged answer", mine, false, true, decode.TunnelNone, true},
		{"over IPv6", mine6, true, true, decode.TunnelNone, true},
		{"an answer of ours", mine, false, false, decode.TunnelNone, false},
		{"one that a mirror brings", mine, false, true, decode.TunnelERSPAN, false},
		{"another host's", other, false, true, decode.TunnelNone, false},
	} {
		p := decode.Packet{Kind: decode.KindTCP, V6: x.v6, Src: x.src, Dst: [16]byte{203, 0, 113, byte(i)}, SrcPort: 80, DstPort: 40000,
			Flags: decode.SYN | decode.ACK, Inbound: x.inbound, Tunnel: x.tunnel}
		before := tr.Counts().Forged
		tr.Observe(int64(i), 0, &p)
		if got := tr.Counts().Forged - before; got == 1 != x.forged {
			t.Errorf("%s: forged %d times", x.name, got)
		}
	}
}
