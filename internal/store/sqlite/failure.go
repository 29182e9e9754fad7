package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// errDamaged says that the file is no whole database any more.
var errDamaged = errors.New("the file is damaged")

// errOlder says that the file is of a layout that is not written any more.
var errOlder = errors.New("the file was made by an older klaxond")

// errRefused says that a wish was wrong, not the file.
var errRefused = errors.New("not kept")

var errClosed = fmt.Errorf("the store: %w", os.ErrClosed)

// explain says what was attempted and what the user can do, and gives errors of
// the database the errno that others look for.
func (s *Store) explain(attempt string, err error) error {
	if err == nil {
		return nil
	}
	return explain(attempt+" "+s.path, err)
}

func explain(what string, err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", what, err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return fmt.Errorf("%s: make room on its disk: %w", what, syscall.ENOSPC)
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return fmt.Errorf("%s: it cannot be written, see its owner, its mode and how its disk is mounted: %w (%v)", what, syscall.EROFS, e)
	case lib.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: the file, or those beside it, cannot be opened or made: %w (%v)", what, syscall.EACCES, e)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%s: another program holds it, see fuser(1): %w (%v)", what, syscall.EBUSY, e)
	case lib.SQLITE_IOERR:
		return fmt.Errorf("%s: %w (%v)", what, ioError(e), e)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%s: %w (%v)", what, errDamaged, e)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ioError tells a disk without room for shared memory from one that is broken.
func ioError(e *sqlite.Error) error {
	if e.Code() == lib.SQLITE_IOERR_SHMSIZE {
		return syscall.ENOSPC
	}
	return syscall.EIO
}
