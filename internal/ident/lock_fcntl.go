//go:build aix || (solaris && !illumos)

package ident

import (
	"os"
	"syscall"
)

// lockFile never waits. The lock ends when f is closed. These systems have no
// lock but POSIX's, which holds between processes and not within one: enough
// for klaxon, which asks once.
func lockFile(f *os.File) bool {
	whole := syscall.Flock_t{Type: syscall.F_WRLCK}
	return syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &whole) == nil
}
