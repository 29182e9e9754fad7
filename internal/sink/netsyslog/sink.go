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

	// bounceWithin is how long is waited for word that nobody listens for datagrams.
	bounceWithin = 20 * time.Millisecond
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
	conn   net.Conn         // nil when there is none
	stream *outbound.Stream // conn, if it is one
	ends   []int64          // how much was written after each record of a batch
	closes int              // how often in a row the daemon closed in order right after it had all
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

func (s *Sink) write(r klaxon.Record) error {
	if s.text = s.o.Format(s.text[:0], r); len(s.text) == 0 {
		return nil
	}
	message := s.append5424
	if s.o.RFC == RFC3164 {
		message = s.append3164
	}
	s.buf = message(s.buf[:0], headOf(r), s.text)
	if s.stream != nil {
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
	if s.stream != nil {
		if _, over := s.stream.Ended(); over {
			s.disconnect()
		}
	}
	if s.conn != nil {
		return s.conn.SetWriteDeadline(time.Time{})
	}
	conn, frames, err := s.dial(ctx)
	if err == nil && frames {
		s.stream, err = outbound.NewStream(conn, s.secured(ctx))
		conn = s.stream
	}
	if err != nil {
		s.stream = nil
		return err
	}
	s.conn = conn
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
	return c, true, err
}

// secured makes a connection of TLS of one of TCP, where that is asked for.
func (s *Sink) secured(ctx context.Context) func(net.Conn) (net.Conn, error) {
	if s.o.Transport != TLS {
		return nil
	}
	return func(c net.Conn) (net.Conn, error) {
		secure := tls.Client(c, s.o.TLS)
		return secure, secure.HandshakeContext(ctx)
	}
}

func (s *Sink) disconnect() {
	if s.conn != nil {
		s.conn.Close()
		s.conn, s.stream = nil, nil
	}
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.disconnect()
	return nil
}
