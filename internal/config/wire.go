package config

import (
	"net/netip"
	"strings"

	"klaxon/internal/track"
)

// Mode says whether klaxond may send anything at all.
type Mode string

// The choices of the key mode.
const (
	ModeActive  Mode = "active"
	ModePassive Mode = "passive" // no frame leaves on klaxond's behalf: the wire alone is watched
)

// ProfileICS is the one choice of the key profile: for networks of plants, where
// a frame that nobody expects may stop a machine.
const ProfileICS = "ics"

// Wire says how the wire is watched.
type Wire struct {
	Enabled     bool
	Interfaces  []string       // none: those that tocsin would choose
	Promiscuous bool           // also what is addressed to others
	Mirrors     []netip.Prefix // who sends mirrored traffic in tunnels; others' tunnels stay closed
	Memory      int64          // bytes of the detector's tables
}

func (m *merger) mode(v value) {
	switch mode := Mode(v.texts[0].raw); mode {
	case ModeActive, ModePassive:
		m.c.Mode = mode
	default:
		m.problem("mode", v.texts[0], "%q is no choice; want \"active\" or \"passive\"", mode)
	}
}

func (m *merger) profile(v value) {
	if t := v.texts[0]; t.raw == ProfileICS {
		m.c.Profile = t.raw
	} else {
		m.problem("profile", t, "%q is no choice; want \"ics\", or no profile", t.raw)
	}
}

func (m *merger) interfaces(v value) {
	m.c.Wire.Interfaces = nil
	for _, t := range v.texts {
		if t.raw == "" || len(t.raw) > maxInterface || strings.ContainsAny(t.raw, "/ \t\n") {
			m.problem("wire.interfaces", t, "%q is no interface; want a name as `ip link` shows it", t.raw)
			continue
		}
		m.c.Wire.Interfaces = append(m.c.Wire.Interfaces, t.raw)
	}
}

func (m *merger) memory(v value) {
	t := v.texts[0]
	size, ok := sizeOf(t.raw)
	if !ok || size < track.MinMemory || size > maxMemory {
		m.problem("wire.mem", t, "%q is no size; want one from \"%dM\" to \"%dG\"", t.raw, track.MinMemory>>20, maxMemory>>30)
		return
	}
	m.c.Wire.Memory = size
}

// unarmed warns of a configuration that arms no trap and does not say so.
func (c *Config) unarmed(path string) []Warning {
	if len(c.Services) > 0 {
		return nil
	}
	return []Warning{{File: path, Text: `services = [] arms no trap; where that is meant, mode = "passive" says so`}}
}

// settle decides what keys leave to each other, once all files are read. given
// are the keys that a file holds.
func (c *Config) settle(path string, given map[string]bool) (Errors, []Warning) {
	if c.Profile == ProfileICS && !given["services"] {
		c.Services = []string{ProfileICS}
	}
	if c.Profile == ProfileICS && !given["mode"] {
		c.Mode = ModePassive
	}
	if c.Mode != ModePassive {
		return nil, c.unarmed(path)
	}
	if !c.Wire.Enabled {
		return Errors{{File: path, Text: `mode = "passive" watches the wire alone, and wire.enabled = false leaves nothing to watch`}}, nil
	}
	var warnings []Warning
	if given["services"] || given["addresses"] {
		warnings = append(warnings, Warning{File: path, Text: `mode = "passive" arms no trap: services and addresses count for nothing`})
	}
	if c.Ident != IdentOff || c.Names {
		c.Ident, c.Names = IdentOff, false
		warnings = append(warnings, Warning{File: path, Text: `mode = "passive" sends nothing: ident and names stay off`})
	}
	return nil, warnings
}
