//go:build !linux

package packet

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"klaxon/internal/watch/capture"
)

// Capture is for Linux.
type Capture struct{}

var errUnsupported = fmt.Errorf("watch live interfaces: %w on %s yet: record with tcpdump, and read the file", errors.ErrUnsupported, runtime.GOOS)

// Default returns an error that wraps errors.ErrUnsupported.
func Default() ([]string, error) { return nil, errUnsupported }

// Open returns an error that wraps errors.ErrUnsupported.
func Open(Config) (*Capture, error) { return nil, errUnsupported }

// Interfaces returns nothing.
func (*Capture) Interfaces() []capture.Interface { return nil }

// Next returns an error that wraps errors.ErrUnsupported.
func (*Capture) Next(time.Duration) (capture.Frame, error) { return capture.Frame{}, errUnsupported }

// Now returns 0.
func (*Capture) Now() int64 { return 0 }

// Drops returns 0.
func (*Capture) Drops(int) uint64 { return 0 }

// Close does nothing.
func (*Capture) Close() error { return nil }
