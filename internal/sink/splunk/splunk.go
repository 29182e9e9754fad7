// Package splunk writes records to a Splunk HTTP Event Collector.
package splunk

import (
	"context"
	"crypto/tls"
	"encoding/json"
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

// Our own choices.
const (
	// maxBody bounds one request; a collector takes 1 MB where nobody raised
	// its limit (maxcontentlength).
	maxBody = 800 << 10

	hostCap = 253
)

// Options say where records go, and how.
type Options struct {
	Name         string
	URL          secret.Secret // of the collector, without path
	AllowPrivate bool
	TLS          *tls.Config
	Token        secret.Secret
	Index        string // "" for the token's own

	// Format writes a record; nil: our own JSON.
	Format func([]byte, klaxon.Record) []byte
}

// Sink writes to one collector. Use New.
type Sink struct {
	name   string
	index  string
	http   *outbound.HTTP
	header http.Header
	format func([]byte, klaxon.Record) []byte
	closed bool
}

// New returns a sink. It calls nobody.
func New(o Options) (*Sink, error) {
	h, err := outbound.NewHTTP(o.URL, o.TLS, o.AllowPrivate)
	if err != nil {
		return nil, fmt.Errorf("splunk %s: %w", o.Name, err)
	}
	s := &Sink{name: o.Name, index: o.Index, http: h, format: o.Format, header: http.Header{
		"Authorization": {"Splunk " + o.Token.Reveal()}, "Content-Type": {"application/json"}}}
	if s.format == nil {
		s.format = render.AppendJSON
	}
	return s, nil
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return outbound.Emit(outbound.Patience, s.Deliver, batch)
}

// Deliver writes the batch, in requests that a collector takes. One that was
// called malformed is sent again record by record: a collector does not say what
// it kept of it, and better twice than never.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (out int, err error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.name, os.ErrClosed)
	}
	for out < len(batch) {
		body, n := outbound.Fill(batch[out:], maxBody, s.event)
		verdict, err := s.post(ctx, body)
		switch {
		case verdict == outbound.Refused && n > 1:
			if n, err = s.singly(ctx, batch[out:out+n]); err != nil {
				return out + n, err
			}
		case verdict != outbound.Taken:
			return out, refusal(verdict, err)
		}
		out += n
	}
	return out, nil
}

// singly sends each record by itself.
func (s *Sink) singly(ctx context.Context, batch []klaxon.Record) (int, error) {
	for i := range batch {
		if verdict, err := s.post(ctx, s.event(nil, batch[i])); verdict != outbound.Taken {
			return i, refusal(verdict, err)
		}
	}
	return len(batch), nil
}

func refusal(v outbound.Verdict, err error) error {
	if v == outbound.Refused {
		return &klaxon.Refusal{Count: 1, Err: err}
	}
	return err
}

// post sends a body. A collector says 200 with a code: only 0 is a receipt.
func (s *Sink) post(ctx context.Context, body []byte) (outbound.Verdict, error) {
	reply, err := s.http.Call(ctx, http.MethodPost, "services/collector/event", s.header, body)
	if err != nil {
		return outbound.Later, err
	}
	var said struct {
		Code *int `json:"code"`
	}
	coded := json.Unmarshal(reply.Body, &said) == nil && said.Code != nil
	v := reply.Judge()
	switch {
	case v == outbound.Taken && coded && *said.Code == 0:
		return outbound.Taken, nil
	case v == outbound.Refused && (reply.Status == http.StatusRequestEntityTooLarge || coded && ofTheEvent(*said.Code)):
		return outbound.Refused, s.http.Err(&reply)
	}
	return outbound.Later, s.http.Err(&reply)
}

// ofTheEvent tells whether a code judges what was sent. The others that come with a
// status of 400 are about index, channel or token: for the operator to mend, and until
// then records wait. The codes are those of Splunk's "Troubleshoot HTTP Event
// Collector": no data, invalid data format, no event, an empty event, indexed fields.
func ofTheEvent(code int) bool {
	switch code {
	case 5, 6, 12, 13, 15:
		return true
	}
	return false
}

func (s *Sink) event(dst []byte, r klaxon.Record) []byte {
	sensor, at := origin(r)
	dst = append(dst, `{"time":`...)
	dst = strconv.AppendInt(dst, max(at.Unix(), 0), 10)
	dst = append(dst, '.')
	dst = append(dst, strconv.Itoa(1000 + at.Nanosecond()/int(time.Millisecond))[1:]...)
	dst = append(dst, `,"host":"`...)
	// A token needs no escapes but the backslash of its own.
	for _, c := range render.AppendToken(nil, []byte(sensor), hostCap) {
		if c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	dst = append(dst, `","source":"klaxon","sourcetype":"klaxon"`...)
	if s.index != "" {
		dst = append(dst, `,"index":`...)
		dst = strconv.AppendQuoteToASCII(dst, s.index)
	}
	dst = append(dst, `,"event":`...)
	text := s.format(nil, r)
	if len(text) == 0 || text[0] != '{' {
		quoted, _ := json.Marshal(string(text)) // a string always can be
		text = quoted
	}
	return append(append(dst, text...), "}\n"...)
}

func origin(r klaxon.Record) (sensor string, at time.Time) {
	switch r := r.(type) {
	case *klaxon.Touch:
		return r.Sensor, r.Time
	case *klaxon.Alarm:
		return r.Sensor, r.Time
	case *klaxon.Health:
		return r.Sensor, r.Time
	}
	return "", time.Time{}
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.closed = true
	s.http.Close()
	return nil
}
