package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/drill"
)

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// socket is one end that has its port before anything is sent.
type socket struct {
	fd   int
	flow drill.Flow
}

// open binds a socket to an address of this host and any port.
func open(kind int, from netip.Addr, to netip.AddrPort) (s socket, err error) {
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	if s.fd, err = unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0); err != nil {
		return s, err
	}
	if err = unix.Bind(s.fd, sockaddr(netip.AddrPortFrom(from, 0))); err == nil {
		s.flow.Target = to
		s.flow.Source, err = s.own(from)
	}
	if err != nil {
		unix.Close(s.fd)
		return s, fmt.Errorf("take a port of %s: %w", from, err)
	}
	return s, nil
}

func (s *socket) own(from netip.Addr) (netip.AddrPort, error) {
	name, err := unix.Getsockname(s.fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(from, uint16(a.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(from, uint16(a.Port)), nil
	}
	return netip.AddrPort{}, unix.EAFNOSUPPORT
}

// Connection is one that is about to be made. Its ends are taken already.
type Connection struct{ s socket }

// NewConnection takes the ends of a connection.
func NewConnection(from netip.Addr, to netip.AddrPort) (*Connection, error) {
	s, err := open(unix.SOCK_STREAM, from, to)
	if err != nil {
		return nil, err
	}
	return &Connection{s}, nil
}

// Flow is its ends.
func (c *Connection) Flow() drill.Flow { return c.s.flow }

// ErrNoAnswer says that a connection was begun, and nobody took or refused it: so it
// is with a host that filters, and where no host is but a sensor that listens.
var ErrNoAnswer = errors.New("no answer")

// Make makes the connection within a time and closes it. It is waited for by poll: a
// signal would end a connect that has a timeout of its own, and Go sends itself some.
func (c *Connection) Make(wait time.Duration) error {
	defer unix.Close(c.s.fd)
	if err := unix.SetNonblock(c.s.fd, true); err != nil {
		return err
	}
	err := unix.Connect(c.s.fd, sockaddr(c.s.flow.Target))
	if errors.Is(err, unix.EINPROGRESS) {
		err = c.settled(wait)
	}
	if errors.Is(err, ErrNoAnswer) {
		return fmt.Errorf("connect to %s: %w within %v", c.s.flow.Target, err, wait)
	}
	if err != nil {
		return fmt.Errorf("connect to %s: %w", c.s.flow.Target, err)
	}
	return nil
}

// settled waits until a connection is made or refused.
func (c *Connection) settled(wait time.Duration) error {
	until := time.Now().Add(wait)
	for left := wait; left > 0; left = time.Until(until) {
		ends := []unix.PollFd{{Fd: int32(c.s.fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(ends, int(left/time.Millisecond)+1)
		if n == 0 || errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		code, err := unix.GetsockoptInt(c.s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		return err
	}
	return ErrNoAnswer
}

// Datagram sends one, which announces what it is told to, so many times. about is
// told of its ends before.
func Datagram(s *drill.Secret, from netip.Addr, to netip.AddrPort, a drill.Announcement, times int, about func(drill.Flow)) error {
	end, err := open(unix.SOCK_DGRAM, from, to)
	if err != nil {
		return err
	}
	defer unix.Close(end.fd)
	about(end.flow)
	text := s.Datagram(end.flow, a)
	for n := range times {
		if n > 0 {
			time.Sleep(resend)
		}
		if err := unix.Sendto(end.fd, text, 0, sockaddr(to)); err != nil {
			return fmt.Errorf("send a datagram to %s: %w", to, err)
		}
	}
	return nil
}

// resend is the pause between the copies of a datagram that may be lost.
const resend = 150 * time.Millisecond
