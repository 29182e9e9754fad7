package sink

import (
	"bytes"
	"io"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Terminal tells a person, one line a record. Use NewTerminal.
type Terminal struct {
	w      io.Writer
	loc    *time.Location
	color  bool
	buf    []byte
	closed bool
}

// NewTerminal returns a sink that writes to w with times in loc. The caller
// decides about colour: only on a terminal, and never with NO_COLOR.
func NewTerminal(w io.Writer, loc *time.Location, color bool) *Terminal {
	return &Terminal{w: w, loc: loc, color: color}
}

// Name implements klaxon.Sink.
func (*Terminal) Name() string { return "terminal" }

// Emit implements klaxon.Sink. What is out when a write fails is counted by its
// newlines, since a record is one line.
func (s *Terminal) Emit(batch []klaxon.Record) (int, error) {
	if s.closed {
		return 0, errClosed("terminal")
	}
	s.buf = s.buf[:0]
	for _, r := range batch {
		on := s.colorOf(r)
		s.buf = append(s.buf, on...)
		s.buf = render.AppendHuman(s.buf, opened(r), s.loc)
		if on != "" {
			s.buf = append(s.buf, sgrReset...)
		}
		s.buf = append(s.buf, '\n')
	}
	if n, err := s.w.Write(s.buf); err != nil {
		return bytes.Count(s.buf[:n], []byte{'\n'}), err
	}
	return len(batch), nil
}

// Close implements klaxon.Sink. It leaves the writer open, which is the
// program's own.
func (s *Terminal) Close() error {
	s.closed = true
	return nil
}

// Select Graphic Rendition (ECMA-48 section 8.3.117), the only control bytes
// that ever go to a terminal; none of them comes from a record.
const (
	sgrAlarm  = "\x1b[1;31m" // bold red
	sgrRed    = "\x1b[31m"
	sgrYellow = "\x1b[33m"
	sgrDim    = "\x1b[2m"
	sgrReset  = "\x1b[0m"
)

func (s *Terminal) colorOf(r klaxon.Record) string {
	if !s.color {
		return ""
	}
	switch r := r.(type) {
	case *klaxon.Touch:
		return colorOfTouch(r)
	case *klaxon.Alarm:
		return colorOfAlarm(r)
	}
	return ""
}

func colorOfTouch(t *klaxon.Touch) string {
	switch t.Zone {
	case klaxon.ZoneInside:
		return sgrRed
	case klaxon.ZoneLoopback:
		return sgrDim
	}
	return sgrYellow
}

// colorOfAlarm is the severity; what is over needs nobody's eye.
func colorOfAlarm(a *klaxon.Alarm) string {
	switch {
	case a.Event == klaxon.EventClose, a.Event == klaxon.EventRetract, a.Severity <= 1:
		return sgrDim
	case a.Severity == 2:
		return ""
	case a.Severity == 3:
		return sgrYellow
	case a.Severity == 4:
		return sgrRed
	}
	return sgrAlarm
}
