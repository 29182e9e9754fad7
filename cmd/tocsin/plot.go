package main

import (
	"errors"
	"fmt"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/plot"
)

// picture draws what the detector sees.
type picture struct{ plot *plot.Plot }

func (s *session) startPlot() error {
	if s.picture == nil {
		return nil
	}
	title := "live"
	if s.file != nil {
		title = s.inputName()
	}
	s.cfg.Observer = &picture{plot.New(plot.Options{Title: title, Seed: s.settings.Seed})}
	return nil
}

var errPicture = errors.New("-plot wants a file that ends in .svg or .png")

// draw fills the file of -plot.
func (s *session) draw() error {
	p, ok := s.cfg.Observer.(*picture)
	if !ok {
		return nil
	}
	if err := p.plot.WriteAs(s.plot, s.picture); err != nil {
		return fmt.Errorf("draw %s: %w", s.plot, err)
	}
	return nil
}

// Alarm implements wire.Observer.
func (p *picture) Alarm(a *klaxon.Alarm) { p.plot.Alarm(a) }

// Packet implements wire.Observer. Answers and data are left out: they would
// hide what somebody came for.
func (p *picture) Packet(at int64, d *decode.Packet) {
	if pt, ok := point(at, d); ok {
		p.plot.Add(pt)
	}
}

func point(at int64, d *decode.Packet) (plot.Point, bool) {
	pt, ok := plot.PointOf(at, d)
	if !ok || !asks(d) {
		return plot.Point{}, false
	}
	return pt, true
}

// asks tells a packet that comes for something.
func asks(d *decode.Packet) bool {
	switch d.Kind {
	case decode.KindTCP:
		answer := d.Flags&decode.RST != 0 || d.Flags&(decode.SYN|decode.ACK) == decode.SYN|decode.ACK
		return !answer && d.DataLen == 0
	case decode.KindICMP:
		return d.ICMPType == decode.ICMPEcho || d.ICMPType == decode.ICMPTimestamp || d.ICMPType == decode.ICMPMask
	case decode.KindICMPv6:
		return d.ICMPType == decode.ICMPv6Echo || d.ICMPType == decode.ICMPv6Solicit
	case decode.KindARP:
		return d.ARPOp == 1
	}
	return true
}
