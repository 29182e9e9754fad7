package packet

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestEnumerate(t *testing.T) {
	for want, list := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := enumerate(list); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestGateways reads tables as a kernel printed them.
func TestGateways(t *testing.T) {
	four := gateways4([]string{
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
		"eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
		"eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
		"tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0",
		"tun0\t00000000\t0200000A\t0003\t0\t0\t0\t00000080\t0\t0\t0", // 0.0.0.0/1 is no default
		"", "x",
	})
	if fmt.Sprint(four) != "[10.0.0.1]" {
		t.Errorf("%v", four)
	}
	six := gateways6([]string{
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0",
		"fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0",
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo",
		"zz", "",
	})
	if fmt.Sprint(six) != fmt.Sprint([]netip.Addr{netip.MustParseAddr("fe80::1")}) {
		t.Errorf("%v", six)
	}
}
