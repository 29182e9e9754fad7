package main

import (
	"io"
	"os"
	"time"

	"klaxon/internal/sink"
	"klaxon/internal/syslog"
)

// openSinks opens where alarms go.
func (s *session) openSinks() error {
	s.cfg.Failed = s.failed
	if s.json {
		out, err := sink.NewJSON("/dev/stdout")
		if err != nil {
			return err
		}
		s.cfg.Sinks = append(s.cfg.Sinks, out)
	} else {
		out := s.progress.around(s.stdout)
		s.cfg.Sinks = append(s.cfg.Sinks, sink.NewTerminal(out, time.Local, colored(s.stdout)))
	}
	if s.syslog {
		w, err := syslog.Open("tocsin")
		if err != nil {
			s.note("no syslog daemon yet (%v)", err)
		}
		s.cfg.Sinks = append(s.cfg.Sinks, sink.NewSyslog(w))
	}
	return nil
}

func colored(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
