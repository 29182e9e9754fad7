package main

import (
	"os"
	"runtime/debug"
)

// Beside the detector's tables klaxond holds, at most,
//
//	packets of alarms   24 MiB   internal/evidence
//	what waits           8 MiB   internal/pipeline
//	all else             4 MiB
//
// in the heap, and outside of it the rings of interfaces, the store's own memory
// and the program: 16 MiB and more. The collector keeps to the former, so that
// garbage does not double it; how much that takes shows only in a flood.
const heapBeside = 36 << 20

// limitMemory holds the heap to what it needs, unless the environment says
// otherwise.
func (d *daemon) limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(d.tables() + heapBeside)
	}
}
