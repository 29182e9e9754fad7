// Package packet captures from live interfaces. On Linux it reads AF_PACKET
// sockets through rings shared with the kernel, behind a filter that keeps
// established traffic in the kernel; elsewhere Open says that it cannot.
//
// A Capture is owned by one goroutine. Reading a frame makes no system call
// and allocates nothing while frames are at hand.
package packet

import (
	"errors"

	"golang.org/x/net/bpf"
)

// Config says what to capture.
type Config struct {
	Interfaces  []string             // names; empty for those of Default
	Promiscuous bool                 // also what is addressed to others
	Mirrors     bool                 // pass GRE and VXLAN whole, for decode.Decoder.Mirrors
	Extra       []bpf.RawInstruction // a user's filter, which must pass a packet as well as ours; nil for none
	RingBytes   int                  // per interface; 0 for the default
}

// ErrPrivilege is wrapped by the error of Open where the system does not let this
// process watch.
var ErrPrivilege = errors.New("packet sockets need CAP_NET_RAW")

// What Next may return beside a frame. ErrDown and ErrGone are wrapped by an
// error that names the interface; after them Next may be called again, for the
// other interfaces and for one that comes up again.
var (
	ErrIdle = errors.New("no packet came in time")
	ErrDown = errors.New("the interface went down: nothing is seen of it until it is up again")
	ErrGone = errors.New("the interface is gone: start again to watch one of that name")
)
