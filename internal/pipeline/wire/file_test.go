package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/watch/capture"
)

func scanFile(t testing.TB) []byte {
	var frames []capture.Frame
	for i, data := range scanned("192.0.2.7", 500) {
		frames = append(frames, frame(start+int64(i)*1e6, 0, data))
	}
	return written(t, 1, "", frames)
}

// TestTruncated: a file that is cut short anywhere gives what is before the
// cut, and says so unless the cut is between two blocks.
func TestTruncated(t *testing.T) {
	file := scanFile(t)
	between := map[int]uint64{} // frames before each end of a block
	frames := uint64(0)
	for n := 0; n < len(file); {
		if file[n] == 6 { // an enhanced packet block
			frames++
		}
		n += int(binary.LittleEndian.Uint32(file[n+4:]))
		between[n] = frames
	}
	for n := len(file); n > len(file)/2; n -= 499 {
		src := open(t, file[:n])
		s, err := Run(context.Background(), config(src))
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		back := n
		for _, ok := between[back]; !ok; _, ok = between[back] {
			back--
		}
		if cut := errors.Is(src.Cut(), capture.ErrTruncated); cut != (back != n) {
			t.Errorf("cut at %d, %d bytes behind a block: %v", n, n-back, src.Cut())
		}
		if s.Frames != between[back] || s.Alarms.Opened != 1 {
			t.Errorf("cut at %d: %d frames of %d, %d alarms", n, s.Frames, between[back], s.Alarms.Opened)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	file := bytes.Clone(scanFile(t))
	copy(file[len(file)/2&^3:], bytes.Repeat([]byte{0xff}, 64))
	s, err := Run(context.Background(), config(open(t, file)))
	if err == nil || !strings.Contains(err.Error(), "capture at byte") {
		t.Errorf("error %v", err)
	}
	if s.Frames < 100 || s.Alarms.Opened != 1 {
		t.Errorf("what is before the damage is lost: %+v", s.Counts)
	}
	if _, err := OpenFile(empty{}, true); !errors.Is(err, io.EOF) {
		t.Errorf("an empty file: %v", err)
	}
}

// waiter is a sink that tells when its first record comes.
type waiter struct {
	lines
	first chan struct{}
}

func (w *waiter) Emit(batch []klaxon.Record) (int, error) {
	if w.Len() == 0 {
		defer close(w.first)
	}
	return w.lines.Emit(batch)
}

// TestPipeIsToldAtOnce: a pipe that stays open and silent does not hold back
// what it carried, and does not keep the run from ending.
func TestPipeIsToldAtOnce(t *testing.T) {
	file := scanFile(t)
	r, w := io.Pipe()
	defer w.Close()
	go w.Write(file[:len(file)/2&^3])
	src, err := OpenFile(r, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out := &waiter{first: make(chan struct{})}
	go func() {
		<-out.first // while nothing more comes
		cancel()
	}()
	s, err := Run(ctx, config(src, out))
	if err != nil || s.Alarms.Opened != 1 || !bytes.Contains(out.Bytes(), []byte(`"event":"close"`)) {
		t.Errorf("%v, %+v\n%s", err, s.Alarms, out.Bytes())
	}
	if src.Offset() != int64(len(file)/2&^3) {
		t.Errorf("%d bytes read, %d were written", src.Offset(), len(file)/2&^3)
	}
}

// TestPipeIsTheFile: through a pipe that gives a few bytes at a time a capture
// is what it is as a file.
func TestPipeIsTheFile(t *testing.T) {
	file := scanFile(t)
	want, _, _ := replay(t, file)
	for _, step := range []int{1, 7, 1000, chunkSize, 1 << 20} {
		src, err := OpenFile(&drip{file, step}, false)
		if err != nil {
			t.Fatal(err)
		}
		var out lines
		if _, err := Run(context.Background(), config(src, &out)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), want) {
			t.Errorf("in steps of %d:\n%s\nwant\n%s", step, out.Bytes(), want)
		}
	}
}

// drip gives so many bytes at a time.
type drip struct {
	b    []byte
	step int
}

func (d *drip) Read(p []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.b[:min(d.step, len(d.b))])
	d.b = d.b[n:]
	return n, nil
}

// TestForeignStatistics: the times in a file that is not ours are not believed
// to be of the clock.
func TestForeignStatistics(t *testing.T) {
	for comment, want := range map[string]int64{"": start, "tocsin seed=1": start + 1e9, "tocsin seed=1 x": start} {
		var out bytes.Buffer
		w, err := capture.NewWriter(&out, []capture.Interface{{Link: 101}}, comment)
		if err != nil {
			t.Fatal(err)
		}
		w.WriteFrame(frame(start, 0, scanned("192.0.2.7", 1)[0]))
		w.Advance(start + 1e9)
		w.Close()
		if _, _, s := replay(t, out.Bytes()); s.Last != want {
			t.Errorf("%q: time ran to %d, want %d", comment, s.Last-start, want-start)
		}
	}
}

// full is a writer with room for so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, errors.New("no room")
	}
	*f -= full(len(p))
	return len(p), nil
}

// TestRecordThatFails: the run goes on, and says so at the end.
func TestRecordThatFails(t *testing.T) {
	var out lines
	cfg := config(open(t, scanFile(t)), &out)
	room := full(100)
	var err error
	if cfg.Record, err = capture.NewWriter(&room, nil, ""); err != nil {
		t.Fatal(err)
	}
	s, err := Run(context.Background(), cfg)
	if err != nil || s.RecordErr == nil || s.Alarms.Opened != 1 || s.Frames != 500 {
		t.Errorf("%v, %v, %+v", err, s.RecordErr, s.Counts)
	}
}
