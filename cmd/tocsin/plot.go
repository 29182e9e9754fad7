package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

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

// isPicture tells names that say in which form a picture is wanted.
func isPicture(name string) bool {
	return strings.HasSuffix(name, ".svg") || strings.HasSuffix(name, ".png")
}

var errPicture = errors.New("-plot wants a file that ends in .svg or .png")

// draw fills the file of -plot.
func (s *session) draw() error {
	p, ok := s.cfg.Observer.(*picture)
	if !ok {
		return nil
	}
	write := p.plot.WriteSVG
	if strings.HasSuffix(s.plot, ".png") {
		write = p.plot.WritePNG
	}
	if err := write(s.picture); err != nil {
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

func point(at int64, d *decode.Packet) (pt plot.Point, ok bool) {
	pt = plot.Point{Time: at, Port: d.DstPort}
	switch d.Kind {
	case decode.KindTCP:
		answer := d.Flags&decode.RST != 0 || d.Flags&(decode.SYN|decode.ACK) == decode.SYN|decode.ACK
		ok = !answer && d.DataLen == 0
	case decode.KindUDP, decode.KindSCTP:
		ok = true
	case decode.KindICMP:
		pt.Band, ok = plot.ICMP, d.ICMPType == 8 || d.ICMPType == 13 || d.ICMPType == 17
	case decode.KindICMPv6:
		pt.Band, ok = plot.ICMP, d.ICMPType == 128
		if d.ICMPType == 135 {
			pt.Band, ok = plot.Neighbour, true
		}
	case decode.KindARP:
		pt.Band, ok = plot.Neighbour, d.ARPOp == 1
	case decode.KindIP:
		pt.Band, ok = plot.Protocol, true
	}
	if ok && d.V6 {
		pt.Source = netip.AddrFrom16(d.Src)
	} else if ok {
		pt.Source = netip.AddrFrom4([4]byte(d.Src[:4]))
	}
	return pt, ok
}
