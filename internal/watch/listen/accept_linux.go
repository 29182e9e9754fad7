package listen

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// The calls made for each touch are those of package syscall: their namesakes
// in x/sys/unix ask for the socket's protocol each time an address is decoded,
// two system calls more for each touch.

// accept takes a turn of a stream trap.
func (s *Set) accept(sock *socket) {
	for range perTrapBatch {
		fd, from, err := syscall.Accept4(int(sock.fd), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		switch {
		case err == nil:
			s.connected(sock, fd, from, fd < s.fdCap)
		case err == unix.EAGAIN:
			return
		case err == unix.EMFILE || err == unix.ENFILE:
			if !s.acceptOnReserve(sock, err) {
				return
			}
		case passedOver(err):
			s.tally.failed(err)
		default:
			s.tally.failed(err)
			s.starved = true
			return
		}
	}
}

// acceptOnReserve gives the reserve descriptor back so that one connection may
// come in, and takes it again. It returns false when the turn is over: nothing
// waits, or the system has not let even that one in (why says what it met).
func (s *Set) acceptOnReserve(sock *socket, why error) bool {
	if s.reserve < 0 {
		s.reserve = newReserve()
	}
	if s.reserve < 0 {
		s.tally.failed(why)
		s.starved = true
		return false
	}
	unix.Close(s.reserve)
	fd, from, err := syscall.Accept4(int(sock.fd), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err == nil {
		s.connected(sock, fd, from, false)
	}
	s.reserve = newReserve()
	switch {
	case err == nil || passedOver(err):
		if err != nil {
			s.tally.failed(err)
		}
		return true
	case err == unix.EAGAIN:
		return false
	}
	s.tally.failed(err)
	s.starved = true
	return false
}

// passedOver tells errors of the one connection that accept took from the
// queue (accept(2), "Error handling") from errors of the listener or the
// system, which the next call would meet again.
func passedOver(err error) bool {
	switch err {
	case unix.ECONNABORTED, unix.EINTR, unix.EPROTO, unix.ENOPROTOOPT, unix.EOPNOTSUPP, unix.ENETDOWN,
		unix.ENETUNREACH, unix.ENONET, unix.EHOSTDOWN, unix.EHOSTUNREACH:
		return true
	}
	return false
}

// connected tells of one connection. One that is not to be kept leaves its
// descriptor to the rest of the process at once.
func (s *Set) connected(sock *socket, fd int, from syscall.Sockaddr, keep bool) {
	now := time.Now()
	source := decode(fd, from)
	target := sock.at()
	if sa, err := syscall.Getsockname(fd); err == nil {
		target = decode(fd, sa)
	}
	s.touch = klaxon.Touch{
		Time:      now,
		Interface: source.or(target),
		Transport: klaxon.TCP,
		Source:    source.endpoint(),
		Target:    target.endpoint(),
		Service:   sock.trap.Label,
		Proof:     klaxon.ProofHandshake,
	}
	s.tally.accepted.Add(1)
	if keep {
		s.handler(&s.touch, Conn{fd})
		return
	}
	s.tally.reserveUsed.Add(1)
	s.handler(&s.touch, Conn{})
	unix.Close(fd)
}
