package firewall

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// translate tells where a packet is sent instead of the trap.
func (m *machine) translate(e *expression) verdict {
	var addr, port []cell
	switch e.name {
	case "tproxy":
		return verdict{code: unclear, note: "tproxy"}
	case "redir":
		port = m.register(e, unix.NFTA_REDIR_REG_PROTO_MIN, 2)
	default:
		if e.number(unix.NFTA_NAT_TYPE) == unix.NFT_NAT_SNAT {
			return verdict{code: accept}
		}
		size := 4
		if m.probe.v6 {
			size = 16
		}
		addr = m.register(e, unix.NFTA_NAT_REG_ADDR_MIN, size)
		port = m.register(e, unix.NFTA_NAT_REG_PROTO_MIN, 2)
	}
	elsewhere, known := m.elsewhere(addr, port)
	switch {
	case !known:
		return verdict{code: unclear, note: e.name}
	case elsewhere == "":
		return verdict{code: accept} // where it would have gone
	}
	return verdict{code: moved, note: elsewhere}
}

// register is the one that an attribute names, nil for none.
func (m *machine) register(e *expression, kind uint16, n int) []cell {
	cells := m.load(e.number(kind))
	if !e.has(kind) || n > len(cells) {
		return nil
	}
	return cells[:n]
}

// elsewhere names where a packet goes, "" for the trap itself.
func (m *machine) elsewhere(addr, port []cell) (where string, known bool) {
	number := m.probe.port
	if port != nil {
		b := bytesOf(port)
		if b == nil {
			return "", false
		}
		number = uint16(b[0])<<8 | uint16(b[1])
	}
	if addr != nil {
		a, ok := netip.AddrFromSlice(bytesOf(addr))
		if !ok {
			return "", false
		}
		if !m.probe.local[a] {
			return netip.AddrPortFrom(a, number).String(), true
		}
	}
	if number == m.probe.port {
		return "", true
	}
	return fmt.Sprintf("port %d", number), true
}
