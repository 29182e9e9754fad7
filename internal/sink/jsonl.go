package sink

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"klaxon"
	"klaxon/internal/render"
)

// JSON keeps every record as one line of JSON in a file that it appends to. It
// never calls fsync: a line that is written survives the process, not the
// machine, and no receipt is given for it. Use NewJSON. Reopen may be called
// while Emit runs.
type JSON struct {
	path string

	mu   sync.Mutex
	file *os.File // nil after Close
	plan []int    // where each record of the batch ends in buf
	buf  []byte
	torn bool // the file may end in part of a line
}

// NewJSON opens or makes the file, mode 0640, in a directory that exists. It
// refuses symbolic links and everything that is no regular file, pipe or
// terminal: a log must not be led astray.
func NewJSON(path string) (*JSON, error) {
	f, err := openAppend(path)
	if err != nil {
		return nil, err
	}
	return &JSON{path: path, file: f}, nil
}

func openAppend(path string) (*os.File, error) {
	// O_NONBLOCK keeps a pipe without reader from holding us here.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o640)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("open %s: it is a symbolic link; name the file itself", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if m := info.Mode(); !m.IsRegular() && m&(os.ModeNamedPipe|os.ModeCharDevice) == 0 {
		f.Close()
		return nil, fmt.Errorf("open %s: it is no file, pipe or terminal", path)
	}
	return f, nil
}

// Name implements klaxon.Sink.
func (*JSON) Name() string { return "json" }

// Emit implements klaxon.Sink: one write for the batch. When it fails, as on a
// full disk, what was written of a line is taken back, so that the file holds
// whole lines only.
func (s *JSON) Emit(batch []klaxon.Record) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return 0, errClosed("json")
	}
	if err := s.mend(); err != nil {
		return 0, err
	}
	s.buf, s.plan = s.buf[:0], s.plan[:0]
	for _, r := range batch {
		s.buf = append(render.AppendJSON(s.buf, r), '\n')
		s.plan = append(s.plan, len(s.buf))
	}
	n, err := s.file.Write(s.buf)
	if err == nil {
		return len(batch), nil
	}
	out, whole := 0, 0
	for out < len(s.plan) && s.plan[out] <= n {
		whole = s.plan[out]
		out++
	}
	s.takeBack(n - whole)
	return out, err
}

// takeBack cuts the last n bytes, a torn line, off the file. Where that cannot
// be done, as in a pipe, mend ends the line before the next write.
func (s *JSON) takeBack(n int) {
	if n == 0 {
		return
	}
	info, err := s.file.Stat()
	if err != nil || !info.Mode().IsRegular() || s.file.Truncate(info.Size()-int64(n)) != nil {
		s.torn = true
	}
}

func (s *JSON) mend() error {
	if !s.torn {
		return nil
	}
	if _, err := s.file.Write([]byte{'\n'}); err != nil {
		return err
	}
	s.torn = false
	return nil
}

// Chown gives the file to the user that the process is about to become. It
// works on the open file: the path may lead elsewhere by now.
func (s *JSON) Chown(uid, gid int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.Chown(uid, gid)
}

// Reopen opens the path anew, after rotation has moved the file away. On error
// the old file stays in use.
func (s *JSON) Reopen() error {
	f, err := openAppend(s.path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.file
	s.file, s.torn = f, false
	if old != nil {
		return old.Close()
	}
	return nil
}

// Close implements klaxon.Sink.
func (s *JSON) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
