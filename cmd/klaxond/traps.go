package main

import (
	"slices"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/services"
	"klaxon/internal/watch/listen"
)

// checkServices is how the configuration, which knows no services, has a list
// of them judged.
func checkServices(specs []string) error {
	_, err := services.Parse(specs)
	return err
}

// trapConfig turns the services of a configuration, less those it excepts,
// into traps; into none while klaxond is passive.
func (d *daemon) trapConfig(cfg config.Config) (listen.Config, error) {
	wanted, err := services.Parse(cfg.Services)
	if err != nil {
		return listen.Config{}, err
	}
	excepted, err := services.Parse(cfg.Except)
	if err != nil {
		return listen.Config{}, err
	}
	type port struct {
		transport klaxon.Transport
		number    uint16
	}
	never := make(map[port]bool, len(excepted))
	for _, t := range excepted {
		never[port{t.Transport, t.Port}] = true
	}
	d.own = ownServices(d.cfg.Outputs) // whatever cfg says: those are in use until klaxond ends
	for i := range d.own {
		at := port{d.own[i].Transport, d.own[i].Number}
		d.own[i].trap = slices.ContainsFunc(wanted, func(t services.Trap) bool { return port{t.Transport, t.Port} == at }) && !never[at]
		never[at] = true
	}
	out := listen.Config{Addrs: cfg.Addresses, Label: label}
	for _, t := range wanted {
		if !d.passive() && !never[port{t.Transport, t.Port}] {
			out.Traps = append(out.Traps, listen.Trap(t))
		}
	}
	return out, nil
}

// label names a socket that the service manager handed over.
func label(tr klaxon.Transport, port uint16) string {
	s, ok := services.ByPort(tr, port)
	if !ok {
		return ""
	}
	return s.Name
}
