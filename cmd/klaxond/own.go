package main

import (
	"slices"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/services"
)

// leaveOwn takes the services of the outputs in use out of traps, and keeps which of
// them would be some.
func (d *daemon) leaveOwn(list []services.Trap) []services.Trap {
	d.ownTraps = make([]bool, len(d.own))
	return slices.DeleteFunc(list, func(t services.Trap) bool {
		i := config.OwnAt(d.own, klaxon.Port{Transport: t.Transport, Number: t.Port})
		if i >= 0 {
			d.ownTraps[i] = true
		}
		return i >= 0
	})
}
