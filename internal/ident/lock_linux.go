package ident

import (
	"net/netip"
	"syscall"
)

// Lock takes the right to ask peer, which one query at a time may hold among
// all processes of this network namespace; ok is false when another holds it.
// The caller must call unlock, once; the right ends with the process too.
//
// The lock is an address in the abstract unix namespace, bound and never
// listened on, so nothing can be sent to it. Any local user may take the name:
// what that gains is one query not made.
func Lock(peer netip.Addr) (unlock func(), ok bool) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	name := "@klaxon-ident-" + peer.Unmap().String() // '@' stands for NUL
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: name}); err != nil {
		syscall.Close(fd)
		return nil, false
	}
	return func() { syscall.Close(fd) }, true
}
