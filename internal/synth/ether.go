package synth

import (
	"encoding/binary"
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// MAC is a hardware address.
type MAC [6]byte

// EtherTypes.
const (
	etherIPv4   = 0x0800
	etherARP    = 0x0806
	etherVLAN   = 0x8100
	etherIPv6   = 0x86dd
	etherQinQ   = 0x88a8
	etherBridge = 0x6558
)

// Tap is an interface of the sensor: all packets are seen on it, in its form.
type Tap struct {
	Interface int
	Link      decode.Link
	VLANs     []uint16      // outermost first; with two of them, the first is a service tag
	Tunnel    Tunnel        // what a mirror wraps its frames in, nil for nothing
	Delay     time.Duration // after the moment it is sent
	Sees      func(*Packet) bool
	As        func(Packet) Packet // what translation makes of it, nil for nothing
}

// Watch replaces the interfaces of the sensor.
func (w *World) Watch(taps ...Tap) { w.taps = taps }

// frame appends the link header to b; the packet is to follow.
func (t *Tap) frame(b []byte, p *Packet, etherType uint16) []byte {
	switch t.Link {
	case decode.LinkSLL:
		b = append(b, 0, 0, 0, 1, 0, 6)
		b = append(append(b, p.SrcMAC[:]...), 0, 0)
		return binary.BigEndian.AppendUint16(b, etherType)
	case decode.LinkSLL2:
		b = binary.BigEndian.AppendUint16(b, etherType)
		b = append(b, 0, 0, 0, 0, 0, byte(t.Interface+1), 0, 1, 0, 6)
		return append(append(b, p.SrcMAC[:]...), 0, 0)
	case decode.LinkNull:
		return append(b, loopbackFamily(etherType), 0, 0, 0)
	case decode.LinkLoop:
		return append(b, 0, 0, 0, loopbackFamily(etherType))
	case decode.LinkEthernet:
		b = append(append(b, p.DstMAC[:]...), p.SrcMAC[:]...)
		return binary.BigEndian.AppendUint16(t.tags(b), etherType)
	}
	return b // raw IP
}

func (t *Tap) tags(b []byte) []byte {
	for i, id := range t.VLANs {
		kind := uint16(etherVLAN)
		if i+1 < len(t.VLANs) {
			kind = etherQinQ
		}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, kind), id)
	}
	return b
}

func loopbackFamily(etherType uint16) byte {
	if etherType == etherIPv6 {
		return 30 // Darwin's number
	}
	return 2
}

// multicast is the hardware address of a group or of everybody, and false for
// one host.
func multicast(a netip.Addr) (MAC, bool) {
	v := a.AsSlice()
	switch {
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, true
	case !a.IsMulticast():
		return MAC{}, false
	case a.Is4():
		return MAC{1, 0, 0x5e, v[1] & 0x7f, v[2], v[3]}, true
	}
	return MAC{0x33, 0x33, v[12], v[13], v[14], v[15]}, true
}
