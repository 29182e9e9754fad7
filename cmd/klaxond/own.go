package main

import (
	"slices"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/services"
	"klaxon/internal/track"
)

// ownService is what an output has of this host.
type ownService struct {
	config.OwnService
	trap bool // it would be a trap otherwise
}

// leaveOwn takes the services of the outputs in use out of traps, and keeps which
// there were: they stay in use until klaxond ends, whatever is configured since.
func (d *daemon) leaveOwn(list []services.Trap) []services.Trap {
	own := config.OwnServices(d.cfg.Outputs)
	d.own = nil
	for _, s := range own {
		d.own = append(d.own, ownService{OwnService: s})
	}
	return slices.DeleteFunc(list, func(t services.Trap) bool {
		i := config.OwnAt(own, klaxon.Port{Transport: t.Transport, Number: t.Port})
		if i >= 0 {
			d.own[i].trap = true
		}
		return i >= 0
	})
}

// calls are the calls of outputs to this host, as the detector takes them.
func calls(own []ownService) (list []track.OwnCall) {
	for i := range own {
		for _, at := range own[i].Calls() {
			list = append(list, track.OwnCall{Transport: own[i].Transport, At: at})
		}
	}
	return list
}
