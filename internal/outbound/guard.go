package outbound

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// PrivateError says that a name led to an address that is not of the public
// Internet, and that the output was not allowed to go there.
type PrivateError struct{ Addr netip.Addr }

// Error implements error.
func (e *PrivateError) Error() string {
	return fmt.Sprintf("%s is a private or local address: set allow_private = true if the peer is to be there", e.Addr)
}

// Dial connects. Unless private addresses are allowed, every address is judged
// after its name was resolved and before a packet is sent, so that a name that
// leads elsewhere the second time leads nowhere.
func Dial(ctx context.Context, network, address string, allowPrivate bool) (net.Conn, error) {
	var d net.Dialer
	d.SetMultipathTCP(false)
	if !allowPrivate {
		d.Control = refusePrivate
	}
	return d.DialContext(ctx, network, address)
}

func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address: %w", address, err)
	}
	if !Public(ap.Addr()) {
		return &PrivateError{ap.Addr()}
	}
	return nil
}

// special are the networks beyond those that package netip knows that lead
// somewhere else than to a host of the public Internet (RFC 6890 and its
// registries). Those that hold an IPv4 address in one of IPv6 are among them: what
// they lead to cannot be told from outside.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// Public tells whether an address is one of the public Internet.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
