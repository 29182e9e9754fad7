package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"klaxon/internal/decode"
)

// allocated is the sum of all allocations so far, in bytes.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// FuzzReader: any bytes: no panic, memory in proportion to the file and not to
// what it claims, an error that stays and tells a place inside the file, and
// the same from a pipe that gives single bytes.
func FuzzReader(f *testing.F) {
	for _, file := range whole() {
		f.Add(file)
		f.Add(file[:len(file)-5])
		f.Add(zipped(f, file))
	}
	for _, file := range frameKinds(3) {
		f.Add(file)
	}
	r := newChance(4)
	for range 10 {
		f.Add(randomBlocks(r))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := allocated()
		got, ifaces, err := readAll(t, bytes.NewReader(file))
		used := allocated() - before
		isGzip := bytes.HasPrefix(file, []byte{0x1f, 0x8b, 8})
		// A window, gzip's tables, what the test keeps of each frame, and
		// interfaces described again and again.
		if most := uint64(maxBlock + 1<<20 + 200*len(file)); used > most && !isGzip {
			t.Fatalf("%d bytes allocated for a file of %d", used, len(file))
		}
		if len(ifaces) > maxInterfaces {
			t.Fatalf("%d interfaces", len(ifaces))
		}
		checkEnd(t, file, isGzip, err)
		again, _, errAgain := readAll(t, iotest.OneByteReader(bytes.NewReader(file)))
		if !slices.Equal(got, again) || errAgain == nil || errAgain.Error() != err.Error() {
			t.Fatalf("%d frames and %v at once, %d and %v byte by byte", len(got), err, len(again), errAgain)
		}
	})
}

// checkEnd holds the error that ended a file to its contract.
func checkEnd(t *testing.T, file []byte, isGzip bool, err error) {
	t.Helper()
	if !isGzip {
		checkPlace(t, err, len(file))
	}
	msg := err.Error()
	switch {
	case err == io.EOF, errors.Is(err, ErrTruncated):
	case !strings.HasPrefix(msg, "capture at byte ") && !(isGzip && strings.HasPrefix(msg, "reading ")):
		t.Errorf("error %q tells no place", msg)
	}
	for _, c := range []byte(msg) {
		if c < ' ' || c > '~' {
			t.Errorf("error %q holds bytes of the file", msg)
		}
	}
}

// FuzzRoundTrip: what is written is read again equal, by us and by gopacket.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("\x02\x04eth0\x01\x00\x03any\x71\x00 frames follow: \x00\x01\x02\x03\x04\x05\x06\x07\x08\x05hello"), "comment")
	f.Add([]byte{1, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3, 1, 2, 3}, "")
	f.Add([]byte{}, "no interface at all")
	f.Fuzz(func(t *testing.T, b []byte, comment string) {
		comment = comment[:min(len(comment), 1000)]
		ifaces, frames := parts(b)
		file := written(t, ifaces, comment, frames)
		got, gotIfaces := mustRead(t, file)
		if !slices.Equal(got, seenOf(ifaces, frames)) {
			t.Fatalf("wrote %v\nread %v", seenOf(ifaces, frames), got)
		}
		if len(gotIfaces) != len(ifaces) {
			t.Fatalf("%d interfaces, wrote %d", len(gotIfaces), len(ifaces))
		}
		for i, in := range ifaces {
			g := gotIfaces[i]
			if g.Name != in.Name || g.Link != in.Link || g.Drops != in.Drops || !slices.Equal(g.Addrs, in.Addrs) {
				t.Fatalf("interface %+v, wrote %+v", g, in)
			}
		}
		if len(ifaces) > 0 {
			theirs, names := theirsBlocks(t, file)
			same(t, "gopacket", got, gotIfaces, theirs, names)
		}
	})
}

// feed takes pieces of a fuzzer's bytes.
type feed struct{ b []byte }

func (f *feed) take(n int) []byte {
	n = min(n, len(f.b))
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *feed) number(n int) uint64 {
	var b [8]byte
	copy(b[:], f.take(n))
	return binary.LittleEndian.Uint64(b[:])
}

// parts makes interfaces and frames of a fuzzer's bytes.
func parts(b []byte) (ifaces []Interface, frames []Frame) {
	f := feed{b}
	for range f.number(1) % 9 {
		in := Interface{Name: string(f.take(int(f.number(1) % (maxName + 1)))), Link: decode.Link(f.number(2)), Drops: f.number(1)}
		for range f.number(1) % 4 {
			a := netip.AddrFrom4([4]byte(fmt.Appendf(nil, "%04x", f.number(2))))
			in.Addrs = append(in.Addrs, netip.PrefixFrom(a, int(f.number(1)%33)))
		}
		ifaces = append(ifaces, in)
	}
	for len(ifaces) > 0 && len(f.b) > 0 {
		fr := Frame{Interface: int(f.number(1)) % len(ifaces), Time: int64(f.number(8) % (maxTime + 1)), Data: f.take(int(f.number(1)))}
		fr.Length = len(fr.Data) + int(f.number(2))
		frames = append(frames, fr)
	}
	return ifaces, frames
}
