// Package syslog writes to the syslog daemon of this host in the form of RFC
// 3164, facility auth. It is linked into cmd/klaxon and therefore avoids fmt
// and the standard library's log/syslog.
package syslog

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Severities (RFC 5424 section 6.2.1).
const (
	Emerg = iota
	Alert
	Crit
	Err
	Warning
	Notice
	Info
	Debug
)

// auth is the facility of security messages (RFC 5424 section 6.2.1).
const auth = 4

// Writer writes to one daemon. It is safe for concurrent use.
//
// It uses blocking sockets with a timeout rather than package net: starting the
// runtime's poller would cost klaxon a tenth of its whole run.
type Writer struct {
	tag    string
	places []place

	mu     sync.Mutex
	fd     int  // -1 when not connected
	stream bool // fd needs the end of a message marked
}

// place is where a daemon may listen.
type place struct {
	kind    int // unix.SOCK_DGRAM or unix.SOCK_STREAM
	address unix.Sockaddr
}

// Open returns a Writer for the daemon of this host. The connection is made
// now where possible, so that it outlives a loss of privilege, and otherwise at
// the first message; the Writer is good even beside an error.
func Open(tag string) (*Writer, error) { return open(tag, local) }

// OpenAt is Open for a daemon that listens on a unix socket elsewhere.
func OpenAt(path, tag string) (*Writer, error) { return open(tag, socketAt(path)) }

// socketAt lists the kinds of socket that a daemon may have at a path:
// datagrams first, since all daemons of today take them.
func socketAt(path string) []place {
	address := &unix.SockaddrUnix{Name: path}
	return []place{{unix.SOCK_DGRAM, address}, {unix.SOCK_STREAM, address}}
}

func open(tag string, places []place) (*Writer, error) {
	w := &Writer{tag: tag, places: places, fd: -1}
	return w, w.connect()
}

// Error says that no daemon took a message.
type Error struct{ Err error }

// Error implements error.
func (e *Error) Error() string { return "write to the syslog daemon: " + e.Err.Error() }

// Unwrap returns what the system said.
func (e *Error) Unwrap() error { return e.Err }

func (w *Writer) connect() error {
	var first error
	for _, p := range w.places {
		fd, err := dial(p)
		if err == nil {
			w.fd, w.stream = fd, p.kind == unix.SOCK_STREAM
			return nil
		}
		// A socket that refuses says more than a path that is not there.
		if first == nil || errors.Is(first, unix.ENOENT) {
			first = err
		}
	}
	return &Error{first}
}

func dial(p place) (int, error) {
	family := unix.AF_UNIX
	if _, ok := p.address.(*unix.SockaddrInet4); ok {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, p.kind, 0)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	bound := unix.NsecToTimeval(writeTimeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &bound); err != nil {
		unix.Close(fd)
		return -1, err
	}
	if err := unix.Connect(fd, p.address); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Write sends one message. Bytes outside printable ASCII become '?': callers
// have rendered what they write, so this is a last defence. It waits at most
// writeTimeout, and connects again once when the daemon has gone.
func (w *Writer) Write(severity int, when time.Time, msg []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	packet := w.frame(severity, when, msg)
	if w.fd >= 0 {
		if err := w.send(packet); err == nil {
			return nil
		}
		w.disconnect()
	}
	if err := w.connect(); err != nil {
		return err
	}
	if err := w.send(packet); err != nil {
		return &Error{err}
	}
	return nil
}

func (w *Writer) frame(severity int, when time.Time, msg []byte) []byte {
	b := make([]byte, 0, 64+len(w.tag)+len(msg))
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(auth<<3|severity&7), 10)
	b = append(b, '>')
	b = when.Local().AppendFormat(b, time.Stamp)
	b = append(append(append(b, ' '), w.tag...), '[')
	b = strconv.AppendInt(b, int64(os.Getpid()), 10)
	b = append(b, "]: "...)
	for _, c := range msg[:min(len(msg), maxMessage)] {
		if c < 0x20 || c > 0x7e {
			c = '?'
		}
		b = append(b, c)
	}
	return b
}

// send writes a message whole. A stream that takes part of one within the
// timeout is given up: what follows could not be told from the rest of it.
func (w *Writer) send(packet []byte) error {
	if w.stream {
		packet = append(packet, '\n')
	}
	n, err := unix.Write(w.fd, packet)
	if err == unix.EINTR || err == unix.ENOBUFS {
		n, err = unix.Write(w.fd, packet)
	}
	if err == nil && n < len(packet) {
		return unix.EAGAIN
	}
	return err
}

func (w *Writer) disconnect() error {
	if w.fd < 0 {
		return nil
	}
	err := unix.Close(w.fd)
	w.fd = -1
	return err
}

// Close ends the connection. A later Write makes a new one.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.disconnect()
}
