package control

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer is the uid at the other end, as the kernel had it when it connected.
func peer(c *net.UnixConn) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	var cred *unix.Ucred
	if ctlErr := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); ctlErr != nil {
		return -1, ctlErr
	}
	if err != nil {
		return -1, err
	}
	return int(cred.Uid), nil
}
