package inetd

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resetPeer asks SO_PEERNAME, which still knows the peer of a connection that
// was reset, when getpeername says ENOTCONN.
func resetPeer(fd int) (netip.AddrPort, bool) {
	var raw unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(raw))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERNAME,
		uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return netip.AddrPort{}, false
	}
	switch raw.Addr.Family {
	case unix.AF_INET:
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&raw))
		return addrPort(&unix.SockaddrInet4{Port: hostOrder(in.Port), Addr: in.Addr}), true
	case unix.AF_INET6:
		in := (*unix.RawSockaddrInet6)(unsafe.Pointer(&raw))
		return addrPort(&unix.SockaddrInet6{Port: hostOrder(in.Port), ZoneId: in.Scope_id, Addr: in.Addr}), true
	}
	return netip.AddrPort{}, false
}

// hostOrder reads a port as it stands in memory, in network order.
func hostOrder(port uint16) int {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return int(b[0])<<8 | int(b[1])
}
