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

// standardOutput is written to as it stands: a socket, as a service manager
// gives, cannot be opened by its path.
const standardOutput = "/dev/stdout"

// JSON keeps every record as one line of JSON in a file that it appends to. It
// never calls fsync: a line that is written survives the process, not the
// machine, and no receipt is given for it. Use NewJSON. Reopen may be called
// while Emit runs.
type JSON struct {
	path   string
	name   string
	format func([]byte, klaxon.Record) []byte

	mu     sync.Mutex
	closed bool
	file   *os.File // nil after Close, and until it could be opened
	plan   []int    // where each record of the batch ends in buf
	buf    []byte
	torn   bool // the file may end in part of a line
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
	err := s.open()
	if err != nil && !diskFault(err) {
		return nil, err
	}
	return s, err
}

func (s *JSON) open() (err error) {
	s.file, s.torn, err = openAppend(s.path)
	return err
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

// openAppend also tells whether the file ends in part of a line.
func openAppend(path string) (f *os.File, torn bool, err error) {
	if path == standardOutput {
		f, err = duplicateOutput()
		return f, false, err
	}
	// O_NONBLOCK keeps a pipe without reader from holding us here.
	f, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o640)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, false, fmt.Errorf("open %s: it is a symbolic link; name the file itself", path)
	case errors.Is(err, syscall.ENXIO):
		return nil, false, fmt.Errorf("open %s: it is a pipe that nobody reads, or a socket: %w", path, err)
	case err != nil:
		return nil, false, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, false, err
	}
	if m := info.Mode(); !m.IsRegular() && m&(os.ModeNamedPipe|os.ModeCharDevice) == 0 {
		f.Close()
		return nil, false, fmt.Errorf("open %s: it is no file, pipe or terminal", path)
	}
	return f, info.Mode().IsRegular() && endsTorn(path, info.Size()), nil
}

// duplicateOutput lets Close end our use of the standard output and not the
// program's.
func duplicateOutput() (*os.File, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(int(os.Stdout.Fd()))
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", standardOutput, err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), standardOutput), nil
}

// endsTorn tells whether a file of that size ends in part of a line, as the
// last run leaves it when the machine stops in the middle of a write. A file
// that cannot be read is taken to be whole.
func endsTorn(path string, size int64) bool {
	if size == 0 {
		return false
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	var last [1]byte
	_, err = f.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed(s.name)
	}
	if s.file == nil {
		if err := s.open(); err != nil {
			return 0, err
		}
	}
	if err := s.mend(); err != nil {
		return 0, err
	}
	s.buf, s.plan = s.buf[:0], s.plan[:0]
	for _, r := range batch {
		before := len(s.buf)
		if s.buf = s.format(s.buf, r); len(s.buf) > before {
			s.buf = append(s.buf, '\n')
		}
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
// be done, as in a pipe, mend ends the line before the next write. Nor is it
// done to the standard output: unless that appends, the next write would leave
// a hole.
func (s *JSON) takeBack(n int) {
	if n == 0 {
		return
	}
	info, err := s.file.Stat()
	if err != nil || !s.owned() || s.file.Truncate(info.Size()-int64(n)) != nil {
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
// works on the open file: the path may lead elsewhere by now. A pipe, a device
// or the standard output is not ours to give.
func (s *JSON) Chown(uid, gid int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.owned() {
		return nil
	}
	return s.file.Chown(uid, gid)
}

// owned tells whether the file is there for these lines alone.
func (s *JSON) owned() bool {
	if s.path == standardOutput || s.file == nil {
		return false
	}
	info, err := s.file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// Reopen opens the path anew, after rotation has moved the file away. When it
// cannot be opened the old file stays in use.
func (s *JSON) Reopen() error {
	f, torn, err := openAppend(s.path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		f.Close()
		return fmt.Errorf("reopen %s: %w", s.path, os.ErrClosed)
	}
	old := s.file
	s.file, s.torn = f, torn
	if old == nil {
		return nil
	}
	return old.Close()
}

// Close implements klaxon.Sink.
func (s *JSON) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
