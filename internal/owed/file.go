package owed

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// openFile opens or makes the file. Whoever may write in its folder may have put
// something else in its place: a pipe must not hold up who opens it.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open what an output owes: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file; remove it")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open what an output owes, %s: %w", path, err)
	}
	return f, nil
}
