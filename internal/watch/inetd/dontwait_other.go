//go:build unix && !linux && !aix

package inetd

import "golang.org/x/sys/unix"

const dontWait = unix.MSG_DONTWAIT
