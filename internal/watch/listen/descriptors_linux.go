package listen

import (
	"math"

	"golang.org/x/sys/unix"
)

// raiseDescriptorLimit lifts the soft limit to the hard one, as far as allowed.
// The Go runtime does so only in programs that import os, and says it may
// change.
func raiseDescriptorLimit() {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) == nil && l.Cur < l.Max {
		l.Cur = l.Max
		// When it is refused the limit in force tells what can be armed.
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &l)
	}
}

// descriptorCap returns the first descriptor number that is not ours to use.
func descriptorCap() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 1024 - descriptorsKept
	}
	return int(min(l.Cur, math.MaxInt32)) - descriptorsKept
}

// newReserve returns a descriptor that is there to be given back. An eventfd
// is no duplicate: it takes a place in the system's file table too, so giving
// it back helps against ENFILE as well as EMFILE.
func newReserve() int {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return -1
	}
	return fd
}
