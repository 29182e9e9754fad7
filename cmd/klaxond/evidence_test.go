package main

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/store"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

// TestLeaf: what is kept of an alarm reads as a capture file, and the most that
// it can be fits in the store.
func TestLeaf(t *testing.T) {
	l := leaf{ifaces: []capture.Interface{{Name: "eth0", Drops: 7}}}
	for i := range evidence.FramesMax {
		l.frames = append(l.frames, evidence.Frame{At: int64(i), Length: 1500, Data: bytes.Repeat([]byte{byte(i)}, evidence.DataMax)})
	}
	data, err := l.file("tocsin seed=1")
	if err != nil || len(data) > store.EvidenceMax {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	r, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || f.Time != int64(n) || f.Length != 1500 || len(f.Data) != evidence.DataMax || f.Data[0] != byte(n) {
			t.Fatalf("frame %d: %+v, %v", n, f, err)
		}
	}
	if n != evidence.FramesMax || r.Comment() != "tocsin seed=1" {
		t.Errorf("%d frames, comment %q", n, r.Comment())
	}
}

// TestConfess: what was not kept is told, with its count, once a minute.
func TestConfess(t *testing.T) {
	var told []uint64
	w := &witness{tell: func(h klaxon.Health) { told = append(told, h.Count) }}
	now := time.Unix(1_800_000_000, 0)
	w.confess(now)
	for range 3 {
		w.lost += 2
		w.confess(now)
		now = now.Add(40 * time.Second)
	}
	if len(told) != 2 || told[0] != 2 || told[1] != 4 {
		t.Errorf("told %v, want 2 at once and 4 after a minute", told)
	}
}

// TestSaveFails: a store that fails is told once, and what comes when it is well
// again is kept.
func TestSaveFails(t *testing.T) {
	var kept, told int
	fails := 2
	w := &witness{
		tell: func(klaxon.Health) { told++ }, queue: make(chan leaf, 4), done: make(chan struct{}),
		save: func(string, []byte) error {
			if fails > 0 {
				fails--
				return errors.New("no room")
			}
			kept++
			return nil
		},
	}
	for range 4 {
		w.queue <- leaf{alarm: "a"}
	}
	go w.run()
	w.close()
	if kept != 2 || told != 1 {
		t.Errorf("kept %d, told %d", kept, told)
	}
}

// TestOwnCallsAreNoEvidence: what klaxond sends to an output on this host is no part of
// an alarm of whoever scans from there.
func TestOwnCallsAreNoEvidence(t *testing.T) {
	const trap, output = 1080, 6514
	home := netip.MustParseAddr("127.0.0.1")
	w := &witness{
		frames: evidence.New(1), kept: map[string]bool{}, queue: make(chan leaf, 1), told: time.Now(),
		own: track.OwnCalls{{Transport: klaxon.TCP, At: netip.AddrPortFrom(home, output)}},
	}
	for i, port := range []uint16{trap, output, trap + 1} {
		p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 64, Flags: decode.SYN, SrcPort: 40000 + uint16(i), DstPort: port, Seq: uint32(i)}
		copy(p.Src[:], home.AsSlice())
		p.Dst = p.Src
		w.Packet(&p, &capture.Frame{Time: int64(i), Length: 60, Data: []byte{byte(port >> 8), byte(port)}})
	}
	a := &klaxon.Alarm{ID: "a", Event: klaxon.EventOpen, Scan: klaxon.Scan{Source: klaxon.Endpoint{Addr: home}, Shape: klaxon.ShapeVertical}}
	w.Alarm(a, nil)
	close(w.queue)
	var got []uint16
	for l := range w.queue {
		for _, f := range l.frames {
			got = append(got, uint16(f.Data[0])<<8|uint16(f.Data[1]))
		}
	}
	if !slices.Equal(got, []uint16{trap, trap + 1}) {
		t.Errorf("kept of ports %v", got)
	}
}
