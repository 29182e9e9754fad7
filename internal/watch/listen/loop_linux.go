package listen

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"klaxon"
)

// Run yields touches to the handler until ctx ends or the set is closed, and
// then returns nil. The traps stay armed, with what comes in waiting, until
// Close. An error means that the system's event queue has failed.
func (s *Set) Run(ctx context.Context) error {
	s.running.Lock()
	defer s.running.Unlock()
	stop := context.AfterFunc(ctx, s.interrupt)
	defer stop()
	events := make([]unix.EpollEvent, eventBatch)
	for ctx.Err() == nil && !s.isClosed() {
		n, err := unix.EpollWait(s.epoll, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("listen: epoll_wait: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			s.serve(e.Fd)
		}
		s.rest()
	}
	return nil
}

// serve takes a turn of one descriptor. An event may be older than the last
// Apply: then its socket is unknown, or another that has nothing to offer yet.
func (s *Set) serve(fd int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fd == int32(s.wake) {
		var count [8]byte
		_, _ = unix.Read(s.wake, count[:])
		return
	}
	sock, ok := s.sockets[fd]
	switch {
	case !ok || s.starved:
	case sock.trap.Transport == klaxon.TCP:
		s.accept(sock)
	default:
		s.receive(sock)
	}
}

// rest pauses the loop when the system is out of something. What waits would
// make it ready again at once, and asking in vain helps nobody.
func (s *Set) rest() {
	if !s.takeStarved() {
		return
	}
	// The descriptor that ends the pause is the one that ends a wait; it stays
	// readable for the next one.
	wake := []unix.PollFd{{Fd: int32(s.wake), Events: unix.POLLIN}}
	_, _ = unix.Poll(wake, int(pauseFor.Milliseconds()))
}

func (s *Set) takeStarved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	starved := s.starved
	s.starved = false
	return starved
}

func (s *Set) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
