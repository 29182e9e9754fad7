package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"klaxon/internal/pipeline/wire"
	"klaxon/internal/services"
	"klaxon/internal/watch/capture"
	"klaxon/internal/watch/packet"
)

// session is one tocsin from start to end. open opens what needs privilege and
// then gives it up; run reads the first hostile byte.
type session struct {
	options
	stdout, stderr io.Writer
	drop           func() error

	cfg       wire.Config
	settings  wire.Settings // what a recording keeps
	filter    packet.Config
	traps     []services.Trap // watched by name
	file      *wire.File      // nil when live
	live      *packet.Capture // nil when reading
	input     *os.File        // what is read; nil when live
	inputInfo os.FileInfo
	output    *os.File  // of -w; nil for none
	picture   *os.File  // of -plot; nil for none
	folder    *folder   // of -evidence; nil for none
	progress  *progress // nil for none
	stop      func()    // ends the run

	mu     sync.Mutex
	broken error // an output that failed
}

func (s *session) open() error {
	steps := []func() error{
		s.readFiles, s.openSource, s.createFiles, s.openEvidence, s.openSinks,
		s.drop, // a stranger wrote what is read from here on
		s.readHead, s.settle, s.startRecord, s.startPlot, s.startEvidence,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// readFiles reads what the command line names beside the source.
func (s *session) readFiles() (err error) {
	if s.cfg.Detect.Allow, err = readAllowed(s.allowFile); err != nil {
		return err
	}
	if err := readFilter(s.filterFile, &s.filter); err != nil {
		return err
	}
	s.cfg.Detect.Track.Watched, s.traps, err = watched(s.services)
	return err
}

func (s *session) openSource() error {
	if s.given["r"] {
		return s.openFile()
	}
	return s.openLive()
}

// settle decides what is not yet: what the user says, else what the recording
// that is read says, else what there is.
func (s *session) settle() error {
	if s.given["seed"] {
		s.settings.Seed = s.options.seed
	} else if !s.recorded() {
		var b [8]byte
		rand.Read(b[:]) // never fails, see crypto/rand
		s.settings.Seed = binary.BigEndian.Uint64(b[:])
	}
	if s.given["sensor"] {
		s.settings.Sensor = s.sensor
	} else if s.settings.Sensor == "" {
		s.settings.Sensor = hostname()
	}
	s.settings.Mirrors = s.settings.Mirrors || s.promiscuous
	s.settings.OneWay = s.settings.OneWay || s.oneWay

	s.cfg.Mirrors, s.cfg.Home = s.settings.Mirrors, s.home
	d := &s.cfg.Detect
	d.Sensor, d.Floor = s.settings.Sensor, s.floor
	d.Track.Memory, d.Track.Seed, d.Track.Dark = s.memory, s.settings.Seed, s.dark
	d.Track.OneWay, d.Track.Routers = s.settings.OneWay, s.settings.Gateways
	return nil
}

// recorded tells whether what is read is a recording of tocsin's.
func (s *session) recorded() bool {
	if s.file == nil {
		return false
	}
	_, ok := wire.ParseComment(s.file.Comment())
	return ok
}

func hostname() string {
	if name, err := os.Hostname(); err == nil && wire.SensorOK(name) {
		return name
	}
	return "localhost"
}

// createFiles makes the files that are written.
func (s *session) createFiles() (err error) {
	if s.write != "" {
		if s.output, err = create(s.write, s.input); err != nil {
			return err
		}
	}
	if s.plot != "" {
		s.picture, err = create(s.plot, s.input)
	}
	return err
}

func (s *session) startRecord() (err error) {
	if s.output != nil {
		s.cfg.Record, err = capture.NewWriter(s.output, nil, s.settings.Comment())
	}
	return err
}

// run watches until the source or ctx ends, and sums up.
func (s *session) run(ctx context.Context, stop context.CancelFunc) int {
	s.stop = stop
	s.greet()
	stopProgress := s.progress.start()
	summary, err := wire.Run(ctx, s.cfg)
	stopProgress()
	s.closeNotes(&summary)
	code := exitDone
	for _, err := range []error{s.sourceError(err), s.recordError(summary.RecordErr), s.broken, s.draw(), s.close()} {
		if err != nil {
			s.complain(err)
			code = exitUsage
		}
	}
	return code
}

func (s *session) sourceError(err error) error {
	if err != nil && s.file != nil {
		return fmt.Errorf("%s: %w", s.inputName(), err)
	}
	return err
}

func (s *session) recordError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is not whole: %w", s.write, err)
}

// failed is called when a sink begins to fail. A reader of ours that is gone, as
// head goes, is no error; but then there is nobody left to tell.
func (s *session) failed(sink string, err error) {
	gone := errors.Is(err, syscall.EPIPE)
	if !gone {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.broken = fmt.Errorf("output %s: %w", sink, err)
	}
	if sink != "syslog" && s.write == "" && !s.syslog {
		s.stop()
	}
}

func (s *session) close() error {
	var all []error
	for _, sink := range s.cfg.Sinks {
		all = append(all, sink.Close())
	}
	all = append(all, s.folder.close())
	if s.live != nil {
		all = append(all, s.live.Close())
	}
	for _, f := range []*os.File{s.input, s.output, s.picture} {
		if f != nil && f != os.Stdin {
			all = append(all, f.Close())
		}
	}
	return errors.Join(all...)
}
