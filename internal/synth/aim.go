package synth

import (
	"net/netip"
	"time"
)

// aim is one thing to be probed.
type aim struct {
	to   netip.Addr
	port uint16
}

// Ports is the ports from a to b.
func Ports(a, b int) (list []uint16) {
	for p := a; p <= b; p++ {
		list = append(list, uint16(p))
	}
	return list
}

// aims is all pairs, in an order that nobody can guess.
func (w *World) aims(to []netip.Addr, ports []uint16) []aim {
	list := make([]aim, 0, len(to)*len(ports))
	for _, a := range to {
		for _, p := range ports {
			list = append(list, aim{a, p})
		}
	}
	w.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// Sender is what tools with packets of their own have in common.
type Sender struct {
	Pace      time.Duration // between two probes
	Ext       []uint8       // IPv6 extension headers of every packet
	Options   []byte        // IPv4 options of every packet
	Fragment  int           // bytes in each fragment of it, 0 for whole
	Overlap   bool          // fragments are sent twice
	Backwards bool          // the last fragment first

	h *Host
	w *World
}

func (h *Host) sender() Sender { return Sender{Pace: time.Millisecond, h: h, w: h.w} }

// As goes on from another host.
func (s *Sender) As(h *Host) { s.h = h }

// packet makes a raw packet.
func (s *Sender) packet(to netip.Addr, ttl uint8, id uint16, b Body) *Packet {
	return &Packet{Src: s.h.Addr, Dst: to, TTL: s.h.ttl(ttl), ID: id, Body: b, Ext: s.Ext, Options: s.Options, Fragment: s.Fragment, Overlap: s.Overlap, Backwards: s.Backwards}
}

// shoot sends one and waits for the next one's time. It tells whether somebody
// answered.
func (s *Sender) shoot(p *Packet) bool {
	answered := s.w.send(p)
	s.w.Wait(s.w.About(s.Pace))
	return answered
}
