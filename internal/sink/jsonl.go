package sink

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// JSON keeps every record as one line of JSON in a file that it appends to. It
// never calls fsync: a line that is written survives the process, not the
// machine, and no receipt is given for it. Use NewJSON. Reopen and Close may be
// called while Emit runs, and do not wait for it: it may stand still with its disk.
type JSON struct {
	path   string
	name   string
	format func([]byte, klaxon.Record) []byte

	closed atomic.Bool
	file   atomic.Pointer[lineFile] // nil after Close, and until it could be opened

	plan []int // where each record of the batch ends in buf; of Emit
	buf  []byte
}

// NewJSON opens or makes the file, mode 0640, in a directory that exists. It
// refuses symbolic links and everything that is no regular file, pipe or
// terminal: a log must not be led astray. The path /dev/stdout means the
// standard output, whatever that is.
//
// Where the disk is at fault, as one that is read only, the JSON is good even
// beside the error: it tries again at each Emit. Otherwise it is nil.
func NewJSON(path string) (*JSON, error) {
	s := &JSON{path: path, name: "json", format: render.AppendJSON}
	f, err := openAppend(path)
	switch {
	case err == nil:
		s.file.Store(f)
	case !diskFault(err):
		return nil, err
	}
	return s, err
}

// diskFault tells errors that pass without anybody naming another file.
func diskFault(err error) bool {
	for _, fault := range []error{syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT, syscall.EIO} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// Name implements klaxon.Sink.
func (s *JSON) Name() string { return s.name }

// As gives the sink another name, and another way to write a record as a line
// without its end; one that makes nothing of a record leaves it out. It comes
// before the first record.
func (s *JSON) As(name string, format func([]byte, klaxon.Record) []byte) {
	s.name, s.format = name, format
}

// Emit implements klaxon.Sink: one write for the batch. When it fails, as on a
// full disk, what was written of a line is taken back, so that the file holds
// whole lines only.
func (s *JSON) Emit(batch []klaxon.Record) (int, error) {
	f, err := s.current()
	if err != nil {
		return 0, err
	}
	if err := f.mend(); err != nil {
		return 0, err
	}
	s.lay(batch)
	n, err := f.put(s.buf)
	if err == nil {
		return len(batch), nil
	}
	out, whole := 0, 0
	for out < len(s.plan) && s.plan[out] <= n {
		whole = s.plan[out]
		out++
	}
	f.takeBack(n - whole)
	return out, err
}

// current is the file to write to, opened if it could not be before.
func (s *JSON) current() (*lineFile, error) {
	if s.closed.Load() {
		return nil, errClosed(s.name)
	}
	if f := s.file.Load(); f != nil {
		return f, nil
	}
	f, err := openAppend(s.path)
	if err != nil {
		return nil, err
	}
	return f, s.use(f)
}

// use has f be the file from now on, and closes the one before.
func (s *JSON) use(f *lineFile) error {
	old := s.file.Swap(f)
	if s.closed.Load() {
		if f := s.file.Swap(nil); f != nil {
			f.Close()
		}
		return errClosed(s.name)
	}
	if old == nil {
		return nil
	}
	return old.Close()
}

// lay writes the batch to buf, and where each record ends to plan.
func (s *JSON) lay(batch []klaxon.Record) {
	s.buf, s.plan = s.buf[:0], s.plan[:0]
	for _, r := range batch {
		before := len(s.buf)
		if s.buf = s.format(s.buf, r); len(s.buf) > before {
			s.buf = append(s.buf, '\n')
		}
		s.plan = append(s.plan, len(s.buf))
	}
}

// Chown gives the file to the user that the process is about to become. It
// works on the open file: the path may lead elsewhere by now. A pipe, a device
// or the standard output is not ours to give.
func (s *JSON) Chown(uid, gid int) error {
	f := s.file.Load()
	if f == nil || !f.owned() {
		return nil
	}
	return f.Chown(uid, gid)
}

// Reopen opens the path anew, after rotation has moved the file away. When it
// cannot be opened the old file stays in use; when that takes long it is done in
// its own time.
func (s *JSON) Reopen() error {
	return within(openWithin, "reopen "+s.path, func() error {
		f, err := openAppend(s.path)
		if err != nil {
			return err
		}
		return s.use(f)
	})
}

// Close implements klaxon.Sink.
func (s *JSON) Close() error {
	s.closed.Store(true)
	f := s.file.Swap(nil)
	if f == nil {
		return nil
	}
	return within(openWithin, "close "+s.path, f.Close)
}

// within waits so long for what a disk may never do.
func within(d time.Duration, what string, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(d):
		return fmt.Errorf("%s: the disk does not answer; it is done when that does", what)
	}
}
