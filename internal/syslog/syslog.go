// Package syslog writes to the syslog daemon of this host in the form of RFC
// 3164, facility auth. It is linked into cmd/klaxon and therefore avoids fmt
// and the standard library's log/syslog.
package syslog

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
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
type Writer struct {
	tag    string
	places []place
	mu     sync.Mutex
	conn   net.Conn // nil when not connected
	stream bool     // conn needs the end of a message marked
}

// place is where a daemon may listen.
type place struct{ network, address string }

// Open returns a Writer for the daemon of this host. The connection is made
// now where possible, so that it outlives a loss of privilege, and otherwise at
// the first message.
func Open(tag string) (*Writer, error) { return open(tag, local) }

// OpenAt is Open for a daemon at a given place.
func OpenAt(network, address, tag string) (*Writer, error) {
	return open(tag, []place{{network, address}})
}

func open(tag string, places []place) (*Writer, error) {
	w := &Writer{tag: tag, places: places}
	return w, w.connect()
}

func (w *Writer) connect() error {
	var first error
	for _, p := range w.places {
		d := net.Dialer{Timeout: writeTimeout}
		conn, err := d.Dial(p.network, p.address)
		if err == nil {
			w.conn, w.stream = conn, p.network == "unix" || p.network == "tcp"
			return nil
		}
		// A socket of the other kind says more than a path that is not there.
		if first == nil || errors.Is(first, syscall.ENOENT) {
			first = err
		}
	}
	return first
}

// Write sends one message. Bytes outside printable ASCII become '?': callers
// have rendered what they write, so this is a last defence. It waits at most
// writeTimeout, and connects again once when the daemon has gone.
func (w *Writer) Write(severity int, when time.Time, msg []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	packet := w.frame(severity, when, msg)
	if w.conn != nil {
		if err := w.send(packet); err == nil {
			return nil
		}
		w.conn.Close()
		w.conn = nil
	}
	if err := w.connect(); err != nil {
		return err
	}
	return w.send(packet)
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

func (w *Writer) send(packet []byte) error {
	if w.stream {
		packet = append(packet, '\n')
	}
	w.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := w.conn.Write(packet)
	if errors.Is(err, syscall.ENOBUFS) {
		_, err = w.conn.Write(packet)
	}
	return err
}

// Close ends the connection. A later Write makes a new one.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn == nil {
		return nil
	}
	err := w.conn.Close()
	w.conn = nil
	return err
}
