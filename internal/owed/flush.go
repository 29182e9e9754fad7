package owed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"klaxon/internal/statefile"
)

// Flush writes what was added and is still owed, and returns when it is on the
// disk. When nothing is, as with a peer that is faster than the store, it does
// nothing. After an error it is tried again with the next.
func (l *List) Flush() error {
	f, err := l.write()
	if f == nil || err != nil {
		return err
	}
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("sync %s: %w", l.path, err)
	}
	return nil
}

// write returns the file if there is something in it to sync.
func (l *List) write() (f *os.File, err error) {
	l.io.Lock()
	defer l.io.Unlock()
	if l.file == nil {
		return nil, nil
	}
	if err := l.shrink(); err != nil {
		return nil, fmt.Errorf("make %s smaller: %w", l.path, err)
	}
	l.mu.Lock()
	l.forget()
	list, at := l.fresh[:len(l.fresh):len(l.fresh)], l.written
	l.mu.Unlock()
	if len(list) == 0 {
		return nil, nil
	}
	b := make([]byte, 0, len(list)*size)
	for i := range list {
		b = list[i].append(b)
	}
	if _, err := l.file.WriteAt(b, int64(1+at)*size); err != nil {
		return nil, fmt.Errorf("write what an output owes to %s: %w", l.path, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written += uint64(len(list))
	if l.fresh = l.fresh[len(list):]; len(l.fresh) == 0 {
		l.fresh = nil
	}
	return l.file, nil
}

// shrink has the file begin anew when all of it is done, or much.
func (l *List) shrink() error {
	l.mu.Lock()
	c := l.count
	l.mu.Unlock()
	switch {
	case c.written > 0 && c.done >= c.written:
		if err := l.reset(); err != nil {
			return err
		}
		l.less(c.written)
	case c.done >= compactFrom && c.done >= c.written/2:
		return l.compact(c)
	}
	return nil
}

// compact has the file begin anew without what is done.
func (l *List) compact(c count) error {
	if err := l.replace(io.NewSectionReader(l.file, int64(1+c.done)*size, int64(c.written-c.done)*size)); err != nil {
		return err
	}
	l.less(c.done)
	return nil
}

// replace puts a file with these entries in the place of the file.
func (l *List) replace(entries io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(l.path), ".*."+filepath.Base(l.path))
	if err != nil {
		return err
	}
	_, err = f.Write(appendHead(nil, 0))
	if err == nil {
		_, err = io.Copy(f, entries)
	}
	if err == nil {
		err = f.Chmod(0o640)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), l.path)
	}
	if err == nil {
		err = statefile.SyncFolder(filepath.Dir(l.path))
	}
	if err != nil {
		os.Remove(f.Name())
		return errors.Join(err, f.Close())
	}
	_ = l.file.Close() // what it held is in the new one, and safe
	l.file, l.cursor = f, 0
	return nil
}

// less takes the first n entries out of the counts.
func (l *List) less(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done -= n
	l.written -= n
	l.added -= n
}
