package owed

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"klaxon/internal/statefile"
)

// openFile opens or makes the file.
func openFile(path string) (*os.File, error) {
	f, err := statefile.Open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("open what an output owes: %w", err)
	}
	return f, nil
}

// errForeign is of a file that is no list.
var errForeign = errors.New("it is no list of what is owed")

// blank tells whether nothing was written yet: the loss of power may leave a new
// file with nothing where its head was to be.
func blank(data []byte) bool {
	return len(data) <= size && len(bytes.Trim(data, "\x00")) == 0
}

// putAside moves a file that is no list out of the way, and begins one.
func (l *List) putAside() (err error) {
	aside := l.path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(l.path, aside); err != nil {
		return fmt.Errorf("%w, and stays: %w", errForeign, err)
	}
	l.file.Close()
	l.aside = aside
	if l.file, err = openFile(l.path); err != nil {
		return err
	}
	return l.load()
}
