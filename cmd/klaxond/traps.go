package main

import (
	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/services"
	"klaxon/internal/watch/listen"
)

// trapConfig turns the services of a configuration, less those it excepts,
// into traps; into none while klaxond is passive.
func (d *daemon) trapConfig(cfg config.Config) (listen.Config, error) {
	list, err := services.Less(cfg.Services, cfg.Except)
	if err != nil {
		return listen.Config{}, err
	}
	out := listen.Config{Addrs: cfg.Addresses, Label: label}
	for _, t := range d.leaveOwn(list) {
		if !d.passive() {
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
