package capture

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/decode"
)

// written is the file that a Writer makes.
func written(t testing.TB, ifaces []Interface, comment string, frames []Frame) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, ifaces, comment)
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
	return b.Bytes()
}

func seenOf(ifaces []Interface, frames []Frame) (list []seenFrame) {
	for _, f := range frames {
		list = append(list, seenFrame{f.Time, ifaces[f.Interface].Link, f.Interface, f.Length, string(f.Data)})
	}
	return list
}

func TestWriter(t *testing.T) {
	ifaces := []Interface{
		{Name: "eth0", Link: decode.LinkEthernet, Drops: 3, Addrs: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.9/24"), netip.MustParsePrefix("2001:db8::9/64"),
			netip.MustParsePrefix("10.1.1.1/0"), netip.MustParsePrefix("10.1.1.1/32")}},
		{Link: decode.LinkSLL2},
	}
	frames := []Frame{
		{Time: 1_700_000_000_123_456_789, Length: 1514, Data: []byte("abcde")},
		{Time: 0, Interface: 1, Length: 0},
		{Time: maxTime, Interface: 1, Length: math.MaxInt32, Data: []byte("x")},
		{Time: 5, Length: maxRecord, Data: bytes.Repeat([]byte{7}, maxRecord)},
	}
	got, gotIfaces := mustRead(t, written(t, ifaces, "seed 7", frames))
	if !slices.Equal(got, seenOf(ifaces, frames)) {
		t.Errorf("got %d frames, want %d, or they differ", len(got), len(frames))
	}
	if len(gotIfaces) != 2 || gotIfaces[0].Name != "eth0" || gotIfaces[1].Name != "" || gotIfaces[1].Link != decode.LinkSLL2 {
		t.Errorf("interfaces %+v", gotIfaces)
	}
	if !slices.Equal(gotIfaces[0].Addrs, ifaces[0].Addrs) {
		t.Errorf("addresses %v, want %v", gotIfaces[0].Addrs, ifaces[0].Addrs)
	}
	if gotIfaces[0].Drops != 3 || gotIfaces[1].Drops != 0 {
		t.Errorf("drops %d and %d", gotIfaces[0].Drops, gotIfaces[1].Drops)
	}
}

// TestWriterBounds: what a Writer is given beyond what a file can hold.
func TestWriterBounds(t *testing.T) {
	addrs := slices.Repeat([]netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")}, maxAddrs+5)
	addrs[1] = netip.Prefix{} // is left out
	ifaces := []Interface{{Name: strings.Repeat("n", maxName+1), Link: decode.LinkRaw, Addrs: addrs}}
	frames := []Frame{{Time: -5, Length: -1, Data: []byte("abc")}}
	got, gotIfaces := mustRead(t, written(t, ifaces, strings.Repeat("c", math.MaxUint16), frames))
	if got[0].Time != 0 || got[0].Length != 3 {
		t.Errorf("frame %+v", got[0])
	}
	if len(gotIfaces[0].Name) != maxName || len(gotIfaces[0].Addrs) != maxAddrs-1 {
		t.Errorf("%d bytes of name, %d addresses", len(gotIfaces[0].Name), len(gotIfaces[0].Addrs))
	}

	var b bytes.Buffer
	if _, err := NewWriter(&b, nil, strings.Repeat("c", math.MaxUint16+1)); err == nil || b.Len() != 0 {
		t.Errorf("a comment beyond its length: %v, %d bytes written", err, b.Len())
	}
	w, err := NewWriter(&b, ifaces, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Frame{
		"interface 1":  {Interface: 1},
		"interface -1": {Interface: -1},
		"too large":    {Data: make([]byte, maxRecord+1)},
	} {
		if err := w.WriteFrame(f); err == nil || !strings.HasPrefix(err.Error(), "writing frame: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := mustRead(t, b.Bytes()); len(got) != 0 {
		t.Errorf("%d frames that were refused are in the file", len(got))
	}
}

func TestWriterDrops(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, []Interface{{Link: 1, Name: "a"}, {Link: 1, Name: "b", Drops: 2}}, "")
	if err != nil {
		t.Fatal(err)
	}
	w.SetDrops(0, 10)
	w.SetDrops(0, math.MaxUint64)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, ifaces := mustRead(t, b.Bytes())
	if ifaces[0].Drops != math.MaxUint64 || ifaces[1].Drops != 2 {
		t.Errorf("drops %d and %d", ifaces[0].Drops, ifaces[1].Drops)
	}
}

// broken takes so many bytes and fails from then on.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

// TestWriterFails: a full disk is told, at the latest when the file is closed.
func TestWriterFails(t *testing.T) {
	size := len(written(t, []Interface{{Link: 1}}, "", []Frame{{Data: make([]byte, 100_000)}}))
	for left := 0; left < size; left += 1000 {
		w, err := NewWriter(&broken{left}, []Interface{{Link: 1}}, "")
		if err == nil {
			err = w.WriteFrame(Frame{Data: make([]byte, 100_000)})
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, errDisk) {
			t.Errorf("a disk with %d bytes: %v", left, err)
		}
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	w, err := NewWriter(&broken{math.MaxInt}, []Interface{{Link: 1}}, "")
	if err != nil {
		t.Fatal(err)
	}
	f := Frame{Data: make([]byte, 1500)}
	if n := testing.AllocsPerRun(500, func() {
		if err := w.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
