//go:build linux

package live

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// broadcasting lets a socket send to broadcast addresses.
func broadcasting(_, _ string, c syscall.RawConn) (err error) {
	if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 1) }); e != nil {
		return e
	}
	return err
}
