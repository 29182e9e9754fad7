//go:build !linux

package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"klaxon/internal/drill"
)

var errNot = fmt.Errorf("send probes: %w on this system", errors.ErrUnsupported)

// Raw sends raw segments.
type Raw struct{}

// OpenRaw fails.
func OpenRaw(string) (*Raw, error) { return nil, errNot }

// Close does nothing.
func (*Raw) Close() error { return nil }

// Send fails.
func (*Raw) Send(drill.Kind, *drill.Secret, netip.Addr, netip.AddrPort, func(drill.Flow)) error {
	return errNot
}

// Connection is one that is about to be made.
type Connection struct{}

// NewConnection fails.
func NewConnection(netip.Addr, netip.AddrPort) (*Connection, error) { return nil, errNot }

// Flow is its ends.
func (*Connection) Flow() drill.Flow { return drill.Flow{} }

// Make fails.
func (*Connection) Make(time.Duration) error { return errNot }

// Datagram fails.
func Datagram(*drill.Secret, netip.Addr, netip.AddrPort, drill.Announcement, int, func(drill.Flow)) error {
	return errNot
}
