package main

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/plot"
	"klaxon/internal/watch/capture"
)

// spot is one packet or touch of a chart or picture.
type spot struct {
	plot.Point
	transport klaxon.Transport // 0 in the bands without ports
}

// touchSpot is the spot of a touch.
func touchSpot(t *klaxon.Touch) spot {
	return spot{plot.Point{Time: t.Time.UnixNano(), Source: t.Source.Addr, Port: t.Target.Port}, t.Transport}
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
	talks := map[talk]bool{}
	for range framesMax {
		f, err := in.Next()
		if err != nil {
			break
		}
		if d.Decode(f.Link, f.Data, f.Length, &p) != decode.Decoded {
			continue
		}
		if s, ok := spotOf(f.Time, &p); ok && sources[s.Source] && !follows(talks, &p) {
			list = append(list, s)
		}
	}
	return list
}

// merged adds touches to packets, but for those whose packets are there.
func merged(packets, touches []spot) []spot {
	const near = int64(time.Second)
	type place struct {
		transport klaxon.Transport
		port      uint16
	}
	at := map[place][]int64{}
	for _, s := range packets {
		p := place{s.transport, s.Port}
		at[p] = append(at[p], s.Time)
	}
	out := slices.Clone(packets)
	for _, s := range touches {
		p := place{s.transport, s.Port}
		i := slices.IndexFunc(at[p], func(t int64) bool { return t-s.Time < near && s.Time-t < near })
		if i < 0 {
			out = append(out, s)
			continue
		}
		at[p] = slices.Delete(at[p], i, i+1) // each packet stands for one touch
	}
	return out
}

// talk is a connection or exchange of datagrams.
type talk struct {
	src, dst   [16]byte
	from, port uint16
}

// follows tells whether a packet goes on with what an earlier one began, in either
// direction: it is no probe of its own. Over loopback both ends are the source.
func follows(talks map[talk]bool, p *decode.Packet) bool {
	if p.Kind != decode.KindTCP && p.Kind != decode.KindUDP && p.Kind != decode.KindSCTP {
		return false
	}
	t, back := talk{p.Src, p.Dst, p.SrcPort, p.DstPort}, talk{p.Dst, p.Src, p.DstPort, p.SrcPort}
	if talks[t] || talks[back] {
		return true
	}
	talks[t] = true
	return false
}

func spotOf(at int64, p *decode.Packet) (s spot, ok bool) {
	s.Point, ok = plot.PointOf(at, p)
	switch p.Kind {
	case decode.KindTCP:
		s.transport = klaxon.TCP
	case decode.KindUDP:
		s.transport = klaxon.UDP
	case decode.KindSCTP:
		s.transport = klaxon.SCTP
	}
	return s, ok
}

var errPicture = errors.New("nothing is kept that could be drawn: neither packets nor touches of this alarm")

// writePlot draws an alarm.
func (q *question) writePlot(name string, f *file) error {
	if len(f.spots) == 0 {
		return errPicture
	}
	p := plot.New(plot.Options{Title: "alarm " + f.last.ID})
	for _, a := range f.records {
		p.Alarm(a)
	}
	addSpots(p, f.spots)
	return q.writeFile(name, func(w io.Writer) error { return p.WriteAs(name, w) })
}

func addSpots(p *plot.Plot, list []spot) {
	for _, s := range list {
		p.Add(s.Point)
	}
}
