package main

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/plot"
	"klaxon/internal/watch/capture"
)

// spot is one packet or touch of a chart or picture.
type spot struct {
	at        int64
	src       netip.Addr
	band      plot.Band
	transport klaxon.Transport
	port      uint16
}

// framesMax bounds what is read of evidence, which has 64.
const framesMax = 4096

// spotsIn are the probes among the packets of an alarm: what its sources sent.
// What cannot be read is left out: the file itself can be written and looked at.
func spotsIn(data []byte, a *klaxon.Alarm) (list []spot) {
	in, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	sources := map[netip.Addr]bool{a.Source.Addr.WithZone(""): true}
	for _, s := range a.Sources {
		sources[s.WithZone("")] = true
	}
	var d decode.Decoder
	var p decode.Packet
	for range framesMax {
		f, err := in.Next()
		if err != nil {
			break
		}
		if d.Decode(f.Link, f.Data, f.Length, &p) != decode.Decoded {
			continue
		}
		if s, ok := spotOf(&p); ok && sources[s.src] {
			s.at = f.Time
			list = append(list, s)
		}
	}
	return list
}

func spotOf(p *decode.Packet) (s spot, ok bool) {
	s = spot{port: p.DstPort, src: netip.AddrFrom4([4]byte(p.Src[:4]))}
	if p.V6 {
		s.src = netip.AddrFrom16(p.Src).Unmap()
	}
	switch p.Kind {
	case decode.KindTCP:
		// Answers are no probes; over loopback they have the source's address.
		if p.Flags&decode.RST != 0 || p.Flags&(decode.SYN|decode.ACK) == decode.SYN|decode.ACK {
			return s, false
		}
		s.transport = klaxon.TCP
	case decode.KindUDP:
		s.transport = klaxon.UDP
	case decode.KindSCTP:
		s.transport = klaxon.SCTP
	case decode.KindICMP, decode.KindICMPv6:
		s.band = plot.ICMP
	case decode.KindARP:
		s.band = plot.Neighbour
	case decode.KindIP:
		s.band = plot.Protocol
	default:
		return s, false
	}
	return s, true
}

var errPicture = errors.New("nothing is kept that could be drawn: neither packets nor touches of this alarm")

// isPicture tells names that say in which form a picture is wanted.
func isPicture(name string) bool {
	return strings.HasSuffix(name, ".svg") || strings.HasSuffix(name, ".png")
}

// writePlot draws an alarm.
func writePlot(name string, f *file) error {
	if len(f.spots) == 0 {
		return errPicture
	}
	p := plot.New(plot.Options{Title: "alarm " + f.last.ID})
	for _, a := range f.records {
		p.Alarm(a)
	}
	addSpots(p, f.spots)
	return writeFile(name, func(w io.Writer) error {
		if strings.HasSuffix(name, ".png") {
			return p.WritePNG(w)
		}
		return p.WriteSVG(w)
	})
}

func addSpots(p *plot.Plot, list []spot) {
	for _, s := range list {
		p.Add(plot.Point{Time: s.at, Source: s.src, Band: s.band, Port: s.port})
	}
}
