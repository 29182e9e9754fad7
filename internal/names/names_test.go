package names

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	rev4 = "7.2.0.192.in-addr.arpa."
	rev6 = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
)

func TestLookup(t *testing.T) {
	numbered := func(i int) dnsmessage.ResourceBody { return ptr(fmt.Sprintf("h%d.example.", i)) }
	// Four labels, 63+63+63+61 bytes: 253 characters in text, the most there is.
	label := strings.Repeat("a", 63)
	longest := label + "." + label + "." + label + "." + label[:61]
	for _, c := range []struct {
		name string
		addr string // "": 192.0.2.7
		zone zone
		want string
	}{
		{"good", "", zone{rev4 + " PTR": {ptr("Scan-1_a.example.")}, "scan-1_a.example. A": {address("192.0.2.7")}}, "Scan-1_a.example"},
		{"IPv4-mapped", "::ffff:192.0.2.7", zone{rev4 + " PTR": {ptr("h.example.")}, "h.example. A": {address("192.0.2.7")}}, "h.example"},
		{"IPv6", "2001:db8::7", zone{rev6 + " PTR": {ptr("h.example.")}, "h.example. AAAA": {address("2001:db8::7")}}, "h.example"},
		{"longest name", "", zone{rev4 + " PTR": {ptr(longest + ".")}, longest + ". A": {address("192.0.2.7")}}, longest},
		{"classless delegation, RFC 2317", "", zone{
			rev4 + " PTR":  {&cname{owner: rev4, to: "7.0-7.2.0.192.in-addr.arpa."}, ptr("h.example.")},
			"h.example. A": {address("192.0.2.7")},
		}, "h.example"},

		{"no record", "", zone{}, ""},
		{"no forward record", "", zone{rev4 + " PTR": {ptr("h.example.")}}, ""},
		{"maps elsewhere", "", zone{rev4 + " PTR": {ptr("www.bank.example.")}, "www.bank.example. A": {address("192.0.2.8")}}, ""},
		{"maps back in the other family alone", "", zone{rev4 + " PTR": {ptr("h.example.")}, "h.example. AAAA": {address("2001:db8::7")}}, ""},
		{"the second maps back", "", zone{
			rev4 + " PTR":     {ptr("bank.example."), ptr("h.example.")},
			"bank.example. A": {address("192.0.2.8")},
			"h.example. A":    {address("192.0.2.7")},
		}, "h.example"},
		{"both map back", "", zone{
			rev4 + " PTR":  {ptr("a.example."), ptr("b.example.")},
			"a.example. A": {address("192.0.2.7")}, "b.example. A": {address("192.0.2.7")},
		}, "a.example"},
		{"the fourth maps back", "", zone{rev4 + " PTR": repeat(5, numbered), "h3.example. A": {address("192.0.2.7")}}, "h3.example"},
		{"the fifth maps back", "", zone{rev4 + " PTR": repeat(5, numbered), "h4.example. A": {address("192.0.2.7")}}, ""},
		{"a name of all", "", zone{rev4 + " PTR": {ptr("h.example.")}, "h.example. A": repeat(60, func(i int) dnsmessage.ResourceBody {
			return address(fmt.Sprintf("203.0.113.%d", i+1))
		})}, ""},
		{"100 names, over TCP", "", zone{rev4 + " PTR": repeat(100, numbered), "h1.example. A": {address("192.0.2.7")}}, "h1.example"},
		{"2,000 names, over TCP", "", zone{rev4 + " PTR": repeat(2000, numbered), "h1.example. A": {address("192.0.2.7")}}, ""},

		{"line feed", "", zone{rev4 + " PTR": {rawPTR("\x06a\nb\x1b[m\x07example\x00")}, "a\nb\x1b[m.example. A": {address("192.0.2.7")}}, ""},
		{"dot in a label", "", zone{rev4 + " PTR": {rawPTR("\x03a.b\x07example\x00")}, "a.b.example. A": {address("192.0.2.7")}}, ""},
		{"an invalid name before a good one", "", zone{
			rev4 + " PTR":  {ptr("a b.example."), ptr("h.example.")},
			"h.example. A": {address("192.0.2.7")},
		}, "h.example"},
		{"reads as an address", "", zone{rev4 + " PTR": {ptr("192.0.2.7.")}, "192.0.2.7. A": {address("192.0.2.7")}}, ""},
		{"the root", "", zone{rev4 + " PTR": {ptr(".")}, ". A": {address("192.0.2.7")}}, ""},
		{"label of 255 bytes", "", zone{rev4 + " PTR": {rawPTR("\xff" + strings.Repeat("a", 255) + "\x00")}}, ""},
		{"label of 64 bytes", "", zone{rev4 + " PTR": {rawPTR("\x40" + strings.Repeat("a", 64) + "\x00")}}, ""},
		{"name that points at itself", "", zone{rev4 + " PTR": {rawPTR("\x01a\xc0\x0c\xc0\x0c")}}, ""},
		{"name without an end", "", zone{rev4 + " PTR": {rawPTR("\x03ab")}}, ""},
		{"no name", "", zone{rev4 + " PTR": {rawPTR("")}}, ""},
		{"PTR loop", "", zone{rev4 + " PTR": {
			&cname{owner: rev4, to: "loop.example."}, &cname{owner: "loop.example.", to: rev4},
		}}, ""},
		{"forward loop", "", zone{rev4 + " PTR": {ptr("h.example.")}, "h.example. A": {
			&cname{owner: "h.example.", to: "i.example."}, &cname{owner: "i.example.", to: "h.example."},
		}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &dnsServer{zone: c.zone}
			addr := netip.MustParseAddr("192.0.2.7")
			if c.addr != "" {
				addr = netip.MustParseAddr(c.addr)
			}
			name, ok := lookup(t.Context(), s.start(t), addr)
			if name != c.want || ok != (c.want != "") {
				t.Errorf("%q %t, want %q", name, ok, c.want)
			}
			if s.asked.Load() == 0 {
				t.Error("the server was not asked")
			}
			if overTCP := s.tcp.Load() > 0; overTCP != strings.Contains(c.name, "TCP") {
				t.Errorf("asked over TCP: %t", overTCP)
			}
		})
	}
}

