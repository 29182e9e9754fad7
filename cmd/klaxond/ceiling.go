package main

import (
	"os"
	"runtime/debug"
)

// Beside the detector's tables klaxond holds, at most,
//
//	packets of alarms   10 MiB   internal/evidence
//	what waits           8 MiB   internal/pipeline
//	all else             4 MiB
//
// in the heap, and outside of it the rings of interfaces, the store's own memory
// and the program: 16 MiB and more.
const heapBeside = 22 << 20

// garbage is what may lie in the heap before it is collected: the collector would
// let it grow as large as the rest. A ceiling on all of the memory does not do it.
// Where a flood fills what there is room for, nothing is left between the two, and
// the collector runs without end: half of all the CPU.
const garbage = 4 << 20

// limitMemory holds garbage to a small share of the heap, unless the environment
// says otherwise.
func (d *daemon) limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent(garbage, d.tables()+heapBeside))
	}
}

// percent is a part of the whole, at least 1.
func percent(part, whole int64) int { return int(max(1, 100*part/whole)) }
