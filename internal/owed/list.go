package owed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"klaxon/internal/statefile"
)

// List is what one output owes. Use Open. Its methods may be called by several
// goroutines.
type List struct {
	path    string
	aside   string // where a file went that was no list
	damaged uint64

	mu    sync.Mutex
	fresh []Entry // not written yet: those from written on
	count         // of entries since the file's first

	io     sync.Mutex // held around what is done with the file; taken before mu
	file   *os.File
	cursor uint64 // as the file has it
}

// count says how far what has come.
type count struct{ done, written, added uint64 }

// Open opens a file, or makes it. What is damaged in it is left out and counted.
func Open(path string) (*List, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	l := &List{path: path, file: f}
	if err = l.load(); errors.Is(err, errForeign) {
		err = l.putAside()
	}
	if err == nil {
		err = statefile.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		if l.file != nil {
			l.file.Close()
		}
		return nil, fmt.Errorf("read what an output owes from %s: %w", path, err)
	}
	return l, nil
}

// Aside is where the file went that was there and was no list; "" if there was none.
func (l *List) Aside() string { return l.aside }

// Damaged is how many entries that were owed could not be read at the start.
func (l *List) Damaged() uint64 { return l.damaged }

// load takes what is owed from the file. Where something is damaged, the file is
// written anew without it, so that it counts as lost once.
func (l *List) load() error {
	data, err := io.ReadAll(io.LimitReader(l.file, fileMax))
	if err != nil {
		return err
	}
	if blank(data) {
		return l.reset()
	}
	cursor, ok := readHead(data)
	body := data[min(size, len(data)):]
	if n := uint64(len(body)) / size; !ok {
		cursor = 0 // what was done is repeated
	} else if cursor > n || cursor == n && len(body)%size == 0 {
		return l.reset() // all are done, also where a cut came before a new head
	}
	good, bad := sift(body[cursor*size:])
	n := uint64(len(good)) / size
	switch {
	case !ok && n == 0:
		return errForeign
	case ok && bad == 0:
		l.count, l.cursor = count{cursor, cursor + n, cursor + n}, cursor
		return l.file.Truncate(int64(1+cursor+n) * size)
	}
	l.count, l.damaged = count{0, n, n}, bad
	return l.replace(bytes.NewReader(good))
}

// reset empties the file: first the entries go, then the cursor.
func (l *List) reset() error {
	if err := l.file.Truncate(size); err != nil {
		return err
	}
	l.cursor = 0
	_, err := l.file.WriteAt(appendHead(nil, 0), 0)
	return err
}

// Add owes one more record. It is false when there is no room.
func (l *List) Add(e Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.added-l.done >= Max || len(l.fresh) >= freshMax && !l.forget() {
		return false
	}
	l.fresh = append(l.fresh, e)
	l.added++
	return true
}

// forget lets go of fresh entries that are done. It is false when there is none.
func (l *List) forget() bool {
	if l.done <= l.written {
		return false
	}
	n := l.done - l.written
	l.fresh = append([]Entry(nil), l.fresh[n:]...)
	l.added -= n
	l.done -= n
	return true
}

// Len is how many are owed, with those that were struck.
func (l *List) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.added - l.done)
}

// Done says that the oldest n are owed no more.
func (l *List) Done(n int) error {
	l.mu.Lock()
	l.done = min(l.done+uint64(n), l.added)
	l.mu.Unlock()
	l.io.Lock()
	defer l.io.Unlock()
	return l.mark()
}

// Strike says that n behind the oldest at are owed no more, though those are.
func (l *List) Strike(at, n int) error {
	l.io.Lock()
	defer l.io.Unlock()
	l.mu.Lock()
	from := l.done + uint64(at)
	to := min(from+uint64(n), l.added)
	for i := max(from, l.written); i < to; i++ {
		l.fresh[i-l.written] = Entry{Kind: Struck}
	}
	to = min(to, l.written)
	l.mu.Unlock()
	if from >= to || l.file == nil {
		return nil
	}
	struck := Entry{Kind: Struck}
	if _, err := l.file.WriteAt(bytes.Repeat(struck.append(nil), int(to-from)), int64(1+from)*size); err != nil {
		return fmt.Errorf("write what an output has delivered to %s: %w", l.path, err)
	}
	return nil
}

// mark writes the cursor, if it has moved among what the file has.
func (l *List) mark() error {
	l.mu.Lock()
	cursor := min(l.done, l.written)
	l.mu.Unlock()
	if cursor == l.cursor || l.file == nil {
		return nil
	}
	if _, err := l.file.WriteAt(appendHead(nil, cursor), 0); err != nil {
		return fmt.Errorf("write what an output has delivered to %s: %w", l.path, err)
	}
	l.cursor = cursor
	return nil
}

// Next returns those that come behind the oldest skip, at most n, with those that were
// struck.
func (l *List) Next(skip, n int) ([]Entry, error) {
	l.io.Lock()
	defer l.io.Unlock()
	l.mu.Lock()
	from, written := min(l.done+uint64(skip), l.added), l.written
	if from >= written {
		rest := l.fresh[from-written:]
		list := append([]Entry(nil), rest[:min(n, len(rest))]...)
		l.mu.Unlock()
		return list, nil
	}
	l.mu.Unlock()
	b := make([]byte, min(uint64(n), written-from)*size)
	if l.file == nil {
		return nil, fmt.Errorf("read what an output owes from %s: %w", l.path, os.ErrClosed)
	}
	if _, err := l.file.ReadAt(b, int64(1+from)*size); err != nil {
		return nil, fmt.Errorf("read what an output owes from %s: %w", l.path, err)
	}
	var list []Entry
	for ; len(b) > 0; b = b[size:] {
		e, _ := read(b) // what was damaged meanwhile names no record that is kept
		list = append(list, e)
	}
	return list, nil
}

// Kinds counts what is owed by kind, of the file alone: at the start that is all.
func (l *List) Kinds() (touches, alarms, health uint64, err error) {
	l.io.Lock()
	defer l.io.Unlock()
	b := make([]byte, (l.written-l.done)*size)
	if _, err := l.file.ReadAt(b, int64(1+l.done)*size); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, 0, fmt.Errorf("read what an output owes from %s: %w", l.path, err)
	}
	for ; len(b) > 0; b = b[size:] {
		switch e, _ := read(b); e.Kind {
		case Touch:
			touches++
		case Alarm:
			alarms++
		case Struck:
		default:
			health++
		}
	}
	return touches, alarms, health, nil
}

// Close lets go of the file, with what is owed in it.
func (l *List) Close() error {
	err := l.Flush()
	l.io.Lock()
	defer l.io.Unlock()
	if l.file == nil {
		return nil
	}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	return err
}
