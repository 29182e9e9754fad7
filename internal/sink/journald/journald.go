// Package journald writes to systemd's journal in its own protocol (systemd,
// "Native Journal Protocol"): a datagram a record, with fields that journalctl can
// filter by.
package journald

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Socket is where the journal listens.
const Socket = "/run/systemd/journal/socket"

// patience bounds one call: the journal reads at once, or is in trouble.
const patience = 2 * time.Second

// Options say where records go, and how.
type Options struct {
	Name   string
	Path   string                             // "" for Socket
	Format func([]byte, klaxon.Record) []byte // the message; what makes nothing is left out
}

// Sink writes to one journal. Use New.
type Sink struct {
	o      Options
	conn   net.Conn // nil when there is none
	text   []byte
	buf    []byte
	closed bool
}

// New returns a sink. It calls nobody.
func New(o Options) *Sink {
	if o.Path == "" {
		o.Path = Socket
	}
	return &Sink{o: o}
}

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.o.Name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	return s.Deliver(context.Background(), batch)
}

// Deliver writes a datagram for each record.
func (s *Sink) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for i, r := range batch {
		if err := s.write(ctx, r); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

func (s *Sink) write(ctx context.Context, r klaxon.Record) (err error) {
	if s.text = s.o.Format(s.text[:0], r); len(s.text) == 0 {
		return nil
	}
	if s.conn == nil {
		var d net.Dialer
		if s.conn, err = d.DialContext(ctx, "unixgram", s.o.Path); err != nil {
			return fmt.Errorf("write to the journal: %w", err)
		}
	}
	deadline, _ := ctx.Deadline()
	s.conn.SetDeadline(deadline)
	s.buf = appendEntry(s.buf[:0], r, s.text)
	_, err = s.conn.Write(s.buf)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EMSGSIZE):
		return &klaxon.Refusal{Count: 1, Err: fmt.Errorf("write to the journal: a record of %d bytes is too long: %w", len(s.buf), err)}
	}
	s.disconnect() // a journal that was restarted has another socket
	return fmt.Errorf("write to the journal: %w", err)
}

// appendEntry appends an entry, a field a line: no value holds an end of line, for
// each is of package render.
func appendEntry(dst []byte, r klaxon.Record, message []byte) []byte {
	field := func(name string, value []byte) {
		if len(value) > 0 {
			dst = append(append(append(append(dst, name...), '='), value...), '\n')
		}
	}
	word := func(s string) []byte { return render.AppendToken(nil, []byte(s), 64) }
	number := func(n uint64) []byte { return strconv.AppendUint(nil, n, 10) }
	field("MESSAGE", message)
	field("SYSLOG_FACILITY", []byte("4")) // auth
	field("SYSLOG_IDENTIFIER", []byte("klaxon"))
	switch r := r.(type) {
	case *klaxon.Touch:
		field("PRIORITY", []byte("5"))
		field("KLAXON_TYPE", []byte("touch"))
		field("KLAXON_ID", word(r.ID))
		field("KLAXON_SEQ", number(r.Seq))
		field("KLAXON_SOURCE", address(r.Source))
	case *klaxon.Alarm:
		field("PRIORITY", []byte{priority(r)})
		field("KLAXON_TYPE", []byte("alarm"))
		field("KLAXON_ID", word(r.ID))
		field("KLAXON_SEQ", number(r.Seq))
		field("KLAXON_SOURCE", address(r.Source))
		field("KLAXON_EVENT", word(string(r.Event)))
		field("KLAXON_SEVERITY", number(uint64(max(r.Severity, 0))))
		field("KLAXON_CONFIDENCE", word(r.Confidence.String()))
	case *klaxon.Health:
		field("PRIORITY", []byte{priorityOfHealth(r)})
		field("KLAXON_TYPE", []byte("health"))
		field("KLAXON_ID", word(r.ID))
		field("KLAXON_SEQ", number(r.Seq))
		field("KLAXON_WHAT", word(string(r.What)))
	}
	return dst
}

func address(e klaxon.Endpoint) []byte {
	if !e.Addr.IsValid() {
		return nil
	}
	return e.Addr.Unmap().WithZone("").AppendTo(nil)
}

// priorityOfHealth is critical where klaxond does not detect: nobody would be told of
// anything.
func priorityOfHealth(h *klaxon.Health) byte {
	if h.What == klaxon.HealthSilence && h.Count > 0 {
		return '2'
	}
	return '4'
}

// priority maps severity on those of syslog; what is over is no news, and a drill is
// none.
func priority(a *klaxon.Alarm) byte {
	if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract || slices.Contains(a.Marks, klaxon.MarkDrill) {
		return '6'
	}
	return "665432"[min(max(a.Severity, 0), 5)]
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
