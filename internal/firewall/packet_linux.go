package firewall

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// probe is the first packet of a new connection to a trap, as far as it is known:
// whole, to one of this host's addresses, and from another host to which this one
// has a route.
type probe struct {
	port    uint16
	proto   byte
	v6      bool
	local   map[netip.Addr]bool
	network []cell
	segment []cell
	// stage is where the packet is.
	tracked bool // connection tracking has seen it
	spared  why  // a rule may have kept it from being tracked: not 0
	never   bool // a rule has
}

const (
	loopbackIndex = 1
	loopbackType  = 772 // ARPHRD_LOOPBACK
)

func newProbe(t *Trap, v6 bool, local map[netip.Addr]bool) *probe {
	p := &probe{port: t.Number, proto: unix.IPPROTO_TCP, v6: v6, local: local}
	if t.Transport.String() == "udp" {
		p.proto = unix.IPPROTO_UDP
	}
	if v6 {
		p.network = ipv6Header(p.proto)
	} else {
		p.network = ipv4Header(p.proto)
	}
	p.segment = segmentHeader(p.proto, p.port)
	return p
}

// ipv4Header is of a packet that is no fragment and has no options.
func ipv4Header(proto byte) []cell {
	h := knownCells(0x45)
	h = append(h, unknownCells(5, byUnknown, 0)...)
	h = append(h, cell{known: 0xbf, hangs: byUnknown}) // more fragments 0, don't fragment open
	h = append(h, knownCells(0)...)
	h = append(h, unknownCells(1, byUnknown, 0)...)
	h = append(h, knownCells(proto)...)
	h = append(h, unknownCells(2, byUnknown, 0)...)
	h = append(h, unknownCells(4, bySource, 0)...)
	return append(h, unknownCells(4, byAddress, 0)...)
}

// ipv6Header is of a packet without extension headers.
func ipv6Header(proto byte) []cell {
	h := []cell{{value: 0x60, known: 0xf0, hangs: byUnknown}}
	h = append(h, unknownCells(5, byUnknown, 0)...)
	h = append(h, knownCells(proto)...)
	h = append(h, unknownCells(1, byUnknown, 0)...)
	h = append(h, unknownCells(16, bySource, 0)...)
	return append(h, unknownCells(16, byAddress, 0)...)
}

func segmentHeader(proto byte, port uint16) []cell {
	h := unknownCells(2, bySource, 0)
	h = append(h, knownCells(byte(port>>8), byte(port))...)
	if proto == unix.IPPROTO_UDP {
		return append(h, unknownCells(4, byUnknown, 0)...)
	}
	h = append(h, unknownCells(4, byUnknown, 0)...)
	h = append(h, knownCells(0, 0, 0, 0)...) // no acknowledgement
	h = append(h, unknownCells(1, byUnknown, 0)...)
	h = append(h, cell{value: 0x02, known: 0x3f, hangs: byUnknown}) // SYN; the bits of ECN are open
	return append(h, unknownCells(6, byUnknown, 0)...)
}

// payload is n bytes at an offset of a header.
func (p *probe) payload(base uint64, offset, n int) []cell {
	header := p.network
	switch base {
	case unix.NFT_PAYLOAD_NETWORK_HEADER:
	case unix.NFT_PAYLOAD_TRANSPORT_HEADER:
		header = p.segment
	case unix.NFT_PAYLOAD_LL_HEADER:
		const addresses = 12
		if offset+n <= addresses {
			return unknownCells(n, bySource, 0)
		}
		return unknownCells(n, byUnknown, 0)
	default:
		return unknownCells(n, byUnknown, 0)
	}
	if offset+n > len(header) {
		return unknownCells(n, byUnknown, 0)
	}
	return header[offset : offset+n]
}

