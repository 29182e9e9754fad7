package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"klaxon/internal/decode"
)

// endian is what the builders of this file write in.
type endian interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var endians = []endian{binary.LittleEndian, binary.BigEndian}

// seenFrame is a Frame whose bytes are its own.
type seenFrame struct {
	Time              int64
	Link              decode.Link
	Interface, Length int
	Data              string
}

// readAll reads until the reader ends, and checks that it stays ended.
func readAll(t testing.TB, src io.Reader) (frames []seenFrame, ifaces []Interface, err error) {
	t.Helper()
	r, err := NewReader(src)
	if err != nil {
		if r != nil {
			t.Errorf("NewReader returned a reader beside %v", err)
		}
		return nil, nil, err
	}
	for {
		f, err := r.Next()
		if err != nil {
			for range 3 {
				if _, again := r.Next(); again != err {
					t.Errorf("error %v, and then %v", err, again)
				}
			}
			return frames, r.Interfaces(), err
		}
		if f.Time < 0 || f.Time > maxTime || f.Length < len(f.Data) || len(f.Data) > maxRecord || cap(f.Data) != len(f.Data) {
			t.Fatalf("frame %d at %d of %d bytes, %d captured in %d", len(frames), f.Time, f.Length, len(f.Data), cap(f.Data))
		}
		if n := len(r.Interfaces()); f.Interface < 0 || f.Interface >= n {
			t.Fatalf("frame %d is of interface %d of %d", len(frames), f.Interface, n)
		}
		frames = append(frames, seenFrame{f.Time, f.Link, f.Interface, f.Length, string(f.Data)})
	}
}

// mustRead is readAll of a file that is whole.
func mustRead(t testing.TB, file []byte) ([]seenFrame, []Interface) {
	t.Helper()
	frames, ifaces, err := readAll(t, bytes.NewReader(file))
	if err != io.EOF {
		t.Fatalf("after %d frames: %v", len(frames), err)
	}
	return frames, ifaces
}

// mustFail is readAll of a damaged file; it returns how many frames came first.
func mustFail(t testing.TB, file []byte, part string) int {
	t.Helper()
	frames, _, err := readAll(t, bytes.NewReader(file))
	switch {
	case err == nil || err == io.EOF:
		t.Errorf("no error, wanted %q", part)
	case errors.Is(err, ErrTruncated):
		t.Errorf("%q is told as a truncation", err)
	case !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), "capture at byte "):
		t.Errorf("error %q, wanted a place and %q", err, part)
	}
	return len(frames)
}

// classic builds a pcap file.
type classic struct {
	e endian
	b []byte
}

func newClassic(e endian, magic, link uint32) *classic {
	f := &classic{e: e}
	f.u32(magic)
	f.b = e.AppendUint16(f.b, 2)
	f.b = e.AppendUint16(f.b, 4)
	f.u32(0, 0, 65535, link)
	return f
}

func (f *classic) u32(all ...uint32) {
	for _, v := range all {
		f.b = f.e.AppendUint32(f.b, v)
	}
}

func (f *classic) record(sec, frac, length uint32, data string) *classic {
	f.u32(sec, frac, uint32(len(data)), length)
	f.b = append(f.b, data...)
	return f
}

// blocks builds a pcapng file.
type blocks struct {
	e endian
	b []byte
}

// section begins a section.
func (f *blocks) section(e endian, options ...[]byte) *blocks {
	f.e = e
	body := e.AppendUint32(nil, 0x1a2b3c4d)
	body = e.AppendUint16(body, 1)
	body = e.AppendUint16(body, 0)
	body = e.AppendUint64(body, 1<<64-1)
	return f.block(0x0a0d0d0a, append(body, bytes.Join(options, nil)...))
}

func newBlocks(e endian, options ...[]byte) *blocks { return new(blocks).section(e, options...) }

// block adds a block, padded.
func (f *blocks) block(kind uint32, body []byte) *blocks {
	body = pad(body)
	f.u32(kind, uint32(len(body)+12))
	f.b = append(f.b, body...)
	f.u32(uint32(len(body) + 12))
	return f
}

func (f *blocks) u32(all ...uint32) {
	for _, v := range all {
		f.b = f.e.AppendUint32(f.b, v)
	}
}

func pad(b []byte) []byte {
	return append(b, make([]byte, -len(b)&3)...)
}

func (f *blocks) words(all ...uint32) (b []byte) {
	for _, v := range all {
		b = f.e.AppendUint32(b, v)
	}
	return b
}

func (f *blocks) option(code uint16, value string) []byte {
	b := f.e.AppendUint16(nil, code)
	b = f.e.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

func (f *blocks) number(code uint16, v uint64) []byte {
	return f.option(code, string(f.e.AppendUint64(nil, v)))
}

func (f *blocks) iface(link uint16, snap uint32, options ...[]byte) *blocks {
	body := f.e.AppendUint16(nil, link)
	body = append(body, 0, 0)
	body = f.e.AppendUint32(body, snap)
	return f.block(1, append(body, bytes.Join(options, nil)...))
}

func (f *blocks) enhanced(iface uint32, at uint64, length uint32, data string, options ...[]byte) *blocks {
	body := f.words(iface, uint32(at>>32), uint32(at), uint32(len(data)), length)
	return f.block(6, append(pad(append(body, data...)), bytes.Join(options, nil)...))
}

func (f *blocks) obsolete(iface, drops uint16, at uint64, length uint32, data string) *blocks {
	body := f.e.AppendUint16(nil, iface)
	body = f.e.AppendUint16(body, drops)
	body = append(body, f.words(uint32(at>>32), uint32(at), uint32(len(data)), length)...)
	return f.block(2, append(body, data...))
}

func (f *blocks) simple(length uint32, data string) *blocks {
	return f.block(3, append(f.words(length), data...))
}

func (f *blocks) statistics(iface uint32, options ...[]byte) *blocks {
	return f.block(5, append(f.words(iface, 0, 0), bytes.Join(options, nil)...))
}
