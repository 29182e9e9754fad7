package main

import (
	"errors"
	"fmt"
	"syscall"

	"klaxon/internal/control"
)

// alone tells whether another klaxond answers where this one would. Two of them
// would hold each other's traps for real services, and one of them keep nothing.
func (d *daemon) alone() error {
	path := d.paths.Ask()
	if !control.Alive(path) {
		return nil
	}
	return fmt.Errorf("another klaxond runs: it answers at %s (ask it: klaxonctl status); end that one first", path)
}

// busy tells whether an error is that another klaxond keeps its records in the store.
func busy(err error) bool { return errors.Is(err, syscall.EBUSY) }
