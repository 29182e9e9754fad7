//go:build !linux

package inbox

import (
	"context"
	"errors"
	"fmt"

	"klaxon"
)

// Inbox is not to be had here: other systems name the sender of a datagram in
// other ways.
type Inbox struct{ judge judge }

// Open fails with errors.ErrUnsupported.
func Open(path string, klaxonUID int) (*Inbox, error) {
	return nil, fmt.Errorf("listen on %s: %w", path, errors.ErrUnsupported)
}

// Run does nothing.
func (*Inbox) Run(context.Context, func(*klaxon.Touch)) error { return errors.ErrUnsupported }

// Counters returns zeroes.
func (in *Inbox) Counters() Counters { return in.judge.counts.snapshot() }

// Close does nothing.
func (*Inbox) Close() error { return nil }
