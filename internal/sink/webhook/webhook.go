package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"klaxon"
	"klaxon/internal/outbound"
	"klaxon/internal/render"
	"klaxon/internal/secret"
)

// Options say where records go, and how.
type Options struct {
	Name         string
	URL          secret.Secret
	AllowPrivate bool
	TLS          *tls.Config
	Template     string        // a name of Shipped, or a text; "" for our own JSON
	File         string        // that has the text, for what is said of it; may be ""
	Key          secret.Secret // signs the body; none: it is not signed
	Token        secret.Secret // what PagerDuty calls the routing key; for others sent as Authorization: Bearer

	// Format writes a record where there is no template; nil: our own JSON.
	Format func([]byte, klaxon.Record) []byte
}

// Sink posts to one URL. Use New.
type Sink struct {
	name   string
	http   *outbound.HTTP
	key    secret.Secret
	header http.Header
	body   func(klaxon.Record) ([]byte, error)
	closed bool
}

// New returns a sink. It tries the template on records of every kind: one that
// does not make JSON of them is refused.
func New(o Options) (*Sink, error) {
	h, err := outbound.NewHTTP(o.URL, o.TLS, o.AllowPrivate, o.Key, o.Token)
	if err != nil {
		return nil, err
	}
	s := &Sink{name: o.Name, http: h, key: o.Key, header: http.Header{"Content-Type": {"application/json"}}}
	format := o.Format
	if format == nil {
		format = render.AppendJSON
	}
	s.body = func(r klaxon.Record) ([]byte, error) { return format(nil, r), nil }
	if o.Template != "" {
		t, err := parse(o.File, o.Template, o.Token)
		if err != nil {
			return nil, err // which names the template
		}
		s.body = t.body
	}
	if o.Token.Set() && o.Template != pagerDuty {
		s.header.Set("Authorization", "Bearer "+o.Token.Reveal())
	}
	return s, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(outbound.Patience, s.Deliver, batch)
}

// Deliver posts one record after the other.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.name, os.ErrClosed)
	}
	for i, r := range batch {
		if err := s.post(ctx, r); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

func (s *Sink) post(ctx context.Context, r klaxon.Record) error {
	body, err := s.body(r)
	if err != nil {
		return &klaxon.Refusal{Count: 1, Err: err}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil // the template has nothing to say of it
	}
	reply, err := s.http.Call(ctx, http.MethodPost, "", s.sign(identity(r), body, time.Now()), body)
	if err != nil {
		return err
	}
	switch v := reply.Judge(); {
	case v == outbound.Taken:
		return nil
	case reply.Status == http.StatusRequestEntityTooLarge:
		return &klaxon.Refusal{Count: 1, Err: s.http.Err(&reply)}
	case v != outbound.Later:
		// A key that is wrong is called a malformed request by some.
		return &klaxon.Doubt{Err: s.http.Err(&reply)}
	}
	return s.http.Err(&reply)
}

// Mute tells whether the template has nothing to say of a record.
func (s *Sink) Mute(r klaxon.Record) bool {
	body, err := s.body(r)
	return err == nil && len(bytes.TrimSpace(body)) == 0
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.http.Close()
	return nil
}

// errBody is what a template is told that makes no JSON.
var errBody = errors.New("it makes something else than JSON")
