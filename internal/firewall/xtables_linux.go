package firewall

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// What iptables-nft has no words of nftables for is in rules as matches and
// targets of xtables, with their own structures in the machine's byte order.

func (m *machine) xtMatch(e *expression) outcome {
	info, rev := e.get(unix.NFTA_MATCH_INFO), e.number(unix.NFTA_MATCH_REV)
	switch e.text(unix.NFTA_MATCH_NAME) {
	case "comment":
		return holds
	case "tcp", "udp":
		return m.xtPorts(info, e.text(unix.NFTA_MATCH_NAME) == "tcp")
	case "multiport":
		return m.xtMultiport(info, rev)
	case "conntrack":
		return m.xtConntrack(info, rev)
	case "state":
		if len(info) >= 4 {
			return m.inState(binary.NativeEndian.Uint32(info), false)
		}
	case "addrtype":
		return xtAddrtype(info, rev)
	case "pkttype":
		if len(info) >= 8 {
			host := nativeNumber(info[:4]) == unix.PACKET_HOST
			return is(truthOf(host != (nativeNumber(info[4:8]) != 0)), 0)
		}
	case "rpfilter":
		const invert = 8
		if len(info) >= 1 {
			return is(truthOf(info[0]&invert == 0), 0)
		}
	case "icmp", "icmp6", "sctp", "dccp", "esp", "ah":
		return is(no, 0)
	case "limit", "hashlimit", "connlimit", "recent", "statistic", "quota":
		return chance
	case "mac", "iprange":
		return is(maybe, bySource)
	case "physdev", "devgroup":
		return is(maybe, byInterface)
	}
	return unknown
}

func u16(b []byte, at int) uint16 { return binary.NativeEndian.Uint16(b[at:]) }

// xtPorts: two pairs of ports, for tcp the flags, and what is inverted.
func (m *machine) xtPorts(info []byte, tcp bool) outcome {
	const invertSource, invertPort, invertFlags, whole = 1, 2, 4, 12
	if tcp != (m.probe.proto == unix.IPPROTO_TCP) {
		return is(no, 0)
	}
	if tcp && len(info) < whole || len(info) < 9 {
		return unknown
	}
	inverted := info[8]
	if tcp {
		inverted = info[11]
	}
	in := m.probe.port >= u16(info, 4) && m.probe.port <= u16(info, 6)
	if in == (inverted&invertPort != 0) {
		return is(no, 0)
	}
	if tcp && info[8] != 0 {
		return unknown // an option of TCP
	}
	if tcp && info[9] != 0 {
		flags := m.probe.segment[13]
		t, _ := equal([]cell{{value: flags.value & info[9], known: flags.known | ^info[9]}}, []byte{info[10]})
		if inverted&invertFlags != 0 {
			t = t.not()
		}
		if t != yes {
			return is(t, byUnknown)
		}
	}
	if u16(info, 0) != 0 || u16(info, 2) != 0xffff || inverted&invertSource != 0 {
		return is(maybe, bySource)
	}
	return holds
}

// xtMultiport: which ports are meant, how many there are, they, and which of them
// begin a range.
func (m *machine) xtMultiport(info []byte, rev uint64) outcome {
	const source, destination = 0, 1
	if rev != 1 || !wholeMultiport(info) {
		return unknown
	}
	if info[0] == source {
		return is(maybe, bySource)
	}
	in := false
	for _, r := range portRanges(info) {
		in = in || m.probe.port >= r[0] && m.probe.port <= r[1]
	}
	t := truthOf(in != (info[47] != 0))
	if info[0] != destination {
		return is(maybe, bySource) // either port
	}
	return is(t, 0)
}

func wholeMultiport(info []byte) bool {
	const most, size = 15, 48
	return len(info) >= size && info[1] <= most
}

// portRanges lists the ports of a multiport match that is whole.
func portRanges(info []byte) (list [][2]uint16) {
	for i := 0; i < int(info[1]); i++ {
		r := [2]uint16{u16(info, 2+2*i), u16(info, 2+2*i)}
		if info[32+i] != 0 && i+1 < int(info[1]) {
			i++
			r[1] = u16(info, 2+2*i)
		}
		list = append(list, r)
	}
	return list
}

// xtConntrack: addresses and ports, and behind them what is looked at.
func (m *machine) xtConntrack(info []byte, rev uint64) outcome {
	const state, alias, flagsAt = 1, 1 << 13, 146
	if len(info) < flagsAt+10 || rev < 1 || rev > 3 || u16(info, flagsAt)&^alias != state {
		return unknown
	}
	mask := uint32(u16(info, flagsAt+4))
	if rev == 1 {
		mask = uint32(info[flagsAt+4])
	}
	return m.inState(mask, u16(info, flagsAt+2)&state != 0)
}

// inState compares the state of the connection with a mask.
func (m *machine) inState(mask uint32, inverted bool) outcome {
	b := bytesOf(m.probe.state())
	if b == nil {
		return unknown
	}
	return is(truthOf((nativeNumber(b)&mask != 0) != inverted), 0)
}

// xtAddrtype: masks of types for source and destination, and flags.
func xtAddrtype(info []byte, rev uint64) outcome {
	const invertSource, invertDestination, byDevice = 1, 2, 12
	if rev != 1 || len(info) < 8 || nativeNumber(info[4:8])&byDevice != 0 {
		return unknown
	}
	flags := nativeNumber(info[4:8])
	source, destination := u16(info, 0), u16(info, 2)
	if destination != 0 && (destination&(1<<unix.RTN_LOCAL) != 0) == (flags&invertDestination != 0) {
		return is(no, 0)
	}
	if source != 0 && (source&(1<<unix.RTN_UNICAST) != 0) == (flags&invertSource != 0) {
		return is(no, 0)
	}
	return holds
}

func (m *machine) xtTarget(e *expression) outcome {
	switch name := e.text(unix.NFTA_TARGET_NAME); name {
	case "REJECT":
		return ends(verdict{code: reject})
	case "LOG", "NFLOG", "MARK", "CONNMARK", "TRACE", "TCPMSS", "DSCP", "TOS", "SET", "CLASSIFY", "SECMARK", "CONNSECMARK", "HL", "TTL", "AUDIT", "CHECKSUM", "TEE":
		return holds
	case "SNAT", "MASQUERADE":
		return ends(verdict{code: accept})
	default:
		return ends(verdict{code: unclear, note: "target " + name})
	}
}
