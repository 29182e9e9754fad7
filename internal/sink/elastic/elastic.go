package elastic

import (
	"bytes"
	"context"
	"crypto/tls"
	_ "embed" // of the templates
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/outbound"
	"klaxon/internal/render"
	"klaxon/internal/secret"
)

//go:embed template.json
var ourTemplate []byte

//go:embed plain.json
var plainTemplate []byte

// Options say where records go, and how.
type Options struct {
	Name         string
	URL          secret.Secret
	AllowPrivate bool
	TLS          *tls.Config
	Index        string        // "klaxon" when ""
	Token        secret.Secret // an API key, as Kibana shows it encoded; or
	User         string
	Password     secret.Secret

	// Format writes a record as a JSON object; nil: our own.
	Format func([]byte, klaxon.Record) []byte
}

// Sink writes to one cluster. Use New.
type Sink struct {
	name   string
	index  string
	http   *outbound.HTTP
	header http.Header
	format func([]byte, klaxon.Record) []byte
	mapped []byte // the index template, nil once it is there
	closed bool
}

// New returns a sink. It calls nobody.
func New(o Options) (*Sink, error) {
	h, err := outbound.NewHTTP(o.URL, o.TLS, o.AllowPrivate)
	if err != nil {
		return nil, fmt.Errorf("elastic %s: %w", o.Name, err)
	}
	s := &Sink{name: o.Name, index: o.Index, http: h, header: http.Header{}, format: o.Format, mapped: plainTemplate}
	if s.index == "" {
		s.index = "klaxon"
	}
	if s.format == nil {
		s.format, s.mapped = render.AppendJSON, ourTemplate
	}
	s.mapped = bytes.ReplaceAll(s.mapped, []byte("INDEX"), []byte(s.index))
	switch {
	case o.Token.Set():
		s.header.Set("Authorization", "ApiKey "+o.Token.Reveal())
	case o.User != "":
		s.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(o.User+":"+o.Password.Reveal())))
	}
	return s, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(outbound.Patience, s.Deliver, batch)
}

// Deliver writes the batch, in requests of a few megabytes.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (out int, err error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.name, os.ErrClosed)
	}
	if err := s.putTemplate(ctx); err != nil {
		return 0, err
	}
	most := len(batch) // documents of one request
	for out < len(batch) {
		body, n := outbound.Fill(batch[out:min(out+most, len(batch))], maxBody, s.document)
		taken, err := s.post(ctx, body, n)
		switch {
		case errors.Is(err, errUnread) && n > 1:
			// One of them is malformed, or all are too large for a proxy on the way: the
			// half of them may not be.
			most = n / 2
			continue
		case errors.Is(err, errUnread):
			return out, &klaxon.Refusal{Count: 1, Err: err}
		}
		if out += taken; err != nil {
			return out, err
		}
		most *= 2
	}
	return out, nil
}

// putTemplate puts the index template there, once: the first record decides what
// its fields are.
func (s *Sink) putTemplate(ctx context.Context) error {
	if s.mapped == nil {
		return nil
	}
	reply, err := s.http.Call(ctx, http.MethodPut, "_index_template/"+s.index, s.typed("application/json"), s.mapped)
	if err != nil {
		return err
	}
	if reply.Judge() != outbound.Taken {
		return fmt.Errorf("put the index template: %w", s.http.Err(&reply))
	}
	s.mapped = nil
	return nil
}

func (s *Sink) typed(kind string) http.Header {
	h := s.header.Clone()
	h.Set("Content-Type", kind)
	return h
}

func (s *Sink) document(dst []byte, r klaxon.Record) []byte {
	kind, id, boot, seq, at := place(r)
	dst = append(dst, `{"create":{"_index":"`...)
	dst = append(dst, s.index...)
	if y := at.UTC().Year(); at.IsZero() || y < 1970 || y > 9999 {
		at = time.Unix(0, 0)
	}
	dst = at.UTC().AppendFormat(dst, "-2006.01")
	dst = append(dst, `","_id":"`...)
	dst = append(append(dst, kind...), '-')
	dst = appendWord(dst, id)
	dst = append(dst, '-')
	dst = appendWord(dst, boot)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, seq, 10)
	dst = append(dst, "\"}}\n"...)
	return append(s.format(dst, r), '\n')
}

func place(r klaxon.Record) (kind, id, boot string, seq uint64, at time.Time) {
	switch r := r.(type) {
	case *klaxon.Touch:
		return "touch", r.ID, r.Boot, r.Seq, r.Time
	case *klaxon.Alarm:
		return "alarm", r.ID, r.Boot, r.Seq, r.Time
	case *klaxon.Health:
		return "health", r.ID, r.Boot, r.Seq, r.Time
	}
	return "unknown", "", "", 0, time.Time{}
}

// appendWord leaves out what would have to be escaped: ids are ours, but a record
// handed over by another process need not be honest.
func appendWord(dst []byte, s string) []byte {
	for _, c := range []byte(s[:min(len(s), 64)]) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			dst = append(dst, c)
		}
	}
	return dst
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.http.Close()
	return nil
}
