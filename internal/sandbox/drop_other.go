//go:build !linux

package sandbox

import "syscall"

// Capability has a meaning on Linux only.
type Capability uint

// NetBindService lets a process bind ports below 1024, on Linux.
const NetBindService Capability = 10

// DropTo becomes id when started as root. There are no capabilities here: what
// is kept is nothing, so that low ports can be armed at start only.
func DropTo(id Identity, keep ...Capability) error {
	if syscall.Geteuid() != 0 {
		return nil
	}
	return id.assume()
}
