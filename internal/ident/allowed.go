package ident

import (
	"net"
	"net/netip"

	"klaxon/internal/services/grade"
)

// Allowed reports whether q may be asked, for a trap whose service has grade g;
// when it may not, why is one clause that says so. Force overrides
// grade.Discouraged and nothing else. Allowed sends nothing; it asks the
// kernel for this machine's addresses.
func Allowed(q Query, g grade.Grade, force bool) (ok bool, why string) {
	switch {
	case !q.Local.Addr().IsValid() || !q.Remote.Addr().IsValid() || q.Local.Port() == 0 || q.Remote.Port() == 0:
		return false, "an end of the connection is unknown"
	case g == grade.None:
		return false, "there is no connection to ask about"
	case q.Local.Port() == wellKnownPort || q.Remote.Port() == wellKnownPort:
		return false, "the query about a query would have no end"
	case g == grade.Discouraged && !force:
		return false, "the service has honest clients that may take it amiss"
	case g != grade.Good && g != grade.Discouraged:
		return false, "this service is never asked about"
	case q.Remote.Addr().Unmap() == q.Local.Addr().Unmap() || isLocal(q.Remote.Addr()):
		return false, "the peer is this machine"
	}
	return true, ""
}

// isLocal reports whether addr is this machine's. It says yes when the kernel
// does not tell: a query too few does no harm.
func isLocal(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range ours {
		if n, ok := a.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == addr {
				return true
			}
		}
	}
	return false
}
