// Package ident asks the machine at the far end of a TCP connection whose
// connection that is, in the Identification Protocol of RFC 1413 and, as a
// liberal reader, of its predecessor RFC 931.
//
// The answer is a claim, written by whoever touched the trap; the question is
// a connection that a stranger makes us open. Both are therefore hedged in:
// call Allowed first, then Alive on the connection of the touch, then Lock,
// and Ask only when all three agree.
package ident

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"klaxon"
)

// Query names one TCP connection, both its ends as this machine sees them.
// The zero value is not useful.
type Query struct {
	Local   netip.AddrPort // the trap's end: the address that was contacted
	Remote  netip.AddrPort // the end of the source
	Timeout time.Duration  // for connect, write and read together; 0: 3 s
}

// Ask connects to port 113 of q.Remote's address, from q.Local's address, and
// returns what was said there. It ends when q.Timeout has passed or ctx is
// done, whichever is first, and reads at most 1,000 bytes. It never fails: what
// goes wrong is an outcome.
//
//   - claim: a well-formed reply for this port pair names a user.
//   - hidden-user: a well-formed reply declines to name one.
//   - refused: the connection was turned down, by a reset or by an ICMP
//     unreachable message, which is how firewalls do it, or there is no way.
//   - no-answer: there was no whole reply in time, or the connection was
//     closed or reset without a byte, or ctx was cancelled.
//   - error: any other error reply, any malformed or mismatched one, or a
//     connection that could not be attempted from q.Local.
func Ask(ctx context.Context, q Query) klaxon.Ident {
	return asker{port: wellKnownPort}.ask(ctx, q)
}

// asker lets tests ask where they need no privilege to answer.
type asker struct{ port uint16 }

func (a asker) ask(ctx context.Context, q Query) klaxon.Ident {
	timeout := q.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := a.dial(ctx, q)
	if err != nil {
		return klaxon.Ident{Outcome: dialOutcome(ctx, err)}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	return exchange(conn, q)
}

var errNoLocal = errors.New("ident: query without a local address")

func (a asker) dial(ctx context.Context, q Query) (net.Conn, error) {
	local, remote := q.Local.Addr().Unmap(), q.Remote.Addr().Unmap()
	if !local.IsValid() || !remote.IsValid() {
		return nil, errNoLocal // the kernel would choose an address of its own
	}
	local, remote = scoped(local, remote.Zone()), scoped(remote, local.Zone())
	d := net.Dialer{KeepAlive: -1}
	d.SetMultipathTCP(false)
	return d.DialTCP(ctx, "tcp", netip.AddrPortFrom(local, 0), netip.AddrPortFrom(remote, a.port))
}

// scoped gives a link-local address that lacks its zone the zone of the other
// end: both stand on one link.
func scoped(addr netip.Addr, zone string) netip.Addr {
	if addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		return addr.WithZone(zone)
	}
	return addr
}

func dialOutcome(ctx context.Context, err error) klaxon.IdentOutcome {
	var ne net.Error
	if ctx.Err() != nil || errors.As(err, &ne) && ne.Timeout() {
		return klaxon.IdentNoAnswer
	}
	if errors.Is(err, syscall.ECONNRESET) {
		return klaxon.IdentNoAnswer // it was accepted: a refusal has an error of its own
	}
	for _, no := range [...]syscall.Errno{syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, no) {
			return klaxon.IdentRefused
		}
	}
	return klaxon.IdentError
}

// exchange does the one round of the protocol (RFC 1413, section 3).
func exchange(conn net.Conn, q Query) klaxon.Ident {
	// A failed write is not looked at: the daemon may have spoken before it
	// closed, and where it has not, the read fails too.
	conn.Write(appendQuery(nil, q.Remote.Port(), q.Local.Port()))
	line, outcome := readLine(conn)
	if outcome != "" {
		return klaxon.Ident{Outcome: outcome}
	}
	outcome, claim := parseReply(line, q.Remote.Port(), q.Local.Port())
	return klaxon.Ident{Outcome: outcome, Claim: bytes.Clone(claim)}
}
