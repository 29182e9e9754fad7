package listen

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"klaxon"
)

// socket is one armed trap on one address.
type socket struct {
	trap    Trap
	addr    netip.Addr // unspecified for every address of its family
	fd      int32
	dropped uint32 // datagrams, by the kernel, as last seen

	stopgap      bool // on one address because another socket holds the port
	inherited    bool
	bothFamilies bool // on ::, and takes IPv4 too; inherited sockets alone
}

func (s *socket) spot() spot { return spot{s.trap.port(), s.addr} }

func noDescriptors(fdCap int) error {
	return fmt.Errorf("%w: of %d descriptors %d are kept for the rest of the process; raise the limit (ulimit -n, LimitNOFILE=)",
		unix.EMFILE, fdCap+descriptorsKept, descriptorsKept)
}

// bound opens a socket for t on addr. Its descriptor is below fdCap.
func bound(t Trap, addr netip.Addr, backlog, fdCap int) (fd int, err error) {
	family, kind, proto := unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDP
	if addr.Is4() {
		family = unix.AF_INET
	}
	if t.Transport == klaxon.TCP {
		// Never MPTCP, which sandboxes and sockmaps do not know.
		kind, proto = unix.SOCK_STREAM, unix.IPPROTO_TCP
	}
	fd, err = unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := prepare(fd, t, addr, backlog, fdCap); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func prepare(fd int, t Trap, addr netip.Addr, backlog, fdCap int) error {
	// The kernel gives the lowest free number, so those above are free.
	if fd >= fdCap {
		return noDescriptors(fdCap)
	}
	if err := setOptions(fd, options(t.Transport, addr)); err != nil {
		return err
	}
	sa, err := sockaddr(addr, t.Port)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if t.Transport != klaxon.TCP {
		return nil
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return os.NewSyscallError("listen", err)
	}
	needHandshake(fd)
	return nil
}

type option struct {
	level, name, value int
	what               string
}

func options(tr klaxon.Transport, addr netip.Addr) []option {
	var o []option
	if addr.Is6() {
		o = append(o, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1, "IPV6_V6ONLY"})
	}
	if tr == klaxon.UDP {
		// No SO_REUSEADDR: with it a UDP socket takes datagrams from another.
		return append(o, datagramOptions(addr.Is4(), addr.Is6())...)
	}
	return append(o,
		// For ports with connections in TIME_WAIT, as after a restart. On Linux
		// it never binds over a listening socket.
		option{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1, "SO_REUSEADDR"},
		option{unix.IPPROTO_TCP, unix.TCP_SYNCNT, synAckRetries, "TCP_SYNCNT"})
}

// datagramOptions ask for the destination of each datagram and for the count
// of those dropped.
func datagramOptions(v4, v6 bool) []option {
	o := []option{{unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1, "SO_RXQ_OVFL"}}
	if v4 {
		o = append(o, option{unix.IPPROTO_IP, unix.IP_PKTINFO, 1, "IP_PKTINFO"})
	}
	if v6 {
		o = append(o, option{unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"})
	}
	return o
}

func setOptions(fd int, opts []option) error {
	for _, o := range opts {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return os.NewSyscallError("setsockopt "+o.what, err)
		}
	}
	return nil
}

// needHandshake takes TCP Fast Open from a listening socket, which the bit
// 0x400 of net.ipv4.tcp_fastopen gives to all: such a connection may be
// accepted before the source has echoed our sequence number. Where the option
// is not known there is nothing to take away.
func needHandshake(fd int) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 0)
}

func sockaddr(addr netip.Addr, port uint16) (unix.Sockaddr, error) {
	if addr.Is4() {
		return &unix.SockaddrInet4{Addr: addr.As4(), Port: int(port)}, nil
	}
	zone, err := zoneIndex(addr.Zone())
	if err != nil {
		return nil, err
	}
	return &unix.SockaddrInet6{Addr: addr.As16(), Port: int(port), ZoneId: zone}, nil
}

func zoneIndex(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 31); err == nil {
		return uint32(n), nil
	}
	ifi, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, err
	}
	return uint32(ifi.Index), nil
}

// notArmed is the status of a trap that could not be opened.
func notArmed(t Trap, addr netip.Addr, err error) Status {
	st := Status{Trap: t, Addr: addr, State: StateDenied}
	hint := ""
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		st.State = StateHeld
	case errors.Is(err, unix.EADDRNOTAVAIL):
		hint = " (the address is not ready on this host)"
	case errors.Is(err, unix.EACCES):
		if start := unprivilegedStart(); t.Port < start {
			hint = fmt.Sprintf(" (ports below %d need root or CAP_NET_BIND_SERVICE)", start)
		}
	}
	st.Err = fmt.Errorf("listen %s %s: %w%s", t.Transport, netip.AddrPortFrom(addr, t.Port), err, hint)
	return st
}
