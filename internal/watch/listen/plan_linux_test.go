package listen

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"klaxon"
)

func TestPlanRefuses(t *testing.T) {
	for want, cfg := range map[string]Config{
		"backlog -1":        {Backlog: -1},
		"transport 132":     {Traps: []Trap{{klaxon.SCTP, 1, "s"}}},
		"tcp port 0":        {Traps: []Trap{{klaxon.TCP, 0, "z"}}},
		"udp/69 is named":   {Traps: append(both(69, "a"), both(69, "b")[1])},
		"not an address":    {Addrs: []netip.Addr{{}}},
		"multicast":         {Addrs: addrs("ff02::1")},
		"needs its zone":    {Addrs: addrs("fe80::1")},
		"only a link-local": {Addrs: addrs("2001:db8::1%eth0")},
	} {
		if _, err := newPlan(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", cfg, err, want)
		}
	}
}

func TestRegularAddrs(t *testing.T) {
	for _, c := range []struct{ named, want []netip.Addr }{
		{nil, addrs("0.0.0.0", "::")},
		{addrs("::1", "127.0.0.1"), addrs("127.0.0.1", "::1")},
		{addrs("::ffff:127.0.0.1", "127.0.0.1"), addrs("127.0.0.1")},
		{addrs("127.0.0.1", "0.0.0.0", "::1"), addrs("0.0.0.0", "::1")},
		{addrs("::", "fe80::1%eth0", "127.0.0.1"), addrs("127.0.0.1", "::")},
	} {
		got, err := regularAddrs(c.named)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, %v, want %v", c.named, got, err, c.want)
		}
	}
}
