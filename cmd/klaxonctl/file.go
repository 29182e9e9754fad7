package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile makes a file that only its owner may read, for it has what strangers
// sent, and says so. It is whole or not there, whatever was there before is replaced
// and not written into, and no link leads elsewhere.
func (q *question) writeFile(name string, write func(io.Writer) error) error {
	n, err := replace(name, write)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := q.out.Flush(); err != nil { // what is said of it comes last
		return err
	}
	q.note("wrote %s, %s", name, size(n))
	return nil
}

var (
	errLink   = errors.New("it is a symbolic link; name the file itself")
	errNoFile = errors.New("it is there, and no file")
)

// replace writes a new file beside the old one and gives it the name.
func replace(name string, write func(io.Writer) error) (n int64, err error) {
	info, err := os.Lstat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return 0, err
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return 0, errLink
	case err == nil && !info.Mode().IsRegular():
		return 0, errNoFile
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // 0600
	if err != nil {
		return 0, err
	}
	err = write(f)
	if err == nil {
		n, err = f.Seek(0, io.SeekEnd)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return n, nil
}
