package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/watch/packet"
)

// errBlind is the end of a passive klaxond that can watch nothing.
var errBlind = errors.New(`mode = "passive" watches the wire alone`)

// openWire opens the interfaces to watch. Where that cannot be, the traps go on
// alone, and blind says why.
func (d *daemon) openWire() error {
	if !d.cfg.Wire.Enabled {
		d.blind = "wire.enabled = false"
		return nil
	}
	live, err := d.openInterfaces()
	switch {
	case err == nil:
		d.live = live
	case errors.Is(err, packet.ErrPrivilege):
		// Of the two that klaxond wants, setcap keeps what it is told last.
		d.blind = fmt.Sprintf("%v: run as root, or: %s", packet.ErrPrivilege, setcap())
	default:
		d.blind = err.Error()
	}
	if d.live == nil && d.passive() {
		return fmt.Errorf("%w: %s", errBlind, d.blind)
	}
	return nil
}

func (d *daemon) passive() bool { return d.cfg.Mode == config.ModePassive }

// setcap is a line that gives this program what it needs without root.
func setcap() string { return "sudo setcap cap_net_bind_service,cap_net_raw=+ep " + program() }

// source is the wire as the detector takes it, nil when there is none.
func (d *daemon) source() *wire.Live {
	if d.live == nil {
		return nil
	}
	return wire.NewLive(d.live, packet.GoOn(len(d.live.Interfaces()), d.lost))
}

// lost tells of one interface less; none at all is the end of the wire, which the
// detector tells.
func (d *daemon) lost(err error) {
	d.wireHealth(klaxon.Health{What: klaxon.HealthWire, Since: time.Now(), Count: 1, Detail: err.Error()})
}

// up tells of interfaces that went down and are up again: their sockets go on by
// themselves.
func (d *daemon) up(isUp func(name string) bool) {
	if d.live == nil {
		return
	}
	for _, in := range d.live.Interfaces() {
		down := fmt.Sprintf("watch %s: %v", in.Name, packet.ErrDown)
		if !d.gone.has(down) || !isUp(in.Name) { // the second asks the kernel
			continue
		}
		if since, was := d.gone.remove(down); was {
			d.pipe.Health(klaxon.Health{What: klaxon.HealthWire, Since: since, Detail: in.Name + " is up again, and watched as before"})
		}
	}
}

func interfaceUp(name string) bool {
	in, err := net.InterfaceByName(name)
	return err == nil && in.Flags&net.FlagUp != 0
}

// wireHealth passes on what the detector says of itself, and keeps for klaxonctl
// what of the wire was lost.
func (d *daemon) wireHealth(h klaxon.Health) {
	if h.What == klaxon.HealthWire {
		d.gone.add(h.Detail)
	}
	d.pipe.Health(h)
}

// wireNotes says what of the wire is watched, and what can be heard there.
func (d *daemon) wireNotes() {
	if d.live == nil {
		d.say("the wire is not watched, so half-open scans go unheard: %s", d.blind)
		if len(d.cfg.Wire.Interfaces) > 0 && d.cfg.Wire.Enabled {
			// Whoever named interfaces counts on them, and may read the records alone.
			d.pipe.Health(klaxon.Health{What: klaxon.HealthWire, Since: time.Now(), Count: uint64(len(d.cfg.Wire.Interfaces)), Detail: "the wire is not watched: " + d.blind})
		}
		return
	}
	how := "what is for this host"
	if d.cfg.Wire.Promiscuous {
		how = "promiscuously"
	}
	d.say("listening on %s, %s", packet.Describe(d.live.Interfaces()), how)
	d.say("on a switch without a mirror port that is this host's traffic, and what broadcasts tell")
	d.unheardNotes()
}
