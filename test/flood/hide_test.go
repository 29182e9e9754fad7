package flood

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"klaxon"
)

// cover is a flood of forged SYNs at one victim, that goes on for two hours.
type cover struct {
	name    string
	manner  manner
	sources int
	lasts   int64 // 0 for coverTime
	ports   int   // so many of coverPorts are flooded
	open    bool  // the ports are open; the answers are cookies, which are not sent again
	refused bool  // the ports are closed
}

const coverTime = 120 * minute

// victim and coverPorts are what is flooded.
var (
	victim     = v4(10, 0, 0, 80)
	coverPorts = []uint16{80, 443, 8080, 25, 110, 143, 22, 53}
)

// probe sends the next SYN of a cover.
func (c *cover) probe(s *stage, n int, seed uint32) {
	from := sender{addr: nth(uint32(n), seed), manner: c.manner}
	s.syn(&from, victim, coverPorts[n%c.ports])
	switch {
	case c.refused:
		s.refuse()
	case c.open:
		s.accept()
		if n%4 == 0 { // the address lives, and knows nothing of it
			s.reset()
		}
	}
}

// hidden is a scanner under the cover.
type hidden struct {
	name   string
	sender sender
	from   int64 // when it begins, after begin
	pace   int64
	most   int                            // probes it sends
	target func(n int) ([16]byte, uint16) // of its n-th probe
	sent   int                            // probes so far
	found  int                            // of them, when it was told; 0 for not yet
}

// hiddens are a scan of one probe a second by a kernel's connections, one by raw
// packets, and a slow one, each of other ports of the victim and of other hosts.
func hiddens() []*hidden {
	atVictim := func(n int) ([16]byte, uint16) { return victim, uint16(2000 + 7*n) }
	atNetwork := func(n int) ([16]byte, uint16) { return v4(10, 0, 0, byte(100+n)), 22 }
	list := []*hidden{
		{name: "connect, the victim", pace: second, from: 30*minute + 1, target: atVictim},
		{name: "connect, the network", pace: second, from: 31*minute + 1, target: atNetwork},
		{name: "raw, the victim", pace: second, from: 32*minute + 1, target: atVictim, sender: sender{manner: rawNmap}},
		{name: "raw, the network", pace: second, from: 33*minute + 1, target: atNetwork, sender: sender{manner: rawNmap}},
		{name: "slow, the victim", pace: 5 * minute, from: 5*minute + 1, target: atVictim},
		{name: "slow, the network", pace: 5 * minute, from: 6*minute + 1, target: atNetwork},
	}
	return named(list)
}

// named gives each of them an address and a run of its own.
func named(list []*hidden) []*hidden {
	for i, h := range list {
		h.sender.addr = v4(198, 51, 100, byte(10+i))
		h.sender.seq, h.sender.port = 0x5eed0000+uint32(i)*977, uint16(40000+i)
		h.most = 22
	}
	return list
}

// step sends a probe, which is refused, if it is time for one.
func (h *hidden) step(s *stage) {
	if h.sent == h.most || s.now < begin+h.from+int64(h.sent)*h.pace {
		return
	}
	h.sent++
	to, port := h.target(h.sent)
	s.syn(&h.sender, to, port)
	s.refuse()
}

// hide plays a cover with scanners under it and returns the stage at its end.
func hide(c cover, seed uint64, list []*hidden) *stage {
	s := newStage(seed)
	s.told = func(a *klaxon.Alarm) {
		for _, h := range list {
			if a.Event == klaxon.EventOpen && a.Source.Addr == addrOf(&h.sender.addr) {
				h.found = h.sent
			}
		}
	}
	lasts := coverTime
	if c.lasts != 0 {
		lasts = c.lasts
	}
	steps := max(c.sources, int(lasts/second))
	for n := range steps {
		s.now = begin + int64(float64(n)*float64(lasts)/float64(steps))
		for _, h := range list {
			h.step(s)
		}
		if n < c.sources {
			c.probe(s, n, uint32(seed))
		}
	}
	s.Close()
	return s
}

func covers(sources int) []cover {
	return []cover{
		{name: "raw, open", manner: rawNmap, sources: sources, ports: 3, open: true},
		{name: "kernel, without answer", sources: sources, ports: 3},
		{name: "kernel, open", sources: sources, ports: 3, open: true},
		{name: "raw, without answer", manner: rawNmap, sources: sources, ports: 3},
		{name: "kernel, refused", sources: sources, ports: 3, refused: true},
	}
}

// TestNoScannerHides puts scanners under five floods of a million forged sources;
// with KLAXON_SOAK under 100 of ten million, with the race detector under some of
// 200,000. Each is found with at most twice the probes it takes without a flood,
// and nobody else is blamed.
func TestNoScannerHides(t *testing.T) {
	sources, seeds := 1_000_000, 5
	if os.Getenv("KLAXON_SOAK") != "" {
		sources, seeds = 10_000_000, 100
	}
	usual := hiddens()
	if told := problems(hide(cover{}, 1, usual), usual); len(told) > 0 {
		t.Fatalf("without a flood: %q", told)
	}
	for seed := range seeds {
		list := covers(sources)
		c := list[seed%len(list)]
		if racing && c.manner == kernel {
			c.sources = 200_000
		}
		t.Run(fmt.Sprintf("%s, seed %d", c.name, seed), func(t *testing.T) {
			found := hiddens()
			s := hide(c, uint64(seed), found)
			for i, h := range found {
				if usual[i].found == 0 || h.found == 0 || h.found > 2*usual[i].found {
					t.Errorf("%s: found after %d of %d probes (0 for not at all), without a flood after %d", h.name, h.found, h.sent, usual[i].found)
				}
			}
			for _, p := range problems(s, found) {
				t.Error(p)
			}
			counts, alarms := s.Counts()
			t.Logf("%d alarms, %d records, %d sources, %d evicted", alarms.Opened, alarms.Records, counts.Sources, counts.SourcesEvicted)
		})
	}
}

// problems are the alarms of others than the hidden and the flood.
func problems(s *stage, list []*hidden) (told []string) {
	for _, a := range s.alarms {
		ours := a.Shape == klaxon.ShapeFlood && slices.Contains(a.Targets.Dst, addrOf(&victim))
		for _, h := range list {
			ours = ours || a.Source.Addr == addrOf(&h.sender.addr)
		}
		if !ours {
			told = append(told, fmt.Sprintf("%s of %v/%s from %s: %s", a.Event, a.Techniques, a.Shape, a.Source.Addr, a.Why))
		}
		if len(told) == 5 {
			return told
		}
	}
	return told
}
