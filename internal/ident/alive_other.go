//go:build unix && !linux

package ident

import "syscall"

// Alive reports whether the TCP connection fd is open in both directions. A
// peer that has reset it, or has sent its FIN, is gone from its own table of
// users or about to be, so a query about it would bring nothing but a delay.
// No data is read; a pending error is taken from the socket. A FIN behind unread data is not seen: then the query is
// made and most likely answered with an error.
func Alive(fd int) bool {
	if pending, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR); err != nil || pending != 0 {
		return false
	}
	var b [1]byte
	n, _, err := syscall.Recvfrom(fd, b[:], syscall.MSG_PEEK|dontWait)
	return n > 0 || err == syscall.EAGAIN || err == syscall.EINTR
}
