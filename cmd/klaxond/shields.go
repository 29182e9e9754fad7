package main

import (
	"context"
	"fmt"
	"time"

	"klaxon"
	"klaxon/internal/firewall"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/track"
)

const (
	// shieldsEvery is how often it is looked which traps are shielded. It costs a copy
	// of the list of traps.
	shieldsEvery = 10 * time.Second
	// shieldPause is how long nothing more is told of a trap that something was told
	// of: a firewall that opens and closes is a nuisance, and two lines say so.
	shieldPause = time.Hour
)

// shields remembers what was told of traps that something keeps probes from. It is
// as large as the list of traps.
type shields map[klaxon.Port]shield

// shield is what was told last of one trap.
type shield struct {
	on bool
	at time.Time
}

// changes lists the traps that became shielded, or free again, since that was told.
func (s shields) changes(now time.Time, traps []track.Trap) (shielded, free []klaxon.Port) {
	still := make(map[klaxon.Port]bool, len(traps))
	for i := range traps {
		x := &traps[i]
		still[x.Port] = true
		on := x.State() == track.TrapShielded
		told, known := s[x.Port]
		if on == told.on || known && now.Sub(told.at) < shieldPause {
			continue
		}
		s[x.Port] = shield{on, now}
		if on {
			shielded = append(shielded, x.Port)
		} else {
			free = append(free, x.Port)
		}
	}
	for p := range s {
		if !still[p] {
			delete(s, p) // no trap any more
		}
	}
	return shielded, free
}

// tendShields tells, until ctx ends, of traps that become shielded or free again.
func (d *daemon) tendShields(ctx context.Context) {
	tick := time.NewTicker(shieldsEvery)
	defer tick.Stop()
	told := shields{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var traps []track.Trap
		err := d.watch.Ask(ctx, func(det *detect.Detector) { traps = det.TrapStates() })
		if err != nil {
			continue // it is busy: what is so will be so in a moment
		}
		now := time.Now()
		shielded, free := told.changes(now, traps)
		for _, h := range shieldRecords(shielded, free) {
			h.Since = now
			d.pipe.Health(h)
		}
	}
}

// shieldRecords puts changes in words, many traps in one record. The ports stand
// last: of very many a terminal shows the first.
func shieldRecords(shielded, free []klaxon.Port) (list []klaxon.Health) {
	for _, change := range []struct {
		ports     []klaxon.Port
		what, why string
	}{
		{shielded, "shielded", "probes on the wire never get through; klaxonctl check names the rule"},
		{free, "free again", "a connection got through"},
	} {
		if n := len(change.ports); n > 0 {
			list = append(list, klaxon.Health{What: klaxon.HealthTrap, Count: uint64(n),
				Detail: fmt.Sprintf("%s (%s): %s", are(n, change.what), change.why, firewall.Ports(change.ports))})
		}
	}
	return list
}

func are(n int, what string) string {
	if n == 1 {
		return "1 trap is " + what
	}
	return fmt.Sprintf("%d traps are %s", n, what)
}
