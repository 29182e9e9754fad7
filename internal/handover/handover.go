// Package handover carries a touch from klaxon, which inetd started for it, to
// a klaxond on the same host. This is the sending end, linked into klaxon; the
// receiving one is package inbox.
package handover

import (
	"golang.org/x/sys/unix"
)

// Path is where klaxond listens on an installed system.
const Path = "/run/klaxon/touch.sock"

// Send hands one JSON object over as a datagram, and never waits: without a
// klaxond, or with one that is too busy, the touch stands in syslog alone.
func Send(path string, object []byte) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	return unix.Sendto(fd, object, 0, &unix.SockaddrUnix{Name: path})
}
