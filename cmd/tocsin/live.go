package main

import (
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
	s.cfg.Source = wire.NewLive(c, packet.GoOn(len(c.Interfaces()), func(err error) { s.note("%v", err) }))
	return nil
}
