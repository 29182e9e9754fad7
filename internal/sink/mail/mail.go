package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
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
	Listed   int            // records that a mail lists, the gravest; 0: all

	// Picture returns a PNG of an alarm, nil when there is none. May be nil.
	Picture func(*klaxon.Alarm) []byte
}

// Sink sends a mail for each batch. Use New.
type Sink struct {
	o      Options
	host   string
	veil   *secret.Veil
	late   *late
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
	s := &Sink{o: o, host: host, veil: secret.NewVeil(o.Password)}
	s.late = newLate(s.again)
	return s, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.o.Name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(patience, s.Deliver, batch)
}

// Deliver sends one mail. The server's word counts: the batch is out when it took
// the mail. When it refuses the text for good that is a doubt: filters do so for one
// address or name in it, and of one record that is alone nothing but its number is
// sent then. Anything else, a wrong password too, may be mended. A receiver whom the
// server does not take yet gets the mail later.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	text := func(missed []string) []byte { return s.compose(batch, missed, time.Now()) }
	err := s.send(ctx, s.o.To, text)
	if errors.Is(err, errText) && len(batch) == 1 {
		err = s.send(ctx, s.o.To, func(missed []string) []byte { return s.bare(batch[0], missed, time.Now()) })
	}
	switch {
	case errors.Is(err, errText):
		return 0, &klaxon.Doubt{Err: s.failure(ctx, err)}
	case err != nil:
		return 0, s.failure(ctx, err)
	}
	return len(batch), nil
}

// send sends a mail to those that the server takes, and keeps it for those that it
// does not take yet.
func (s *Sink) send(ctx context.Context, to []string, text func(missed []string) []byte) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	r, err := s.envelope(c, to)
	if err != nil {
		return err
	}
	notes := s.late.given()
	mail := text(append(notes, r.missed...))
	if err := c.data(mail); err != nil {
		s.late.note(notes...)
		return err
	}
	c.quit()
	s.late.add(mail, r.later, time.Now())
	return nil
}

// failure names the server, and the deadline where that is what it was.
func (s *Sink) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("mail by %s: %w", s.o.Address, s.veil.Error(err))
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.late.close()
	return nil
}
