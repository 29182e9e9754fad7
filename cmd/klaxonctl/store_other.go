//go:build aix || dragonfly || illumos || solaris

package main

import (
	"fmt"
	"runtime"
)

// openStore fails: our SQLite is not there for these systems, and neither is klaxond.
func openStore(file string) (chained, error) {
	return nil, fmt.Errorf("read %s: a store cannot be read on %s; copy it to a machine with Linux", file, runtime.GOOS)
}
