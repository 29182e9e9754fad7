package metrics

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"slices"
	"sync"
)

// gate lets everybody in at once, and shows the door to who has been there longest
// without a whole request when there are too many: whoever asks at once, as
// Prometheus does, is answered, however many say nothing. Of one source there are
// fewer, so that it pushes out its own.
type gate struct {
	net.Listener
	mu     sync.Mutex
	guests []*guest // as they came
}

// guest is a connection.
type guest struct {
	net.Conn
	gate *gate
	from netip.Addr // loopback is one source: each of its addresses is free to anybody there
	asks bool       // it sent a whole request, and has not had its answer yet
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	n := &guest{Conn: c, gate: g, from: sourceOf(c)}
	g.mu.Lock()
	out := g.tooMany(n.from)
	g.guests = append(g.guests, n)
	g.mu.Unlock()
	if out != nil {
		out.Close()
	}
	return n, nil
}

func sourceOf(c net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	if a := ap.Addr().Unmap().WithZone(""); !a.IsLoopback() {
		return a
	}
	return netip.IPv6Loopback()
}

// tooMany picks who has to leave when another one comes from a source, nil for nobody.
func (g *gate) tooMany(from netip.Addr) *guest {
	share := slices.DeleteFunc(slices.Clone(g.guests), func(n *guest) bool { return n.from != from })
	switch {
	case len(share) >= maxConnsEach:
		return longest(share)
	case len(g.guests) >= maxConns:
		return longest(g.guests)
	}
	return nil
}

// longest is the first who does not ask, or the first.
func longest(list []*guest) *guest {
	for _, n := range list {
		if !n.asks {
			return n
		}
	}
	return list[0]
}

// Close implements net.Conn.
func (n *guest) Close() error {
	n.gate.mu.Lock()
	n.gate.guests = slices.DeleteFunc(n.gate.guests, func(other *guest) bool { return other == n })
	n.gate.mu.Unlock()
	return n.Conn.Close()
}

func (n *guest) asking(yes bool) {
	n.gate.mu.Lock()
	defer n.gate.mu.Unlock()
	n.asks = yes
}

type guestKey struct{}

// within has a handler find the guest of a request.
func within(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}

// asked notes that the guest of a request sent all of it, until done is called.
func asked(ctx context.Context) (done func()) {
	n, ok := ctx.Value(guestKey{}).(*guest)
	if !ok {
		return func() {}
	}
	n.asking(true)
	return func() { n.asking(false) }
}

// silent takes what the server says of its callers: a stranger must not fill a log.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
