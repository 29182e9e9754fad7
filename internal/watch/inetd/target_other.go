//go:build unix && !linux

package inetd

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// wantTarget asks for the destination of each datagram. Where it cannot be had
// the socket's own address serves.
func wantTarget(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVDSTADDR, 1)
	unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
}

// readIPv4 reads the address that IP_RECVDSTADDR gives (ip(4)).
func readIPv4(m unix.SocketControlMessage, t *target) {
	if m.Header.Type == unix.IP_RECVDSTADDR && len(m.Data) >= 4 {
		t.addr = netip.AddrFrom4([4]byte(m.Data[:4]))
	}
}
