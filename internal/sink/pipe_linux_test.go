package sink

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"klaxon"
	"klaxon/internal/sink/sinktest"
)

// TestJSONIntoAPipe: a reader that leaves in the middle of a line, and one that
// comes back, get no two records in one line.
func TestJSONIntoAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewJSON(path); err == nil || !strings.Contains(err.Error(), "nobody reads") {
		t.Errorf("without a reader: %v", err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	text := make([]byte, 4096) // more than two records
	if _, err := reader.Read(text); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 0 || !errors.Is(err, syscall.EPIPE) {
		t.Errorf("without a reader: %d, %v", n, err)
	}
	s.file.Load().takeBack(1) // as after a write that the reader left in the middle of
	if reader, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(3)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	n, err := reader.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if text = text[:n]; text[0] != '\n' || bytes.Count(text, []byte("\n")) != 2 {
		t.Errorf("%q", text)
	}
}

// TestJSONGivesAwayFilesOnly: a pipe keeps its owner, and is no error.
func TestJSONGivesAwayFilesOnly(t *testing.T) {
	path := pipe(t)
	s, err := NewJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Chown(os.Geteuid()+1, os.Getegid()); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestJSONIntoAStalledPipe: a reader that stands still ends Emit in time, with what is
// out, and holds up neither Reopen nor Close.
func TestJSONIntoAStalledPipe(t *testing.T) {
	path := pipe(t)
	s, err := NewJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	var batch []klaxon.Record
	for i := range 1000 { // more than a pipe holds
		batch = append(batch, sinktest.Touch(uint16(i+1)))
	}
	type result struct {
		n   int
		err error
	}
	emitted := make(chan result, 1)
	emit := func() {
		n, err := s.Emit(batch)
		emitted <- result{n, err}
	}
	go emit()
	if r := <-emitted; r.n == 0 || r.n == len(batch) || !errors.Is(r.err, os.ErrDeadlineExceeded) {
		t.Errorf("%d, %v", r.n, r.err)
	}
	go emit()
	if err := s.Reopen(); err != nil { // of a file that somebody may be writing to
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if r := <-emitted; r.n == len(batch) || r.err == nil {
		t.Errorf("after the end: %d, %v", r.n, r.err)
	}
}

// pipe makes one that has a reader, which stands still.
func pipe(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return path
}
