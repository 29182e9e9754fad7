//go:build !linux

package listen

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Set is a set of armed traps; there is none on this system.
type Set struct{}

// Open fails with an error that wraps errors.ErrUnsupported.
func Open(Config, Handler) (*Set, error) { return nil, unsupported() }

// Run fails as Open does.
func (*Set) Run(context.Context) error { return unsupported() }

// Apply fails as Open does.
func (*Set) Apply(Config) ([]Status, error) { return nil, unsupported() }

// Status returns nil.
func (*Set) Status() []Status { return nil }

// Retry does nothing.
func (*Set) Retry() {}

// Counters returns the zero value.
func (*Set) Counters() Counters { return Counters{} }

// Close does nothing.
func (*Set) Close() {}

// Close does nothing: there are only zero Conns.
func (Conn) Close() error { return nil }

func unsupported() error {
	return fmt.Errorf("listen: traps of klaxond's own on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
