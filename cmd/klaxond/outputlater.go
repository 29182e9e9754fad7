package main

import (
	"errors"
	"sync"

	"klaxon"
)

// later is the sink of an output that could not be opened: a secret that cannot be
// read, a template with a mistake. It is tried again with every delivery, so that it
// fails as one whose peer is away fails, and all others and detection go on. Safe
// for concurrent use.
type later struct {
	name string
	open func() (klaxon.Sink, error)

	mu   sync.Mutex
	sink klaxon.Sink // nil until it could be opened
	over bool
}

// errOver ends the tries of an output that was closed.
var errOver = errors.New("the output is closed")

// Name implements klaxon.Sink.
func (l *later) Name() string { return l.name }

// Emit implements klaxon.Sink.
func (l *later) Emit(batch []klaxon.Record) (int, error) {
	s, err := l.opened()
	if err != nil {
		return 0, err
	}
	return s.Emit(batch)
}

func (l *later) opened() (klaxon.Sink, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil, errOver
	}
	if l.sink == nil {
		s, err := l.open()
		if err != nil {
			return nil, err
		}
		l.sink = s
	}
	return l.sink, nil
}

// Reopen implements klaxon.Reopener.
func (l *later) Reopen() error {
	l.mu.Lock()
	s := l.sink
	l.mu.Unlock()
	if r, ok := s.(klaxon.Reopener); ok {
		return r.Reopen()
	}
	return nil
}

// Close implements klaxon.Sink.
func (l *later) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.sink == nil {
		return nil
	}
	return l.sink.Close()
}
