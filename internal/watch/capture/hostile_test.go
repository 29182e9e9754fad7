package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// whole are files that are whole, with the offsets at which one may end.
func whole() map[string][]byte {
	files := map[string][]byte{}
	for _, e := range endians {
		c := newClassic(e, 0xa1b2c3d4, 1).record(1, 2, 9, "one").record(3, 4, 5, "two, longer").record(5, 6, 0, "")
		files["pcap "+e.String()] = c.b
		f := newBlocks(e, newBlocks(e).option(1, "comment"))
		f.iface(1, 0, f.option(2, "eth0"), f.option(9, "\x09")).enhanced(0, 1, 9, "one").block(99, make([]byte, 21))
		f.simple(3, "two").obsolete(0, 0, 3, 4, "four").statistics(0, f.number(5, 1))
		f.section(e).iface(1, 0).enhanced(0, 1, 1, "x")
		files["pcapng "+e.String()] = f.b
	}
	return files
}

// ends returns the lengths at which a file may end without being cut.
func ends(file []byte) (list []int) {
	if file[0] == 0x0a {
		for at := 0; at < len(file); {
			at += blockLength(file[at:])
			list = append(list, at)
		}
		return list
	}
	for at := 24; ; {
		list = append(list, at)
		if at == len(file) {
			return list
		}
		n := slices.Max(file[at+8 : at+12]) // of records shorter than 256 bytes
		at += 16 + int(n)
	}
}

// blockLength is that of a block shorter than 64 KiB, in either byte order.
func blockLength(b []byte) int {
	little, big := endians[0].Uint32(b[4:]), endians[1].Uint32(b[4:])
	return int(min(little, big))
}

// TestTruncated: a file that is cut anywhere gives the frames before the cut,
// and says whether it was cut inside a record.
func TestTruncated(t *testing.T) {
	for name, file := range whole() {
		all, _ := mustRead(t, file)
		clean := ends(file)
		for n := range len(file) {
			got, _, err := readAll(t, bytes.NewReader(file[:n]))
			if len(got) > len(all) || !slices.Equal(got, all[:len(got)]) {
				t.Fatalf("%s cut at %d: %v", name, n, got)
			}
			switch {
			case n == 0 || slices.Contains(clean, n):
				if err != io.EOF {
					t.Errorf("%s cut at %d, behind a record: %v", name, n, err)
				}
			case !errors.Is(err, ErrTruncated):
				t.Errorf("%s cut at %d, inside a record: %v", name, n, err)
			case !strings.Contains(err.Error(), fmt.Sprintf("at byte %d: ", n)):
				t.Errorf("%s cut at %d: %v", name, n, err)
			}
		}
	}
}

// TestMissing: a truncation tells how much is missing of the record.
func TestMissing(t *testing.T) {
	f := newBlocks(endians[0]).iface(1, 0)
	n := len(f.b)
	f.block(99, make([]byte, 100)) // is skipped
	for cut := 12; cut < 112; cut++ {
		_, _, err := readAll(t, bytes.NewReader(f.b[:n+cut]))
		if want := fmt.Sprintf(" %d bytes are missing", 112-cut); !errors.Is(err, ErrTruncated) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("cut after %d of 112 bytes: %v, want %q", cut, err, want)
		}
	}
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestGzip(t *testing.T) {
	for name, file := range whole() {
		all, _ := mustRead(t, file)
		z := zipped(t, file)
		got, _ := mustRead(t, z)
		if !slices.Equal(got, all) {
			t.Errorf("%s: %v", name, got)
		}
		for n := 1; n < len(z); n++ {
			got, _, err := readAll(t, bytes.NewReader(z[:n]))
			if !errors.Is(err, ErrTruncated) || len(got) > len(all) || !slices.Equal(got, all[:len(got)]) {
				t.Errorf("%s, compressed, cut at %d of %d: %v", name, n, len(z), err)
			}
		}
		// Members joined end to end are one file (RFC 1952 section 2.2).
		got, _ = mustRead(t, append(zipped(t, file[:30]), zipped(t, file[30:])...))
		if !slices.Equal(got, all) {
			t.Errorf("%s, two members: %v", name, got)
		}
	}
}

