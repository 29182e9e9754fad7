//go:build linux

package live

import "testing"

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

func TestLive(t *testing.T) {
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
