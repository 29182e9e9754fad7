// Package listen is klaxond's own watcher: it arms thousands of TCP and UDP
// traps at once and yields one klaxon.Touch for each connection or datagram.
//
// All traps share one epoll instance and one goroutine, so that a trap costs a
// socket and about a hundred bytes, and a storm on one trap cannot starve the
// others. It works on Linux; elsewhere Open fails with errors.ErrUnsupported.
package listen

import (
	"net/netip"
	"os"

	"klaxon"
)

// Trap is a port to be armed.
type Trap struct {
	Transport klaxon.Transport // TCP or UDP
	Port      uint16           // never 0
	Label     string           // becomes Touch.Service; the operator's words
}

// Config says which traps to arm, and where. The zero value arms nothing.
type Config struct {
	// Traps holds each (transport, port) at most once.
	Traps []Trap

	// Addrs are the local addresses to arm; none means every address of both
	// families. 0.0.0.0 and :: stand for every address of their own family. An
	// IPv6 link-local address needs its zone.
	Addrs []netip.Addr

	// Inherited are sockets that the service manager has bound: listening TCP
	// and bound UDP, of either family or both. Open duplicates them; the caller
	// may close its own afterwards. Apply ignores the field.
	Inherited []*os.File

	// Label names an inherited socket; nil, or an answer of "", gives
	// "tcp/PORT" or "udp/PORT".
	Label func(tr klaxon.Transport, port uint16) string

	// Backlog is how many finished handshakes may wait for each TCP trap; 0
	// means 4096. The kernel cuts it to net.core.somaxconn.
	Backlog int
}

// State says what became of a trap on an address.
type State string

// The states of a trap on an address.
const (
	StateArmed  State = "armed"
	StateHeld   State = "held"   // another socket has this (address, port)
	StateDenied State = "denied" // the system would not have it, see Status.Err
)

// Status is the state of one trap on one address.
type Status struct {
	Trap

	// Addr is unspecified (0.0.0.0 or ::) when the state is that of every
	// address of that family. Where another socket is in the way of that, the
	// trap is tried on each address by itself: some may then be armed beside
	// others that are held.
	Addr netip.Addr

	State State
	Err   error // why it is not armed; nil when it is

	// Holder is the program and process that holds the port, as "sshd[812]",
	// where /proc tells; "" where it does not. The program chose that name
	// itself: raw bytes.
	Holder string
}

// Handler takes one touch. It runs on the goroutine of Run, with the Set
// locked: it must not block, and of the Set's methods may call Counters alone.
//
// The touch and all it points to are valid during the call only. For a stream
// c is the handler's to close, during the call or later. For a datagram, and
// for a stream let in although descriptors ran out, c is the zero Conn: such a
// stream is closed when the handler returns.
type Handler func(t *klaxon.Touch, c Conn)

// Conn is the descriptor of an accepted connection, non-blocking and
// close-on-exec. The zero value holds none. It is a plain number: whoever
// closes one copy has closed them all.
type Conn struct{ fd int }

// FD returns the descriptor, -1 for the zero Conn.
func (c Conn) FD() int {
	if c.fd == 0 {
		return -1
	}
	return c.fd
}

// Counters are exact counts since Open.
type Counters struct {
	Accepted  uint64 // connections given to the handler
	Datagrams uint64 // datagrams given to the handler

	// NotTouch counts datagrams to a broadcast or multicast address.
	NotTouch uint64

	// Lost counts datagrams that the kernel dropped because a trap's buffer
	// was full. It learns of them with the next datagram to the same trap.
	Lost uint64

	// ReserveUsed counts the connections among Accepted that could not be kept
	// because descriptors ran out.
	ReserveUsed uint64

	// AcceptErrors counts failed accept and receive calls by the name of the
	// error, e.g. "ECONNABORTED". A touch behind such an error is lost, except
	// for EMFILE, ENFILE, ENOBUFS and ENOMEM, which leave it waiting.
	AcceptErrors map[string]uint64
}