// TestGzipDamaged: a wrong checksum is found, though all frames were read.
func TestGzipDamaged(t *testing.T) {
	file := newClassic(endians[0], 0xa1b2c3d4, 1).record(1, 0, 4, "good").b
	for _, fromEnd := range []int{1, 5} { // length, checksum
		z := zipped(t, file)
		z[len(z)-fromEnd] ^= 1
		got, _, err := readAll(t, bytes.NewReader(z))
		if !errors.Is(err, gzip.ErrChecksum) || errors.Is(err, ErrTruncated) || len(got) > 1 {
			t.Errorf("%d frames, %v", len(got), err)
		}
	}
	z := zipped(t, file)
	z[3] = 0xff // reserved flags
	if _, _, err := readAll(t, bytes.NewReader(z)); err == nil || err == io.EOF {
		t.Errorf("a damaged gzip header: %v", err)
	}
}

// TestSmallReads: a pipe gives what it has.
func TestSmallReads(t *testing.T) {
	for name, file := range whole() {
		all, ifaces := mustRead(t, file)
		for how, src := range map[string]io.Reader{
			"one byte":           iotest.OneByteReader(bytes.NewReader(file)),
			"half":               iotest.HalfReader(bytes.NewReader(file)),
			"end with the last":  iotest.DataErrReader(bytes.NewReader(file)),
			"one byte, gzip":     iotest.OneByteReader(bytes.NewReader(zipped(t, file))),
			"a pause each byte":  &pausing{file: file, pauses: maxEmptyReads / 2},
			"half, end at last":  iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(file))),
			"data beside an end": iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(zipped(t, file)))),
		} {
			got, gotIfaces, err := readAll(t, src)
			if err != io.EOF || !slices.Equal(got, all) || len(gotIfaces) != len(ifaces) {
				t.Errorf("%s, %s: %v, %d frames of %d", name, how, err, len(got), len(all))
			}
		}
	}
}

// pausing gives one byte after so many empty reads.
type pausing struct {
	file         []byte
	pauses, left int
}

func (p *pausing) Read(b []byte) (int, error) {
	if len(p.file) == 0 {
		return 0, io.EOF
	}
	if p.left > 0 {
		p.left--
		return 0, nil
	}
	p.left = p.pauses
	n := copy(b[:1], p.file)
	p.file = p.file[n:]
	return n, nil
}

// stuck gives a file, and then nothing for ever.
type stuck struct{ file []byte }

func (s *stuck) Read(b []byte) (int, error) {
	n := copy(b, s.file)
	s.file = s.file[n:]
	return n, nil
}

func TestEmptyReads(t *testing.T) {
	for name, file := range whole() {
		for _, n := range []int{0, 3, 10, 24, 40, len(file)} {
			if _, _, err := readAll(t, &stuck{file[:n]}); !errors.Is(err, io.ErrNoProgress) {
				t.Errorf("%s, nothing after byte %d: %v", name, n, err)
			}
		}
	}
	z := zipped(t, newClassic(endians[0], 0xa1b2c3d4, 1).record(1, 0, 4, "good").b)
	if _, _, err := readAll(t, &stuck{z[:20]}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("compressed: %v", err)
	}
}

var errDisk = errors.New("the disk is gone")

// failing gives a file with an error beside its last bytes, and then seems to
// end.
type failing struct{ file []byte }

func (f *failing) Read(b []byte) (int, error) {
	if f.file == nil {
		return 0, io.EOF
	}
	n := copy(b, f.file)
	if f.file = f.file[n:]; len(f.file) == 0 {
		f.file = nil
		return n, errDisk
	}
	return n, nil
}

// TestReadError: an error of the source is told, and where; it is not taken for
// the end even if it comes with the last bytes that were wanted.
func TestReadError(t *testing.T) {
	for name, file := range whole() {
		for n := 0; n <= len(file); n++ {
			src := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(errDisk))
			_, _, err := readAll(t, src)
			if !errors.Is(err, errDisk) || !strings.HasPrefix(err.Error(), "reading capture at byte ") {
				t.Fatalf("%s, failing at %d: %v", name, n, err)
			}
			if n == 0 {
				continue
			}
			if _, _, err := readAll(t, &failing{file[:n]}); !errors.Is(err, errDisk) {
				t.Fatalf("%s, failing beside byte %d: %v", name, n, err)
			}
		}
	}
	// A large read goes past the buffer that looks for gzip.
	large := newClassic(endians[0], 0xa1b2c3d4, 1).record(1, 0, 1, strings.Repeat("x", 5000)).record(1, 0, 1, strings.Repeat("x", 5000)).b
	if got, _, err := readAll(t, &failing{large}); !errors.Is(err, errDisk) || len(got) != 2 {
		t.Errorf("failing beside the last of large reads: %d frames, %v", len(got), err)
	}
}

