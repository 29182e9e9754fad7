//go:build !linux

package inetd

import "net/netip"

// resetPeer cannot tell here.
func resetPeer(int) (netip.AddrPort, bool) { return netip.AddrPort{}, false }
