package main

import (
	"errors"
	"strings"

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
	s.settings.Gateways = gateways()
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

// listening says where: `eth0 (10.9.0.1/24, fd00:9::1/64) and lo (…)`.
func (s *session) listening() string {
	var list []string
	for _, in := range s.live.Interfaces() {
		var addrs []string
		for _, a := range in.Addrs {
			addrs = append(addrs, a.String())
		}
		text := in.Name
		if len(addrs) > 0 {
			text += " (" + strings.Join(addrs, ", ") + ")"
		}
		list = append(list, text)
	}
	return join(list)
}

// join lists words as a person does.
func join(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
