package netsyslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/outbound"
)

// Transport is how messages travel.
type Transport string

// The transports.
const (
	Unix Transport = "unix"
	UDP  Transport = "udp"
	TCP  Transport = "tcp"
	TLS  Transport = "tls"
)

// RFC is the form of messages.
type RFC string

// The forms.
const (
	RFC5424 RFC = "5424"
	RFC3164 RFC = "3164"
)

// Our own choices.
const (
	// maxDatagram is what every receiver should take (RFC 5426 section 3.2) and
	// rsyslog does by its default; a record that needs more is refused.
	maxDatagram = 8 << 10
)

// Options say where messages go, and how.
type Options struct {
	Name      string
	Transport Transport
	Address   string // host:port, or the path of a socket
	TLS       *tls.Config
	RFC       RFC
	Format    func([]byte, klaxon.Record) []byte // the text; what makes nothing is left out
	Location  *time.Location                     // of the times of RFC 3164
}

// Sink writes to one daemon. Use New.
type Sink struct {
	o      Options
	pid    string
	conn   net.Conn // nil when there is none
	frames bool     // conn is a stream
	text   []byte
	buf    []byte
	closed bool
}

// New returns a sink. It calls nobody.
func New(o Options) (*Sink, error) {
	if o.Transport == TLS {
		if o.TLS == nil {
			o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if o.TLS.ServerName == "" {
			host, _, err := net.SplitHostPort(o.Address)
			if err != nil {
				return nil, fmt.Errorf("syslog %s: %w", o.Name, err)
			}
			o.TLS = o.TLS.Clone()
			o.TLS.ServerName = host
		}
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	return &Sink{o: o, pid: strconv.Itoa(os.Getpid())}, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.o.Name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(outbound.Patience, s.Deliver, batch)
}

// Deliver writes a message for each record.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	if err := s.connect(ctx); err != nil {
		return 0, s.failure(err)
	}
	conn := s.conn
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for i, r := range batch {
		if err := s.write(r); err != nil {
			return i, s.failure(err)
		}
	}
	return len(batch), nil
}

func (s *Sink) write(r klaxon.Record) error {
	if s.text = s.o.Format(s.text[:0], r); len(s.text) == 0 {
		return nil
	}
	message := s.append5424
	if s.o.RFC == RFC3164 {
		message = s.append3164
	}
	s.buf = message(s.buf[:0], headOf(r), s.text)
	if s.frames {
		// The length comes first, in one write with what it is of.
		framed := append(strconv.AppendInt(s.text[:0], int64(len(s.buf)), 10), ' ')
		s.text = append(framed, s.buf...)
		_, err := s.conn.Write(s.text)
		return err
	}
	if len(s.buf) > maxDatagram {
		return tooLong(len(s.buf))
	}
	_, err := s.conn.Write(s.buf)
	if errors.Is(err, syscall.EMSGSIZE) {
		return tooLong(len(s.buf))
	}
	return err
}

func tooLong(n int) error {
	return &klaxon.Refusal{Count: 1, Err: fmt.Errorf("a record of %d bytes does not fit in a datagram: want tcp or tls", n)}
}

// failure gives the connection up: what of a message is out is not known. A record
// that is too long harms no connection.
func (s *Sink) failure(err error) error {
	var no *klaxon.Refusal
	if !errors.As(err, &no) {
		s.disconnect()
	}
	return fmt.Errorf("syslog to %s: %w", s.o.Address, err)
}

// connect makes a connection unless there is a good one.
func (s *Sink) connect(ctx context.Context) error {
	if s.conn != nil && s.frames && ended(s.conn) {
		s.disconnect()
	}
	if s.conn != nil {
		return s.conn.SetDeadline(time.Time{})
	}
	conn, frames, err := s.dial(ctx)
	if err != nil {
		return err
	}
	s.conn, s.frames = conn, frames
	return nil
}

func (s *Sink) dial(ctx context.Context) (_ net.Conn, frames bool, err error) {
	switch s.o.Transport {
	case UDP:
		c, err := outbound.Dial(ctx, "udp", s.o.Address, true)
		return c, false, err
	case Unix:
		if c, err := outbound.Dial(ctx, "unixgram", s.o.Address, true); err == nil {
			return c, false, nil
		}
		c, err := outbound.Dial(ctx, "unix", s.o.Address, true)
		return c, true, err
	}
	c, err := outbound.Dial(ctx, "tcp", s.o.Address, true)
	if err != nil || s.o.Transport != TLS {
		return c, true, err
	}
	secure := tls.Client(c, s.o.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, true, err
	}
	return secure, true, nil
}

// ended tells whether the daemon has closed a connection: then there is an end to
// read. A daemon has nothing to say, and what it says all the same is not read.
func ended(c net.Conn) bool {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn() // a close in TLS comes with one of TCP
	}
	raw, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	err = control.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		gone = n == 0 && err == nil || err != nil && err != syscall.EAGAIN && err != syscall.EINTR
		return true
	})
	return gone || err != nil
}

func (s *Sink) disconnect() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.disconnect()
	return nil
}
