package main

import (
	"errors"

	"klaxon/internal/pipeline/wire"
	"klaxon/internal/watch/packet"
)

// openLive opens the interfaces to listen on.
func (s *session) openLive() error {
	cfg := s.filter
	cfg.Interfaces, cfg.Promiscuous, cfg.Mirrors = s.interfaces, s.promiscuous, s.promiscuous
	c, err := packet.Open(cfg)
	if err != nil {
		return err
	}
	s.live = c
	s.settings.Gateways = packet.Gateways()
	s.cfg.Source = wire.NewLive(c, s.trouble())
	return nil
}

// trouble returns what decides about errors of the capture.
func (s *session) trouble() func(error) bool {
	gone := 0
	return func(err error) bool {
		switch {
		case errors.Is(err, packet.ErrIdle):
			return true
		case errors.Is(err, packet.ErrDown):
			s.note("%v", err)
			return true
		case errors.Is(err, packet.ErrGone):
			if gone++; gone < len(s.live.Interfaces()) {
				s.note("%v", err)
				return true
			}
		}
		return false
	}
}
