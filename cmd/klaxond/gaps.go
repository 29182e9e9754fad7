package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/watch/listen"
)

// gaps is what klaxond has told of what it cannot see: what is new since is a
// statement in the records, so that nobody takes a gap for quiet.
type gaps struct {
	since     time.Time
	datagrams uint64 // that the kernel dropped at traps
	packets   uint64 // that it dropped on the wire
	reserve   uint64 // connections for which descriptors ran out
	unarmed   string
}

// tellGaps looks at the traps and at the wire as last seen.
func (d *daemon) tellGaps(traps *listen.Counters, status []listen.Status, seen *wire.State) {
	g, now := &d.gaps, time.Now()
	d.missed(traps.Lost, &g.datagrams, klaxon.Health{What: klaxon.HealthDrops, Output: "traps",
		Detail: "the kernel dropped datagrams: they came faster than they could be taken"})
	d.missed(traps.ReserveUsed, &g.reserve, klaxon.Health{What: klaxon.HealthTrap,
		Detail: "descriptors ran out, so that sources were not asked who they are: raise the limit (ulimit -n)"})
	var lost uint64
	for _, in := range seen.Interfaces {
		lost += in.Drops
	}
	d.missed(lost, &g.packets, klaxon.Health{What: klaxon.HealthDrops, Output: "wire",
		Detail: "the kernel dropped packets: they came faster than they could be looked at"})
	if n, why := unarmed(status); why != g.unarmed {
		g.unarmed = why
		if n == 0 {
			why = "all traps are armed again"
		}
		d.pipe.Health(klaxon.Health{What: klaxon.HealthTrap, Since: now, Count: uint64(n), Detail: why})
	}
	g.since = now
}

// missed tells how much a count has grown.
func (d *daemon) missed(now uint64, told *uint64, h klaxon.Health) {
	if now <= *told {
		return
	}
	h.Since, h.Count = d.gaps.since, now-*told
	*told = now
	d.pipe.Health(h)
}

// unarmed counts the traps that could not be armed on some address, and says why;
// "" for none. What a real service holds is no trouble.
func unarmed(status []listen.Status) (n int, why string) {
	traps := map[listen.Trap]bool{}
	var reasons []string
	for _, s := range status {
		if s.State != listen.StateDenied {
			continue
		}
		traps[s.Trap] = true
		if r := reason(&s); !slices.Contains(reasons, r) {
			reasons = append(reasons, r)
		}
	}
	if len(traps) == 0 {
		return 0, ""
	}
	return len(traps), fmt.Sprintf("%s not armed: %s", count(len(traps)), strings.Join(reasons, "; "))
}

// lookForGaps is tellGaps while the daemon runs.
func (d *daemon) lookForGaps(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, detectorPatience)
	defer stop()
	// A detector that is busy is asked the next time: then nothing of it is new.
	seen, _ := d.watch.State(ctx)
	in := d.traps.Counters()
	d.tellGaps(&in, d.traps.Status(), &seen)
}
