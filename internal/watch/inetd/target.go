package inetd

import (
	"net"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// target is where a datagram was sent to.
type target struct {
	addr      netip.Addr
	groupCast bool // broadcast or multicast
}

// target reads the control messages of a datagram. Without one the socket's own
// address has to do, which is unspecified when it is bound to every address.
func (s *Socket) target(oob []byte) target {
	t := target{addr: s.Local.Addr()}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return t
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= 16:
			t.addr = netip.AddrFrom16([16]byte(m.Data[:16])).Unmap()
		case m.Header.Level == unix.IPPROTO_IP:
			readIPv4(m, &t)
		}
	}
	t.groupCast = t.groupCast || s.isGroupCast(t.addr)
	return t
}

// isGroupCast tells multicast, limited broadcast, and the broadcast address of
// a connected network.
func (s *Socket) isGroupCast(a netip.Addr) bool {
	return a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || slices.Contains(s.broadcast, a)
}

// broadcastAddresses lists those of the connected IPv4 networks.
func broadcastAddresses() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, i := range addrs {
		if p, err := netip.ParsePrefix(i.String()); err == nil && p.Addr().Is4() && p.Bits() < 31 {
			out = append(out, last(p))
		}
	}
	return out
}

// last returns the highest address of an IPv4 prefix: its broadcast address.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}
