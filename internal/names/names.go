// Package names finds the name of an address, believing it only when the name
// maps back to that address. Both directions are answered by strangers: the
// owner of an address writes its PTR records, and may write anything.
package names

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// Lookup returns the first name of addr that maps back to exactly addr,
// without its trailing dot; it has letters, digits, hyphens, underscores and
// dots only. It gives up after 2 s, or when ctx is done. It asks what
// /etc/hosts and the DNS say, in the order of nsswitch.conf; the DNS is not
// asked about link-local addresses with a zone.
func Lookup(ctx context.Context, addr netip.Addr) (name string, ok bool) {
	var d net.Dialer
	return lookup(ctx, newResolver(d.DialContext), addr)
}

func lookup(ctx context.Context, r *net.Resolver, addr netip.Addr) (string, bool) {
	addr = addr.Unmap()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// An error may come with names: those that were left after the resolver
	// took out the invalid ones.
	found, _ := r.LookupAddr(ctx, addr.String())
	for _, name := range found[:min(len(found), namesMax)] {
		name = strings.TrimSuffix(name, ".")
		if isHostname(name) && mapsBack(ctx, r, name, addr) {
			return name, true
		}
	}
	return "", false
}

func mapsBack(ctx context.Context, r *net.Resolver, name string, addr netip.Addr) bool {
	network := "ip6"
	if addr.Is4() {
		network = "ip4"
	}
	// The dot keeps the search list of resolv.conf out.
	found, _ := r.LookupNetIP(ctx, network, name+".")
	for _, a := range found[:min(len(found), addrsMax)] {
		if a.Unmap() == addr {
			return true
		}
	}
	return false
}
