package inetd

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resetPeer asks SO_PEERNAME, which still knows the peer of a connection that
// was reset, when getpeername says ENOTCONN. The kernel refuses a length greater
// than that of the address, so each family's is tried.
func resetPeer(fd int) (netip.AddrPort, bool) {
	for _, length := range [...]uint32{unix.SizeofSockaddrInet6, unix.SizeofSockaddrInet4} {
		var raw unix.RawSockaddrInet6 // the longer of the two
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERNAME,
			uintptr(unsafe.Pointer(&raw)), uintptr(unsafe.Pointer(&length)), 0)
		switch {
		case errno != 0:
		case raw.Family == unix.AF_INET6:
			return addrPort(&unix.SockaddrInet6{Port: hostOrder(raw.Port), ZoneId: raw.Scope_id, Addr: raw.Addr}), true
		case raw.Family == unix.AF_INET:
			in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&raw))
			return addrPort(&unix.SockaddrInet4{Port: hostOrder(in.Port), Addr: in.Addr}), true
		}
	}
	return netip.AddrPort{}, false
}

// hostOrder reads a port as it stands in memory, in network order.
func hostOrder(port uint16) int {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return int(b[0])<<8 | int(b[1])
}
