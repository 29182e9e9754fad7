//go:build !linux

package firewall

// Examine is for Linux.
func Examine([]Trap, Host) ([]Finding, error) { return nil, ErrAbsent }
