//go:build !linux

package firewall

// Examine is for Linux.
func Examine([]Trap, Host) ([]Finding, error) { return nil, ErrAbsent }

// Legacy is for Linux.
func Legacy() []string { return nil }
