package main

import (
	"bytes"
	"context"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/plot"
	"klaxon/internal/watch/capture"
)

// Our own bounds of a picture in a mail.
const (
	picturePatience = 2 * time.Second
	pictureFrames   = 4096 // evidence has 64
)

// picture is a PNG of the packets of an alarm that are kept, nil where there are
// none: with nothing but traps, or with no store.
func (d *daemon) picture(a *klaxon.Alarm) []byte {
	if d.keeper == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), picturePatience)
	defer cancel()
	data, err := d.keeper.Evidence(ctx, a.ID)
	if err != nil {
		return nil
	}
	return drawAlarm(data, a)
}

func drawAlarm(data []byte, a *klaxon.Alarm) []byte {
	in, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	p := plot.New(plot.Options{Title: "alarm " + a.ID})
	p.Alarm(a)
	var dec decode.Decoder
	var packet decode.Packet
	drawn := 0
	for range pictureFrames {
		f, err := in.Next()
		if err != nil {
			break
		}
		if dec.Decode(f.Link, f.Data, f.Length, &packet) != decode.Decoded {
			continue
		}
		if pt, ok := plot.PointOf(f.Time, &packet); ok && sentBy(a, pt.Source) {
			p.Add(pt)
			drawn++
		}
	}
	var out bytes.Buffer
	if drawn == 0 || p.WritePNG(&out) != nil {
		return nil
	}
	return out.Bytes()
}

func sentBy(a *klaxon.Alarm, addr netip.Addr) bool {
	if a.Source.Addr.WithZone("") == addr {
		return true
	}
	for _, s := range a.Sources {
		if s.WithZone("") == addr {
			return true
		}
	}
	return false
}
