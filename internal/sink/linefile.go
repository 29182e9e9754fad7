package sink

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// standardOutput is written to as it stands: a socket, as a service manager
// gives, cannot be opened by its path.
const standardOutput = "/dev/stdout"

// lineFile is an open file of lines.
type lineFile struct {
	*os.File
	std  bool // it is the standard output
	torn bool // it may end in part of a line; of who writes
}

func openAppend(path string) (*lineFile, error) {
	if path == standardOutput {
		f, err := duplicateOutput()
		return &lineFile{File: f, std: true}, err
	}
	// O_NONBLOCK keeps a pipe without reader from holding us here.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o640)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("open %s: it is a symbolic link; name the file itself", path)
	case errors.Is(err, syscall.ENXIO):
		return nil, fmt.Errorf("open %s: it is a pipe that nobody reads, or a socket: %w", path, err)
	case err != nil:
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
	return &lineFile{File: f, torn: info.Mode().IsRegular() && endsTorn(path, info.Size())}, nil
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

// put writes lines, within writeWithin where that can be had: a pipe whose reader
// stands still holds up nobody. The standard output is another program's pipe as
// often as not, as with tocsin, and that may take its time.
func (f *lineFile) put(lines []byte) (int, error) {
	if !f.std {
		// A regular file knows no deadline, and needs none.
		_ = f.SetWriteDeadline(time.Now().Add(writeWithin))
	}
	n, err := f.Write(lines)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("write %s: nobody reads it: %w", f.Name(), os.ErrDeadlineExceeded)
	}
	return n, err
}

// takeBack cuts the last n bytes, a torn line, off the file. Where that cannot
// be done, as in a pipe, mend ends the line before the next write. Nor is it
// done to the standard output: unless that appends, the next write would leave
// a hole.
func (f *lineFile) takeBack(n int) {
	if n == 0 {
		return
	}
	info, err := f.Stat()
	if err != nil || !f.owned() || f.Truncate(info.Size()-int64(n)) != nil {
		f.torn = true
	}
}

func (f *lineFile) mend() error {
	if !f.torn {
		return nil
	}
	if _, err := f.put([]byte{'\n'}); err != nil {
		return err
	}
	f.torn = false
	return nil
}

// owned tells whether the file is there for these lines alone.
func (f *lineFile) owned() bool {
	if f.std {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}
