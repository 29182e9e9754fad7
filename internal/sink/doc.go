// Package sink takes records out of the process: to a terminal, to syslog, and
// to a file of JSON lines. Each sink is used by one goroutine at a time, and
// passes the suite in sinktest.
package sink

import (
	"fmt"
	"os"
)

// errClosed is what Emit returns after Close.
func errClosed(name string) error { return fmt.Errorf("emit to %s: %w", name, os.ErrClosed) }
