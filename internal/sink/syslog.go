package sink

import (
	"time"

	"klaxon"
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
	s.buf = AppendLine(s.buf[:0], r)
	if len(s.buf) == 0 {
		return nil
	}
	when, severity := time.Time{}, severityNotice
	switch r := opened(r).(type) {
	case *klaxon.Touch:
		when = r.Time
	case *klaxon.Alarm:
		when = r.Time
	case *klaxon.Health:
		when, severity = r.Time, severityWarning
	}
	return s.w.Write(severity, when, s.buf)
}

// Close implements klaxon.Sink.
func (s *Syslog) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.w.Close()
}
