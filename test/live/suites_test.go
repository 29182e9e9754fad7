//go:build linux

package live

import (
	"testing"

	"klaxon/internal/nstest"
)

// suite is a list of scenarios under one name.
type suite struct {
	name string
	list func() []scenario
}

var suites = []suite{
	{"nmap-tcp", nmapTCP},
	{"nmap-connect", nmapConnect},
	{"nmap-few", nmapFew},
	{"nmap-fragments", nmapFragments},
	{"nmap-other", nmapOther},
	{"nmap-discovery", nmapDiscovery},
	{"nmap-more", nmapMore},
	{"tricks", tricks},
	{"switched", switched},
	{"slow", slow},
	{"masscan", masscanScans},
	{"zmap", zmapScans},
	{"hping", hpingScans},
	{"innocent", innocents},
	{"innocent-switched", innocentsSwitched},
}

// TestLive runs every scenario, several at once.
func TestLive(t *testing.T) {
	nstest.NeedRoot(t) // tocsin becomes another user, and so do tcpdump and vsftpd
	build(t)
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, x := range s.list() {
				t.Run(x.name, func(t *testing.T) {
					t.Parallel()
					x.play(t)
				})
			}
		})
	}
}
