package evasion

import (
	"testing"
	"time"
)

func TestExplore(t *testing.T) {
	ladder := []int{7, 8, 9, 10, 12, 14, 16, 20, 27, 32, 40, 64, 128, 256, 600}
	for _, s := range []strategy{
		{Family: "plain refused, 1 s", Pause: time.Second},
		{Family: "plain refused, day"},
		{Family: "plain walled, 1 s", Pause: time.Second, Terrain: walled},
		{Family: "plain walled, day", Terrain: walled},
		{Family: "raw", Stack: rawStack, End: byHalf, Pause: time.Second},
		{Family: "copy", Stack: copyStack, End: byHalf, Pause: time.Second},
		{Family: "copy, open/16", Stack: copyStack, End: byHalf, Pause: time.Second, OpenOf: 16},
		{Family: "open/4 FIN", Pause: time.Second, OpenOf: 4},
		{Family: "open/4 data", Pause: time.Second, OpenOf: 4, End: byData},
		{Family: "open/2 data", Pause: time.Second, OpenOf: 2, End: byData},
		{Family: "open/1 FIN", Pause: time.Second, OpenOf: 1, End: byFIN},
		{Family: "open/1 hold", Pause: time.Second, OpenOf: 1, End: byHold},
		{Family: "open/1 half", Pause: time.Second, OpenOf: 1, Stack: copyStack, End: byHalf},
		{Family: "poller 4x2s", Pause: 10 * time.Second, Again: 5, Pace: 2 * time.Second},
		{Family: "poller 4x2s walled", Pause: 30 * time.Second, Again: 5, Pace: 5 * time.Second, Terrain: walled},
		{Family: "poller raw", Pause: 10 * time.Second, Again: 5, Pace: 2 * time.Second, Stack: rawStack},
		{Family: "forgive 3:1", Pause: time.Second, Padding: sameService, PadEvery: 3, PadEnd: byData},
		{Family: "forgive 3:1 no data", Pause: time.Second, Padding: sameService, PadEvery: 3, PadEnd: byFIN},
		{Family: "pad host 1:1", Pause: 11 * time.Second, Padding: hostServices, PadEvery: 1, PadEnd: byData},
		{Family: "pad host first", Pause: 11 * time.Second, Padding: hostServices, PadFirst: 5, PadEnd: byData},
		{Family: "pad host first walled", Pause: 11 * time.Second, Padding: hostServices, PadFirst: 5, PadEnd: byData, Terrain: walled},
		{Family: "pad host first, patchy", Pause: 11 * time.Second, Padding: hostServices, PadFirst: 5, PadEnd: byData, Terrain: patchy},
		{Family: "pad site 1:1", Pause: 11 * time.Second, Padding: siteServices, PadEvery: 1, PadEnd: byData},
		{Family: "pad site 1:3", Pause: 11 * time.Second, Padding: siteServices, PadEvery: 1, PadN: 3, PadEnd: byData},
		{Family: "pad site 1:1 walled", Pause: 11 * time.Second, Padding: siteServices, PadEvery: 1, PadEnd: byData, Terrain: walled},
		{Family: "pad site 3:1 walled", Pause: 11 * time.Second, Padding: siteServices, PadEvery: 3, PadEnd: byData, Terrain: walled},
		{Family: "scatter 64 then scan", Pause: time.Second, Scatter: 64},
		{Family: "scatter 64 then scan raw", Pause: time.Second, Scatter: 64, Stack: rawStack},
		{Family: "scatter 64 then scan walled", Pause: time.Second, Scatter: 64, Terrain: walled},
		{Family: "diagonal 100 hosts", Pause: time.Second, Hosts: 100, Order: diagonal},
		{Family: "udp plain", UDP: true, Pause: 1200 * time.Millisecond},
		{Family: "udp 4 back to back", UDP: true, Datagrams: 4, Pause: 1200 * time.Millisecond},
		{Family: "udp from 3478 data 12", UDP: true, From: 3478, Data: 12, Pause: 1200 * time.Millisecond},
		{Family: "udp from 3478 data 200", UDP: true, From: 3478, Data: 200, Pause: 1200 * time.Millisecond},
		{Family: "udp lured from 5000", UDP: true, From: 5000, Data: 12, Lured: true, Pause: 1200 * time.Millisecond},
		{Family: "udp walled with data", UDP: true, Data: 40, Pause: 1200 * time.Millisecond, Terrain: walled},
		{Family: "udp poller", UDP: true, Again: 5, Pace: 2 * time.Second, Pause: 12 * time.Second},
		{Family: "late fragments", Late: true, Stack: rawStack, Pause: 6 * time.Second},
		{Family: "v6 plain", V6: true, Pause: time.Second},
		{Family: "v6 rotate pad", V6: true, Rotate: true, Pause: 11 * time.Second, Padding: sameService, PadEvery: 1, PadEnd: byData},
		{Family: "v6 rotate pad 3", V6: true, Rotate: true, Pause: 11 * time.Second, Padding: sameService, PadEvery: 1, PadN: 3, PadEnd: byData},
		{Family: "20 sources", Sources: 20, Pause: time.Second},
		{Family: "20 sources, pad", Sources: 20, Pause: 11 * time.Second, Padding: hostServices, PadEvery: 1, PadEnd: byData},
	} {
		s.Sources, s.Hosts = max(s.Sources, 1), max(s.Hosts, 1)
		best, why := result{}, ""
		for _, n := range ladder {
			s.Ports = n
			r := play(s, 1)
			if r.Learned > best.Learned {
				best = r
			}
			if r.Learned < n && why == "" {
				why = r.Why
			}
		}
		t.Logf("%-30s learned %4d total %5d packets %5d conns %5d | %s", s.Family, best.Learned, best.Total, best.Packets, best.Connections, why)
	}
}
