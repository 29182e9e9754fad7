package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/watch/packet"
)

// openInterfaces opens the interfaces that are named. Where that fails for some of them, the
// others are watched, and unheard says why not all are: one slip in a list must not
// make klaxond deaf.
func (d *daemon) openInterfaces() (*packet.Capture, error) {
	cfg := packet.Config{Interfaces: d.cfg.Wire.Interfaces, Promiscuous: d.cfg.Wire.Promiscuous, Mirrors: len(d.cfg.Wire.Mirrors) > 0}
	live, err := packet.Open(cfg)
	if err == nil || errors.Is(err, packet.ErrPrivilege) || len(cfg.Interfaces) < 2 {
		return live, err
	}
	good, bad := sift(cfg.Interfaces, func(name string) error {
		one := cfg
		one.Interfaces = []string{name}
		c, err := packet.Open(one)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if len(good) == 0 || len(bad) == 0 {
		return nil, err
	}
	cfg.Interfaces = good
	if live, err = packet.Open(cfg); err == nil {
		d.unheard = bad
	}
	return live, err
}

// sift tries names one by one, each once, and parts those that do from the errors of
// the others.
func sift(names []string, try func(string) error) (good []string, bad []error) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if err := try(name); err != nil {
			bad = append(bad, fmt.Errorf("wire.interfaces: %s is not watched: %w", name, err))
		} else {
			good = append(good, name)
		}
	}
	return good, bad
}

// unheardNotes says which interfaces are not watched, and on the records, too: who
// reads them must not take an interface that nobody listens on for a quiet one.
// What appears later needs a restart, for the right to open it was given up.
func (d *daemon) unheardNotes() {
	for _, err := range d.unheard {
		d.say("%v; once that is mended, start klaxond again", err)
		d.wireHealth(klaxon.Health{What: klaxon.HealthWire, Since: time.Now(), Count: 1, Detail: err.Error()})
	}
	if d.live == nil || len(d.cfg.Wire.Interfaces) > 0 {
		return
	}
	var watched []string
	for _, in := range d.live.Interfaces() {
		watched = append(watched, in.Name)
	}
	all, err := net.Interfaces()
	if err != nil {
		return // then nothing is known that could be told
	}
	if left := beside(all, watched); left != "" {
		what := "no hardware is there to listen on; of the others name those to watch in wire.interfaces: " + left
		d.say("%s", what)
		d.trouble.set(troubleWire, what)
	}
}

// absentees are the interfaces that are named and were not there at the start.
func (d *daemon) absentees(there func(string) bool) (names []string) {
	for _, name := range d.cfg.Wire.Interfaces {
		if d.cfg.Wire.Enabled && !there(name) {
			names = append(names, name)
		}
	}
	return names
}

// welcome tells, once each, of interfaces that came after the start: the right to
// listen there was given up, so that it takes a restart.
func (d *daemon) welcome(there func(string) bool) {
	d.absent = slices.DeleteFunc(d.absent, func(name string) bool {
		if !there(name) {
			return false
		}
		d.wireHealth(klaxon.Health{What: klaxon.HealthWire, Since: time.Now(), Count: 1, Detail: name + " is there now: start klaxond again to watch it"})
		return true
	})
}

func interfaceThere(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil
}

// besideMax names are told: a host of containers has hundreds.
const besideMax = 6

// beside lists the interfaces that are up and not watched, where nothing but loopback
// is watched; "" otherwise.
func beside(all []net.Interface, watched []string) string {
	var left []string
	for _, in := range all {
		on := slices.Contains(watched, in.Name)
		switch loopback := in.Flags&net.FlagLoopback != 0; {
		case on && !loopback:
			return ""
		case !on && !loopback && in.Flags&net.FlagUp != 0:
			left = append(left, in.Name)
		}
	}
	if len(left) > besideMax {
		left = append(left[:besideMax], fmt.Sprintf("and %d more", len(left)-besideMax))
	}
	return strings.Join(left, " ")
}
