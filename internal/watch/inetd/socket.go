// Package inetd is the watcher of klaxon: it reads touches from the socket that
// inetd, xinetd or systemd left on descriptor 0, in each of its forms: an
// accepted stream, a listening stream (`tcp wait`), or a datagram socket
// (`udp wait`). It is linked thin: no fmt, no package that registers things.
package inetd

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"klaxon"
)

// Kind is the form of the socket.
type Kind uint8

// The forms.
const (
	Stream    Kind = iota // one accepted connection
	Listening             // a stream socket to accept from
	Datagram              // a bound socket to receive from
)

// Socket is the socket on a descriptor. It is used by one goroutine.
type Socket struct {
	Kind  Kind
	Local netip.AddrPort // where it is bound; of a Stream, what was contacted

	fd        int
	broadcast []netip.Addr // of the connected networks; set while a Datagram is read
}

// Errors of Open.
var (
	ErrNotSocket = errors.New("descriptor 0 is no socket")
	errFamily    = errors.New("descriptor 0 is no IPv4 or IPv6 socket")
	errType      = errors.New("descriptor 0 is neither a stream nor a datagram socket")
)

// IsSocket tells whether a descriptor is a socket of any kind.
func IsSocket(fd int) bool {
	_, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil
}

// Open looks at the socket on a descriptor, which stays the caller's.
func Open(fd int) (*Socket, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, ErrNotSocket
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	s := &Socket{fd: fd}
	if s.Local = addrPort(sa); !s.Local.Addr().IsValid() {
		return nil, errFamily
	}
	switch kind {
	case unix.SOCK_STREAM:
		if on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && on != 0 {
			s.Kind = Listening
		}
	case unix.SOCK_DGRAM:
		s.Kind = Datagram
	default:
		return nil, errType
	}
	return s, nil
}

// Deliver takes one touch. conn is the connection of a stream, still open, and
// -1 for a datagram. Both, and all the touch points to, are valid during the
// call only.
type Deliver func(t *klaxon.Touch, conn int)

// Touches delivers what the socket holds. A Stream is one touch. The other
// forms are read until nothing came for silence or total is over; of them at
// most maxTouches are delivered, and rest is how many more there were.
func (s *Socket) Touches(service string, deliver Deliver) (rest int, err error) {
	switch s.Kind {
	case Stream:
		peer, err := peerName(s.fd)
		if err != nil {
			return 0, err
		}
		deliver(stream(service, peer, s.Local), s.fd)
		return 0, nil
	case Listening:
		return s.accept(service, deliver)
	}
	return s.receive(service, deliver)
}

// addrPort reads a socket address; invalid for a family that is not IP.
// IPv4-mapped addresses become IPv4; a zone is kept for link-local ones.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr).Unmap()
		if a.IsLinkLocalUnicast() && a.Is6() && sa.ZoneId != 0 {
			a = a.WithZone(interfaceName(sa.ZoneId))
		}
		return netip.AddrPortFrom(a, uint16(sa.Port))
	}
	return netip.AddrPort{}
}
