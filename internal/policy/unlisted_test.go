package policy

import (
	"net/netip"
	"testing"

	"klaxon"
)

// TestUnlisted: what the lists of a scan leave out is not expected, because nobody
// can look at it.
func TestUnlisted(t *testing.T) {
	spread := func(n int) (list []klaxon.PortRange) {
		for i := range n {
			p := uint16(100 + 2*i)
			list = append(list, klaxon.PortRange{First: p, Last: p})
		}
		return list
	}
	for _, tt := range []struct {
		name string
		scan klaxon.Scan
		want bool
	}{
		{"all listed", klaxon.Scan{Targets: klaxon.Targets{TCP: spread(64), Services: 64}}, false},
		{"five more", klaxon.Scan{Targets: klaxon.Targets{TCP: spread(64), Services: 69, More: true}}, true},
		{"many hosts", klaxon.Scan{Targets: klaxon.Targets{TCP: spread(3), Services: 3, Hosts: 400, More: true}}, false},
		{"a ping beside", klaxon.Scan{Techniques: []klaxon.Technique{klaxon.IcmpEcho, klaxon.Connect}, Targets: klaxon.Targets{TCP: spread(3), Services: 4}}, false},
		{"protocols", klaxon.Scan{Targets: klaxon.Targets{Protocols: []klaxon.PortRange{{First: 1, Last: 50}}, Services: 50}}, false},
	} {
		if got := unlisted(&tt.scan); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	r := Rule{Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")}, Services: []ServiceRange{{Transport: klaxon.TCP, First: 100, Last: 400}}, Reason: "x"}
	list := NewAllowList([]Rule{r})
	for services, news := range map[int]bool{64: false, 70: true} {
		s := klaxon.Scan{Source: klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.7")}, Targets: klaxon.Targets{TCP: spread(64), Services: services}}
		if got := list.judge(&visit{listed: true, scan: &s}); !got.known || (got.news != "") != news {
			t.Errorf("%d services: %+v", services, got)
		}
	}
}

// TestTrapBehindManyHosts: a trap of this host is one also when its address is not
// among the targets that are listed.
func TestTrapBehindManyHosts(t *testing.T) {
	here, trap := netip.MustParseAddr("10.0.0.1"), klaxon.Port{Transport: klaxon.TCP, Number: 512}
	c := newCalm(1)
	c.local, c.traps = map[netip.Addr]bool{here: true}, map[klaxon.Port]bool{trap: true}
	other := []netip.Addr{netip.MustParseAddr("10.0.0.9")}
	for _, tt := range []struct {
		name    string
		targets klaxon.Targets
		want    bool
	}{
		{"this host", klaxon.Targets{Dst: []netip.Addr{here}, Hosts: 1}, true},
		{"another one", klaxon.Targets{Dst: other, Hosts: 1}, false},
		{"ninety, of which one is listed", klaxon.Targets{Dst: other, Hosts: 90}, true},
	} {
		f := c.trapsAmong(&klaxon.Scan{Targets: tt.targets})
		if got := f != nil && f(trap); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
