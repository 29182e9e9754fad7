package listen

import (
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"klaxon"
)

// at is one end of a touch.
type at struct {
	netip.AddrPort
	iface string // for a link-local address, "" for any other
}

func (a at) endpoint() klaxon.Endpoint {
	return klaxon.Endpoint{Addr: a.Addr(), Port: a.Port()}
}

// or returns the interface of either end.
func (a at) or(b at) string {
	if a.iface != "" {
		return a.iface
	}
	return b.iface
}

// at is where the socket sits: what is left to say of a target that the kernel
// does not name.
func (s *socket) at() at { return at{AddrPort: netip.AddrPortFrom(s.addr, s.trap.Port)} }

// decode makes an IPv4-mapped address IPv4. fd is any socket.
func decode(fd int, sa syscall.Sockaddr) at {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return at{AddrPort: netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))}
	case *syscall.SockaddrInet6:
		return located(fd, netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port), sa.ZoneId)
	}
	return at{}
}

// located places an address seen on the interface of that index.
func located(fd int, addr netip.Addr, port uint16, index uint32) at {
	if !addr.IsLinkLocalUnicast() {
		return at{AddrPort: netip.AddrPortFrom(addr, port)}
	}
	addr = zoned(fd, addr, index)
	iface := addr.Zone()
	if addr.Is4() {
		iface = interfaceName(fd, index)
	}
	return at{netip.AddrPortFrom(addr, port), iface}
}

// zoned gives an IPv6 link-local address its zone, and returns any other as
// it is. fd is any socket.
func zoned(fd int, addr netip.Addr, index uint32) netip.Addr {
	if !addr.Is6() || !addr.IsLinkLocalUnicast() {
		return addr
	}
	if name := interfaceName(fd, index); name != "" {
		return addr.WithZone(name)
	}
	return addr.WithZone(strconv.FormatUint(uint64(index), 10))
}

// interfaceName returns "" when the interface is gone. It asks each time: that
// costs one short system call, for on-link sources alone, and a name that has
// changed is never told.
func interfaceName(fd int, index uint32) string {
	ifr, err := unix.NewIfreq("")
	if err != nil {
		return ""
	}
	ifr.SetUint32(index)
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr); err != nil {
		return ""
	}
	return ifr.Name()
}
