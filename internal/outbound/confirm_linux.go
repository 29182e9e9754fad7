package outbound

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// unconfirmed is how many bytes of a TCP connection the peer has not confirmed
// (SIOCOUTQ, tcp(7)); of others that is not known, and 0.
func unconfirmed(c net.Conn) (n int64) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return 0
	}
	control(t, func(fd int) {
		if queued, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ); err == nil {
			n = int64(queued)
		}
	})
	return n
}

// Bounced returns and clears what came back for datagrams, as from a port that nobody
// listens on.
func Bounced(c net.Conn) (err error) {
	t, ok := c.(*net.UDPConn)
	if !ok {
		return nil
	}
	control(t, func(fd int) {
		if code, bad := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); bad == nil && code != 0 {
			err = syscall.Errno(code)
		}
	})
	return err
}

func control(c syscall.Conn, f func(fd int)) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // it is closed, as who calls will find
	}
	_ = raw.Control(func(fd uintptr) { f(int(fd)) }) // likewise
}
