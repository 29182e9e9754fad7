package sink

import (
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Severities of the messages (RFC 5424 section 6.2.1).
const (
	severityWarning = 4
	severityNotice  = 5
)

// MessageWriter is a connection to a syslog daemon.
type MessageWriter interface {
	Write(severity int, when time.Time, msg []byte) error
	Close() error
}

// Syslog writes the frozen line of each alarm, and of a touch where that is what
// opened it. Touches that klaxon itself has written already are passed over. Use
// NewSyslog.
type Syslog struct {
	w      MessageWriter
	buf    []byte
	closed bool
}

// NewSyslog returns a sink that owns w.
func NewSyslog(w MessageWriter) *Syslog { return &Syslog{w: w} }

// Name implements klaxon.Sink.
func (*Syslog) Name() string { return "syslog" }

// Emit implements klaxon.Sink.
func (s *Syslog) Emit(batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, errClosed("syslog")
	}
	for i, r := range batch {
		if err := s.write(r); err != nil {
			return i, err
		}
	}
	return len(batch), nil
}

func (s *Syslog) write(r klaxon.Record) error {
	switch r := opened(r).(type) {
	case *klaxon.Touch:
		if r.Logged {
			return nil
		}
		s.buf = render.AppendTouchLine(s.buf[:0], r)
		return s.w.Write(severityNotice, r.Time, s.buf)
	case *klaxon.Alarm:
		s.buf = render.AppendAlarmLine(s.buf[:0], r)
		return s.w.Write(severityNotice, r.Time, s.buf)
	case *klaxon.Health:
		s.buf = append(s.buf[:0], "klaxond: "...)
		s.buf = render.AppendHealthText(s.buf, r, time.Local)
		return s.w.Write(severityWarning, r.Time, s.buf)
	}
	return nil
}

// Close implements klaxon.Sink.
func (s *Syslog) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.w.Close()
}
