package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/render"
	"klaxon/internal/render/rendertest"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

const start = 1_700_000_000_000_000_000 // ns

// tcp makes an IPv4 packet with a TCP header and nothing else.
func tcp(from, to string, sport, dport uint16, seq, ack uint32, flags byte) []byte {
	b := make([]byte, 40)
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], 40)
	copy(b[12:], netip.MustParseAddr(from).AsSlice())
	copy(b[16:], netip.MustParseAddr(to).AsSlice())
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	binary.BigEndian.PutUint32(b[24:], seq)
	binary.BigEndian.PutUint32(b[28:], ack)
	b[32], b[33] = 0x50, flags
	binary.BigEndian.PutUint16(b[34:], 1024)
	return b
}

const (
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// scanned makes the probes of a raw half-open scan, which repeats its sequence
// number and port.
func scanned(from string, ports int) (list [][]byte) {
	for p := range ports {
		list = append(list, tcp(from, "10.0.0.1", 40000, uint16(1000+p), 77, 0, flagSYN))
	}
	return list
}

func frame(at int64, iface int, data []byte) capture.Frame {
	return capture.Frame{Time: at, Link: decode.LinkRaw, Interface: iface, Length: len(data), Data: data}
}

// written makes a pcapng file.
func written(t testing.TB, ifaces int, comment string, frames []capture.Frame) []byte {
	t.Helper()
	var out bytes.Buffer
	list := make([]capture.Interface, ifaces)
	for i := range list {
		list[i] = capture.Interface{Name: string(rune('a' + i)), Link: decode.LinkRaw}
	}
	w, err := capture.NewWriter(&out, list, comment)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if err := w.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lines is a sink that keeps the JSON line of each record.
type lines struct{ bytes.Buffer }

func (*lines) Name() string { return "lines" }
func (*lines) Close() error { return nil }
func (l *lines) Emit(batch []klaxon.Record) (int, error) {
	for _, r := range batch {
		l.Write(append(render.AppendJSON(nil, r), '\n'))
	}
	return len(batch), nil
}

func (l *lines) validate(t *testing.T) {
	t.Helper()
	for line := range bytes.Lines(l.Bytes()) {
		rendertest.Validate(t, line)
	}
}

// config is that of a small run.
func config(source Source, sinks ...klaxon.Sink) Config {
	return Config{Source: source, Sinks: sinks, Patient: true, Detect: detect.Config{
		Sensor: "gate", Floor: klaxon.Suspect, Track: track.Config{Memory: track.MinMemory, Seed: 7},
	}}
}

func open(t testing.TB, file []byte) *File {
	t.Helper()
	f, err := OpenFile(bytes.NewReader(file), true)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// replay runs a file and returns its JSON lines, and what it was recorded as.
func replay(t testing.TB, file []byte) (json, recording []byte, s Summary) {
	t.Helper()
	var out lines
	var again bytes.Buffer
	cfg := config(open(t, file), &out)
	var err error
	if cfg.Record, err = capture.NewWriter(&again, nil, Settings{Seed: 7}.Comment()); err != nil {
		t.Fatal(err)
	}
	if s, err = Run(context.Background(), cfg); err != nil || s.RecordErr != nil {
		t.Fatal(err, s.RecordErr)
	}
	return out.Bytes(), again.Bytes(), s
}

func sum(t decode.Tally) (n uint64) {
	for _, v := range t {
		n += v
	}
	return n
}

// empty is a source without a frame.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }
