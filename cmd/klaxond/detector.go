package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/policy"
	"klaxon/internal/track"
	"klaxon/internal/watch/listen"
	"klaxon/internal/watch/packet"
)

// memoryAlone is the most that the detector takes where no packets come: touches
// alone need less.
const memoryAlone = 16 << 20

// tables is how much memory the detector takes.
func (d *daemon) tables() int64 {
	if d.live == nil {
		return min(d.cfg.Wire.Memory, memoryAlone)
	}
	return d.cfg.Wire.Memory
}

// startDetector makes the detector with its memory.
func (d *daemon) startDetector() {
	seed := seed()
	cfg := wire.WatchConfig{
		Live: d.source(), Mirrors: len(d.cfg.Wire.Mirrors) > 0, From: d.cfg.Wire.Mirrors, Health: d.wireHealth,
		Detect: detect.Config{
			Sensor: d.cfg.Sensor, Zone: d.zoneOf, Floor: klaxon.Established, Emit: d.alarm,
			Track: track.Config{Memory: d.tables(), Seed: seed, Routers: packet.Gateways(), Own: config.OwnCalls(d.own)},
			Calm:  true, List: d.allowed.list(), Wants: wants(d.sinks),
		},
	}
	if d.drills.Drills != nil {
		cfg.Drill, cfg.Detect.Track.Drill = d.drills.Packet, d.drills.Scope
	}
	if d.witness = d.startWitness(seed); d.witness != nil {
		cfg.Evidence = d.witness
	}
	d.watch = wire.NewWatch(cfg)
}

// judge hands a touch to the detector, as the pipeline wants it.
func (d *daemon) judge(t *klaxon.Touch) bool { return d.watch.Touch(t) }

// alarm takes what the detector says. It is called on the detector's goroutine.
func (d *daemon) alarm(a *klaxon.Alarm) {
	d.drills.counts.heard(a)
	if d.drills.Drills != nil && d.drills.Alarm(a) {
		return
	}
	if d.ending.Load() && a.Event == klaxon.EventClose {
		a.Why = klaxon.EndOfWatch
	}
	d.allowed.hear(a)
	d.pipe.Alarm(a)
}

// ask calls f with the detector, on its own goroutine once that runs.
func (d *daemon) ask(ctx context.Context, f func(*detect.Detector)) error {
	if !d.judging {
		d.watch.Prepare(f)
		return nil
	}
	return d.watch.Ask(ctx, f)
}

// known is what the detector has been told of this host.
type known struct {
	traps  []klaxon.Port
	places []track.Place
	nets   []netip.Prefix // with the addresses in them
}

// same tells whether there is nothing to tell.
func (k *known) same(o *known) bool {
	return slices.Equal(k.traps, o.traps) && slices.Equal(k.places, o.places) && slices.Equal(k.nets, o.nets)
}

// inform tells the detector which ports are traps and which addresses ours, when
// that has changed: an answer of a trap is evidence, and no credit. What does not
// get through is told the next time.
func (d *daemon) inform(ctx context.Context) {
	status := d.traps.Status()
	now, at := known{armedPorts(status), placesOf(status), connected()}, time.Now().UnixNano()
	if now.same(&d.known) {
		return
	}
	zones := policy.NewZones(now.nets, d.cfg.Home)
	d.zones.Store(&zones)
	if !d.judging {
		at = 0 // nothing was watched before
	}
	var local []netip.Addr
	for _, p := range now.nets {
		local = append(local, p.Addr())
	}
	err := d.ask(ctx, func(det *detect.Detector) {
		det.SetTraps(now.traps, at)
		det.SetPlaces(now.places)
		det.SetConnected(now.nets)
		det.SetLocal(local)
	})
	if err != nil {
		d.say("%v", err)
		return
	}
	d.known = now
}

// placesOf lists the places of the traps that are not armed on every address: where a
// real service holds the port its clients are honest.
func placesOf(status []listen.Status) (list []track.Place) {
	everywhere := make(map[klaxon.Port]int, len(status)/2) // families
	for _, s := range status {
		if s.State == listen.StateArmed && s.Addr.IsUnspecified() {
			everywhere[klaxon.Port{Transport: s.Transport, Number: s.Port}]++
		}
	}
	for _, s := range status {
		p := klaxon.Port{Transport: s.Transport, Number: s.Port}
		if everywhere[p] < 2 {
			list = append(list, track.Place{Port: p, Addr: s.Addr, Armed: s.State == listen.StateArmed})
		}
	}
	return list
}

// zoneOf is where an address is, by the networks that this host is in now.
func (d *daemon) zoneOf(a netip.Addr) klaxon.Zone { return d.zones.Load().Of(a) }

// armedPorts lists the ports that are armed on some address, each once.
func armedPorts(status []listen.Status) (list []klaxon.Port) {
	for _, s := range status {
		if s.State == listen.StateArmed {
			list = append(list, klaxon.Port{Transport: s.Transport, Number: s.Port})
		}
	}
	slices.SortFunc(list, func(a, b klaxon.Port) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Number, b.Number))
	})
	return slices.Compact(list)
}

// alive tells whether both the trap loop and the detector still turn.
func (d *daemon) alive(ctx context.Context, patience time.Duration) bool {
	d.traps.Counters() // takes the loop's lock: a stuck loop stops here
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return d.watch.Ask(ctx, func(*detect.Detector) {}) == nil
}

// seed keys the detector's tables, so that nobody can choose what collides.
func seed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return binary.BigEndian.Uint64(b[:])
}
