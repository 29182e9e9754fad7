package inetd

import (
	"time"

	"golang.org/x/sys/unix"
)

// wait paces the reading of a `wait` socket.
type wait struct {
	fd  int
	end time.Time
}

func newWait(fd int) *wait { return &wait{fd, time.Now().Add(total)} }

// next waits for something to read: false after silence, or when total is over.
func (w *wait) next() bool {
	quiet := time.Now().Add(silence)
	for {
		left := min(time.Until(quiet), time.Until(w.end))
		if left <= 0 {
			return false
		}
		fds := []unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}
		switch n, err := unix.Poll(fds, int(left.Milliseconds())+1); {
		case err == unix.EINTR:
		case err != nil || n == 0:
			return false
		default:
			// An error such as a refused datagram of ours makes it readable
			// too: the read clears it.
			return true
		}
	}
}
