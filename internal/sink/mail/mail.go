package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"time"

	"klaxon"
	"klaxon/internal/outbound"
	"klaxon/internal/secret"
)

// Security is how a connection is kept secret.
type Security string

// The choices.
const (
	StartTLS Security = "starttls" // the server must offer it
	TLS      Security = "tls"
	Clear    Security = "none"
)

// Options say where mail goes, and how.
type Options struct {
	Name     string
	Address  string // host:port of the server
	Security Security
	TLS      *tls.Config // nil: the system's authorities
	User     string      // "": no login
	Password secret.Secret
	From     string
	To       []string
	Location *time.Location // of the times in a mail

	// Picture returns a PNG of an alarm, nil when there is none. May be nil.
	Picture func(*klaxon.Alarm) []byte
}

// Sink sends a mail for each batch. Use New.
type Sink struct {
	o      Options
	host   string
	closed bool
}

// New returns a sink. It calls nobody.
func New(o Options) (*Sink, error) {
	host, _, err := net.SplitHostPort(o.Address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("mail %s: %w", o.Name, err)
	case o.User != "" && o.Security == Clear:
		return nil, fmt.Errorf("mail %s: a password is not sent in clear", o.Name)
	case len(o.To) == 0:
		return nil, fmt.Errorf("mail %s: nobody to send to", o.Name)
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	return &Sink{o: o, host: host}, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.o.Name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(patience, s.Deliver, batch)
}

// Deliver sends one mail. The server's word counts: the batch is out when it took
// the mail, and refused when it says that of the text for good. Anything else, a
// wrong password too, may be mended.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	c, err := s.connect(ctx)
	if err != nil {
		return 0, s.failure(ctx, err)
	}
	defer c.close()
	missed, err := s.envelope(c)
	if err != nil {
		return 0, s.failure(ctx, err)
	}
	if err := c.data(s.compose(batch, missed, time.Now())); err != nil {
		var said *textproto.Error
		if errors.As(err, &said) && said.Code >= 500 {
			return 0, &klaxon.Refusal{Count: len(batch), Err: s.failure(ctx, err)}
		}
		return 0, s.failure(ctx, err)
	}
	c.quit()
	return len(batch), nil
}

// failure names the server, and the deadline where that is what it was.
func (s *Sink) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("mail by %s: %w", s.o.Address, err)
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	return nil
}
