package sqlite

import (
	"fmt"
	"os"

	"klaxon"
)

// watchLog tells when the log grows because somebody reads and does not end: it
// cannot be folded into the file then, and no limit holds.
func (s *Store) watchLog() {
	size := logSize(s.path)
	switch {
	case size >= logTold && !s.held:
		s.held = true
		s.tell(klaxon.HealthStore, 0, held(s.path, size))
	case size < logTold/2:
		s.held = false
	}
}

// logSize is what the log takes, 0 when there is none.
func logSize(path string) int64 {
	info, err := os.Stat(path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// held says what to do about a log that grows, "" when it is in order.
func held(path string, size int64) string {
	if size < logTold {
		return ""
	}
	return fmt.Sprintf("%s-wal has grown to %d MiB, beyond the limit of the store: another program reads the store and does not end; find it with fuser(1)", path, size>>20)
}