// meta is what the kernel knows beside the bytes.
func (p *probe) meta(key uint64) []cell {
	const kind = 26 // NFT_META_IIFKIND
	switch key {
	case unix.NFT_META_L4PROTO:
		return knownCells(p.proto)
	case unix.NFT_META_NFPROTO:
		if p.v6 {
			return knownCells(unix.NFPROTO_IPV6)
		}
		return knownCells(unix.NFPROTO_IPV4)
	case unix.NFT_META_PROTOCOL:
		if p.v6 {
			return knownCells(0x86, 0xdd)
		}
		return knownCells(0x08, 0x00)
	case unix.NFT_META_PKTTYPE:
		return knownCells(unix.PACKET_HOST)
	case unix.NFT_META_IIFNAME:
		return unknownCells(16, byInterface, neverName)
	case unix.NFT_META_IIF:
		return unknownCells(4, byInterface, neverIndex)
	case unix.NFT_META_IIFTYPE:
		return unknownCells(2, byInterface, neverType)
	case unix.NFT_META_IIFGROUP:
		return unknownCells(4, byInterface, 0)
	case unix.NFT_META_BRI_IIFNAME, kind:
		return unknownCells(16, byInterface, 0)
	case unix.NFT_META_PRANDOM:
		return unknownCells(4, byRate, 0)
	}
	return unknownCells(16, byUnknown, 0)
}

// Bits of the state of a connection, and of its status.
const (
	stateInvalid   = 1
	stateNew       = 8
	stateUntracked = 64
	// statusOpen are those that a new connection may have or not.
	statusOpen = 0x80 | 0x100 // its addresses have been looked at for translation
)

// connection is what is tracked of it.
func (p *probe) connection(key, direction uint64) []cell {
	if !p.tracked && key != unix.NFT_CT_STATE {
		return unknownCells(16, byUnknown, 0)
	}
	switch key {
	case unix.NFT_CT_STATE:
		return p.state()
	case unix.NFT_CT_DIRECTION:
		return knownCells(0)
	case unix.NFT_CT_STATUS:
		return statusCells()
	case unix.NFT_CT_PROTOCOL:
		return knownCells(p.proto)
	case unix.NFT_CT_L3PROTOCOL:
		return p.meta(unix.NFT_META_NFPROTO)
	}
	if direction != 0 {
		return unknownCells(16, byUnknown, 0)
	}
	switch key {
	case unix.NFT_CT_PROTO_DST:
		return knownCells(byte(p.port>>8), byte(p.port))
	case unix.NFT_CT_PROTO_SRC, unix.NFT_CT_SRC, unix.NFT_CT_SRC_IP, unix.NFT_CT_SRC_IP6:
		return unknownCells(16, bySource, 0)
	case unix.NFT_CT_DST, unix.NFT_CT_DST_IP, unix.NFT_CT_DST_IP6:
		return unknownCells(16, byAddress, 0)
	}
	return unknownCells(16, byUnknown, 0)
}

// state is that of the connection. Before tracking has seen a packet, or without
// tracking, it is told to be invalid.
func (p *probe) state() []cell {
	switch {
	case !p.tracked:
		return knownCells(native(stateInvalid)...)
	case p.spared != 0:
		return unknownCells(4, p.spared, 0)
	case p.never:
		return knownCells(native(stateUntracked)...)
	}
	return knownCells(native(stateNew)...)
}

// spare notes a rule that keeps the packet from being tracked.
func (p *probe) spare(hangs why) {
	if hangs == 0 {
		p.never, p.spared = true, 0
	} else if !p.never {
		p.spared |= hangs
	}
}

func statusCells() []cell {
	open := native(statusOpen)
	cells := knownCells(native(0)...)
	for i := range cells {
		cells[i].known, cells[i].hangs = ^open[i], byUnknown
	}
	return cells
}

func native(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// nativeNumber reads 2 or 4 bytes.
func nativeNumber(b []byte) uint32 {
	switch len(b) {
	case 2:
		return uint32(binary.NativeEndian.Uint16(b))
	case 4:
		return binary.NativeEndian.Uint32(b)
	}
	return 0
}
