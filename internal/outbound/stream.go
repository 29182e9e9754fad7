package outbound

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Stream is a connection to a peer that takes and has nothing to say. Somebody reads
// all the same: an end of TLS, a banner or a ticket stands before the end of the
// connection, and only who reads finds that. Use NewStream.
type Stream struct {
	net.Conn
	raw   *counted
	ended chan struct{}
	why   error // set before ended is closed
}

// counted counts what the kernel took, below TLS.
type counted struct {
	net.Conn
	n atomic.Int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// NewStream watches over a connection; secure, unless nil, makes one of TLS of it.
func NewStream(c net.Conn, secure func(net.Conn) (net.Conn, error)) (*Stream, error) {
	s := &Stream{raw: &counted{Conn: c}, ended: make(chan struct{})}
	s.Conn = s.raw
	if secure != nil {
		var err error
		if s.Conn, err = secure(s.raw); err != nil {
			c.Close()
			return nil, err
		}
	}
	go s.read()
	return s, nil
}

// errChatter is what a connection ends with whose peer does not stop talking.
var errChatter = errors.New("the peer says too much")

func (s *Stream) read() {
	defer close(s.ended)
	var b [512]byte
	for left := maxChatter; left > 0; {
		n, err := s.Conn.Read(b[:])
		if left -= n; err != nil {
			s.why = err
			return
		}
	}
	s.why = errChatter
	s.raw.Close()
}

// Ended tells whether the peer has closed, or the connection broke, and how: io.EOF
// when it was closed in order.
func (s *Stream) Ended() (error, bool) {
	select {
	case <-s.ended:
		return s.why, true
	default:
		return nil, false
	}
}

// Written is how many bytes went out, by which Confirmed counts.
func (s *Stream) Written() int64 { return s.raw.n.Load() }

// Confirmed is how many of the bytes that were written the peer's machine has, as far
// as ours can tell.
func (s *Stream) Confirmed() int64 { return s.raw.n.Load() - unconfirmed(s.raw.Conn) }

// Confirm waits until the peer's machine has all that was written, the connection
// ends, or ctx does.
func (s *Stream) Confirm(ctx context.Context) {
	for pause := time.Millisecond; s.Confirmed() < s.Written(); pause = min(2*pause, maxPause) {
		select {
		case <-s.ended:
			return
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Close ends the connection, and who reads.
func (s *Stream) Close() error {
	err := s.Conn.Close()
	<-s.ended
	return err
}
