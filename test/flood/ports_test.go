package flood

import "testing"

// TestNoScannerHidesBesideManyPorts is about floods of so many ports that they
// cannot be listed: of themselves, or because scanners were there as they began.
// The ports that scanners alone probe belong to no flood.
func TestNoScannerHidesBesideManyPorts(t *testing.T) {
	atVictim := func(n int) ([16]byte, uint16) { return victim, uint16(2000 + 7*n) }
	scanners := func() []*hidden {
		return named([]*hidden{
			{name: "connect, the victim, from the beginning", pace: second, from: 1, target: atVictim},
			{name: "raw, the victim, from the beginning", pace: second, from: 2, target: atVictim, sender: sender{manner: rawNmap}},
			{name: "raw, the victim, later", pace: second, from: 6*minute + 3, target: atVictim, sender: sender{manner: rawNmap}},
		})
	}
	usual := scanners()
	hide(cover{}, 1, usual)
	all := covers(100_000)
	all = append(all, cover{name: "raw, eight ports", manner: rawNmap, sources: 100_000, ports: 8, open: true})
	for seed, c := range all {
		c.lasts = coverTime / 10
		t.Run(c.name, func(t *testing.T) {
			found := scanners()
			hide(c, uint64(seed), found)
			for i, h := range found {
				if usual[i].found == 0 || h.found == 0 || h.found > 2*usual[i].found {
					t.Errorf("%s: found after %d of %d probes (0 for not at all), without a flood after %d", h.name, h.found, h.sent, usual[i].found)
				}
			}
		})
	}
}
