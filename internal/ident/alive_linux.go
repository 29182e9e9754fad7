package ident

import "syscall"

// tcpEstablished is TCP_ESTABLISHED of <netinet/tcp.h>.
const tcpEstablished = 1

// Alive reports whether the TCP connection fd is open in both directions. A
// peer that has reset it, or has sent its FIN (even one still behind unread
// data), is gone from its own table of users or about to be, so a query about
// it would bring nothing but a delay. Nothing is read and no pending error is
// cleared. It is false for anything that is not a TCP connection.
func Alive(fd int) bool {
	// tcpi_state is the first byte of struct tcp_info, and the kernel fills as
	// much of that as it is given room for. This is the standard library's
	// call for four bytes in memory order.
	info, err := syscall.GetsockoptInet4Addr(fd, syscall.IPPROTO_TCP, syscall.TCP_INFO)
	return err == nil && info[0] == tcpEstablished
}