var place = regexp.MustCompile(`at byte (\d+)`)

// checkPlace holds the place an error tells against the file's size.
func checkPlace(t testing.TB, err error, size int) {
	t.Helper()
	for _, m := range place.FindAllStringSubmatch(err.Error(), -1) {
		if at, _ := strconv.Atoi(m[1]); at > size {
			t.Errorf("%q: the file has %d bytes", err, size)
		}
	}
}

// TestDamaged: every byte of a file changed, in turn: what comes is an error
// with its place or other frames, and no more of them than fit.
func TestDamaged(t *testing.T) {
	for _, file := range whole() {
		for i := range file {
			for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, file[i] ^ 1, file[i] ^ 4} {
				b := slices.Clone(file)
				b[i] = v
				got, _, err := readAll(t, bytes.NewReader(b))
				checkPlace(t, err, len(b))
				if len(got)*pcapRecord > len(b) {
					t.Fatalf("%d frames from %d bytes", len(got), len(b))
				}
			}
		}
	}
}

// TestClaimsAllocateNothing: the memory for a file is the same whatever sizes
// it claims.
func TestClaimsAllocateNothing(t *testing.T) {
	const most = maxBlock + 64<<10 // the window, and what is small
	for _, size := range []uint32{0, 64, 1 << 16, maxRecord, maxBlock, 1 << 24, math.MaxInt32 - 3, math.MaxUint32 - 3} {
		c := newClassic(endians[0], 0xa1b2c3d4, 1)
		c.u32(1, 0, size, size)
		files := [][]byte{c.b}
		for _, kind := range []uint32{0x0a0d0d0a, 1, 2, 3, 5, 6, 99} {
			f := newBlocks(endians[0]).iface(1, 0)
			f.u32(kind, size, 0x1a2b3c4d, size, size, size, size, size, size)
			files = append(files, f.b)
		}
		f := newBlocks(endians[0]).iface(1, size).simple(size, "x")
		files = append(files, f.b, newBlocks(endians[0]).iface(1, 0).enhanced(0, 1, size, "x").b)
		for i, file := range files {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, _ = readAll(t, bytes.NewReader(file))
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("file %d that claims %d: %d bytes allocated, the most is %d", i, size, got, most)
			}
		}
	}
}

// TestNoAllocation: nothing is allocated for a frame, of any kind.
func TestNoAllocation(t *testing.T) {
	const runs = 200
	for name, file := range frameKinds(runs + 10) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil { // and the blocks before it
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(runs, func() {
			if _, err := r.Next(); err != nil {
				t.Fatal(name, err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
	}
}

// frameKinds are files of n frames.
func frameKinds(n int) map[string][]byte {
	data := strings.Repeat("d", 1460)
	micro, nano := newClassic(endians[0], 0xa1b2c3d4, 1), newClassic(endians[1], 0xa1b23c4d, 1)
	enhanced, simple, obsolete := newBlocks(endians[0]), newBlocks(endians[1]), newBlocks(endians[1])
	enhanced.iface(1, 0, enhanced.option(9, "\x09"))
	simple.iface(1, 0)
	obsolete.iface(1, 0, obsolete.option(9, "\x8f"), obsolete.number(14, 5))
	for i := range n {
		micro.record(uint32(i), 1, 1514, data)
		nano.record(uint32(i), 1, 1514, data)
		enhanced.enhanced(0, uint64(i), 1514, data, enhanced.option(2, "\x01\x00\x00\x00")).block(99, []byte(data))
		enhanced.statistics(0, enhanced.number(5, uint64(i)))
		simple.simple(1460, data)
		obsolete.obsolete(0, 0, uint64(i), 1514, data)
	}
	return map[string][]byte{"pcap": micro.b, "pcap, ns": nano.b, "enhanced": enhanced.b, "simple": simple.b, "obsolete": obsolete.b}
}
