// Package sandbox gives up privilege, for good, before the first hostile byte
// is read. Become is for klaxon, which is linked thin and therefore meets no
// fmt here; DropTo is for klaxond, which keeps one capability, and for tocsin,
// which keeps none.
package sandbox

import (
	"errors"
	"syscall"
)

// Become makes a process started as root the named user, or nobody where there
// is no such user. It does nothing for anybody else.
func Become(user string) error {
	if syscall.Geteuid() != 0 {
		return nil
	}
	id, err := Lookup(user)
	if err != nil {
		return err
	}
	return id.assume()
}

// assume takes on the user and group of id, and no other group. The order
// matters: who is no longer root may not change groups.
func (id Identity) assume() error {
	if err := id.leaveGroups(); err != nil {
		return &Error{"set the groups of " + id.Name, err}
	}
	if err := syscall.Setgid(id.GID); err != nil {
		return &Error{"become the group of " + id.Name, err}
	}
	if err := syscall.Setuid(id.UID); err != nil {
		return &Error{"become user " + id.Name, err}
	}
	if syscall.Getuid() != id.UID || syscall.Geteuid() != id.UID || syscall.Getegid() != id.GID {
		return &Error{"become user " + id.Name, errStillPrivileged}
	}
	return nil
}

// leaveGroups leaves the supplementary groups, when there are any: a call that
// changes every thread costs klaxon a twentieth of its run, and what inetd
// starts for root mostly has none.
func (id Identity) leaveGroups() error {
	if groups, err := syscall.Getgroups(); err == nil && len(groups) == 0 {
		return nil
	}
	return setgroups([]int{id.GID})
}

var errStillPrivileged = errors.New("the system said yes and did not do it")

// Error says which step of giving up privilege failed.
type Error struct {
	Step string
	Err  error
}

// Error implements error.
func (e *Error) Error() string { return "give up privilege: " + e.Step + ": " + e.Err.Error() }

// Unwrap returns what the system said.
func (e *Error) Unwrap() error { return e.Err }
