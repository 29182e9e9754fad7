//go:build linux && !amd64

package faults

import (
	"runtime"
	"time"

	"klaxon/internal/nstest"
)

// runWithClock needs machine code that is written for amd64 alone.
func (h *house) runWithClock() (*daemon, func(time.Duration)) {
	nstest.Skip(h.t, "the clock of a running program cannot be set on "+runtime.GOARCH+": the long form can")
	return nil, nil
}