// TestAddressCap: what maps back beyond the cap does not count. All addresses
// are alike to the sorting of RFC 6724, so their order is kept.
func TestAddressCap(t *testing.T) {
	for at, want := range map[int]bool{0: true, 15: true, 16: false} {
		z := zone{rev4 + " PTR": {ptr("h.example.")}, "h.example. A": repeat(20, func(i int) dnsmessage.ResourceBody {
			if i == at {
				return address("192.0.2.7")
			}
			return address("192.0.2.250")
		})}
		if _, ok := lookup(t.Context(), (&dnsServer{zone: z}).start(t), netip.MustParseAddr("192.0.2.7")); ok != want {
			t.Errorf("address %d maps back: %t, want %t", at+1, ok, want)
		}
	}
}

// TestSilentServer: the look-up ends with its context, whichever direction is
// not answered, and leaves no goroutine that waits on.
func TestSilentServer(t *testing.T) {
	for _, silent := range []dnsmessage.Type{dnsmessage.TypePTR, dnsmessage.TypeA} {
		ctx, cancel := context.WithCancel(t.Context())
		s := &dnsServer{zone: zone{rev4 + " PTR": {ptr("h.example.")}}, silent: silent, onSilence: cancel}
		r := s.start(t)
		before := goleak.IgnoreCurrent()
		if name, ok := lookup(ctx, r, netip.MustParseAddr("192.0.2.7")); ok {
			t.Errorf("silent on %s: %q", silent, name)
		}
		if ctx.Err() == nil {
			t.Errorf("%s was not asked for", silent)
		}
		goleak.VerifyNone(t, before)
	}
}

// TestNotAsked: what is no address for the DNS.
func TestNotAsked(t *testing.T) {
	s := &dnsServer{}
	r := s.start(t)
	for _, addr := range []netip.Addr{{}, netip.MustParseAddr("fe80::1%eth0")} {
		if name, ok := lookup(t.Context(), r, addr); ok {
			t.Errorf("%s: %q", addr, name)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("%d questions", n)
	}
}
