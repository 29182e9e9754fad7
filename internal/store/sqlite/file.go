package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	fileMode   = 0o640
	folderMode = 0o750
)

// beside are the endings of the files that belong to one database.
var beside = []string{"", "-wal", "-shm"}

// prepare makes the folder and the empty file, owned as the options say, and
// takes the lock. SQLite gives the files that it makes later the same mode, and
// the same owner when it runs as root.
func (s *Store) prepare() error {
	dir := filepath.Dir(s.path)
	if err := s.makeFolder(dir); err != nil {
		return err
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	info, err := os.Lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.makeFile(dir)
	}
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	// A descriptor of the database must not be opened here: closing it would
	// end SQLite's locks on the file, which belong to the process (fcntl(2)).
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open the store %s: it is no regular file; name the file itself", s.path)
	}
	return nil
}

func (s *Store) makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil // what is wrong with it shows when the file is opened
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make the folder of the store: %w", err)
	}
	if s.opts.UID < 0 {
		return nil
	}
	if err := os.Lchown(dir, s.opts.UID, s.opts.GID); err != nil {
		return fmt.Errorf("give away the folder of the store: %w", err)
	}
	return nil
}

func (s *Store) makeFile(dir string) error {
	f, err := s.create(s.path, os.O_EXCL)
	if err != nil {
		return fmt.Errorf("make the store: %w", err)
	}
	f.Close()
	return syncFolder(dir)
}

// create opens or makes a file of ours.
func (s *Store) create(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|flags, fileMode)
	if err != nil || s.opts.UID < 0 {
		return f, err
	}
	if err := f.Chown(s.opts.UID, s.opts.GID); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the folder of the store: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("make the store's name in %s durable: %w", dir, err)
	}
	return nil
}

// takeLock keeps a second klaxond from chaining on to the same head. The file
// that is locked stays when the database is moved aside.
func (s *Store) takeLock() error {
	if s.lock != nil {
		s.lock.Close() // its folder may have been replaced
		s.lock = nil
	}
	f, err := s.create(s.path+".lock", 0)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("open the store %s: another klaxond keeps its records there; stop it, or name another file: %w", s.path, syscall.EBUSY)
		}
		return fmt.Errorf("lock the store %s: %w", s.path, err)
	}
	s.lock = f
	return nil
}

// replaced tells whether the path leads to another file by now, or to none.
func (s *Store) replaced() bool {
	info, err := os.Lstat(s.path)
	return err != nil && errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, s.file)
}

// putAside moves a file that cannot go on, and what belongs to it, out of the way.
func (s *Store) putAside(why string) (string, error) {
	aside := s.path + "." + why + "-" + s.opts.Now().UTC().Format("20060102T150405.000000000Z")
	for _, end := range beside {
		err := os.Rename(s.path+end, aside+end)
		if err != nil && !(end != "" && errors.Is(err, fs.ErrNotExist)) {
			return "", fmt.Errorf("put the store that was there aside: %w", err)
		}
	}
	return aside, syncFolder(filepath.Dir(s.path))
}

// diskSize is what the files of a database take.
func diskSize(path string) (sum int64) {
	for _, end := range beside {
		if info, err := os.Stat(path + end); err == nil {
			sum += info.Size()
		}
	}
	return sum
}
