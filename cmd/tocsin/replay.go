package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"klaxon/internal/pipeline/wire"
	"klaxon/internal/watch/packet"
)

func (s *session) inputName() string {
	if s.read == "-" {
		return "standard input"
	}
	return s.read
}

// openFile opens the capture to read.
func (s *session) openFile() (err error) {
	s.input = os.Stdin
	if s.read != "-" {
		if s.input, err = os.Open(s.read); err != nil {
			return fmt.Errorf("read capture: %w", err)
		}
	}
	if s.inputInfo, err = s.input.Stat(); err != nil {
		return fmt.Errorf("read capture: %w", err)
	}
	if s.inputInfo.IsDir() {
		return fmt.Errorf("read capture: %s is a directory", s.read)
	}
	s.progress = s.newProgress(s.inputInfo)
	return nil
}

// readHead reads the head of the capture and takes over what tocsin left in it.
func (s *session) readHead() (err error) {
	if s.input == nil {
		return nil
	}
	s.file, err = wire.OpenFile(s.input, s.inputInfo.Mode().IsRegular())
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s is empty, and no capture", s.inputName())
	case err != nil:
		return fmt.Errorf("%s: %w", s.inputName(), err)
	}
	s.settings, _ = wire.ParseComment(s.file.Comment())
	s.cfg.Source, s.cfg.Patient = s.file, true
	if len(s.filter.Extra) > 0 {
		if s.cfg.Filter, err = packet.Matcher(s.filter.Extra); err != nil {
			return fmt.Errorf("%s: %w", s.filterFile, err)
		}
	}
	return nil
}
