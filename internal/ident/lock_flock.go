//go:build darwin || dragonfly || freebsd || illumos || netbsd || openbsd

package ident

import (
	"os"
	"syscall"
)

// lockFile never waits. The lock ends when f is closed.
func lockFile(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
