package inetd

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

const dontWait = unix.MSG_DONTWAIT

// wantTarget asks for the destination of each datagram. Where it cannot be had
// the socket's own address serves.
func wantTarget(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
	unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
}

// readIPv4 reads struct in_pktinfo (ip(7)): interface, local address, and the
// destination of the header. The local address differs from the destination
// when that is a broadcast address. It is zero in the first datagram, which
// came before the option was set.
func readIPv4(m unix.SocketControlMessage, t *target) {
	if m.Header.Type != unix.IP_PKTINFO || len(m.Data) < 12 {
		return
	}
	local := netip.AddrFrom4([4]byte(m.Data[4:8]))
	t.addr = netip.AddrFrom4([4]byte(m.Data[8:12]))
	t.groupCast = !local.IsUnspecified() && local != t.addr
}
