package netsyslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"klaxon"
	"klaxon/internal/outbound"
)

// Deliver writes a message for each record. Syslog has no receipts (RFC 6587 section
// 3.1, RFC 5425 section 4.3), so that a record counts as out when the machine of the
// daemon has it and the connection still stood: who leaves before has the batch again.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	if err := s.connect(ctx); err != nil {
		return 0, s.failure(err)
	}
	conn := s.conn
	stop := context.AfterFunc(ctx, func() { conn.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	var bad error
	s.ends = s.ends[:0]
	for _, r := range batch {
		if bad = s.write(r); bad != nil {
			break
		}
		s.ends = append(s.ends, s.written())
	}
	n, err := s.confirm(ctx)
	switch {
	case err != nil:
		return n, s.failure(err)
	case bad != nil && ctx.Err() == nil && broken(bad):
		return 0, s.failure(bad)
	case bad != nil:
		return n, s.failure(bad)
	}
	return n, nil
}

// broken tells that a write failed for what became of those before it.
func broken(err error) bool {
	var no *klaxon.Refusal
	return !errors.As(err, &no)
}

func (s *Sink) written() int64 {
	if s.stream == nil {
		return 0
	}
	return s.stream.Written()
}

// confirm is how many of the records that were written are out.
func (s *Sink) confirm(ctx context.Context) (int, error) {
	if s.stream == nil {
		return s.unbounced(ctx)
	}
	s.stream.Confirm(ctx)
	have, n := s.stream.Confirmed(), 0
	for n < len(s.ends) && s.ends[n] <= have {
		n++
	}
	why, over := s.stream.Ended()
	switch {
	case over && n == len(s.ends) && errors.Is(why, io.EOF):
		// It may have closed before it read them, or be one that takes a connection
		// for each: that shows the second time.
		if s.closes++; s.closes > 1 {
			s.disconnect()
			return n, nil
		}
		return 0, errLeft
	case over:
		return 0, fmt.Errorf("the connection broke: %w", why)
	case n < len(s.ends):
		return n, fmt.Errorf("the daemon does not read: %w", context.Cause(ctx))
	}
	s.closes = 0
	return n, nil
}

// errLeft is told of a daemon that is starting anew, or of one that is behind a
// balancer.
var errLeft = errors.New("the daemon closed the connection, and may not have read what it was sent")

// unbounced waits for what comes back when nobody listens for datagrams: on a network
// that is near, in time.
func (s *Sink) unbounced(ctx context.Context) (int, error) {
	if s.o.Transport != UDP || len(s.ends) == 0 {
		return len(s.ends), nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(bounceWithin):
	}
	if err := outbound.Bounced(s.conn); err != nil {
		return 0, err
	}
	return len(s.ends), nil
}
