package synth

import (
	"net/netip"
	"time"
)

// Ask sends a datagram of so many bytes from a new port. What comes of it
// depends on the host there.
func (h *Host) Ask(to netip.Addr, port uint16, size int) bool {
	return h.AskFrom(h.ephemeral(), to, port, size)
}

// AskFrom does so from a port.
func (h *Host) AskFrom(from uint16, to netip.Addr, port uint16, size int) bool {
	h.sockets = add(h.sockets, []uint16{from})
	return h.w.send(h.packet(to, Datagram{SrcPort: from, DstPort: port, Data: zeros(size)}))
}

// Stream plans n datagrams to a port, one every d, which nobody need answer.
func (h *Host) Stream(from uint16, to netip.Addr, port uint16, size, n int, d time.Duration) {
	h.sockets = add(h.sockets, []uint16{from})
	for i := range n {
		h.w.put(h.w.now+int64(i)*int64(d), h.packet(to, Datagram{SrcPort: from, DstPort: port, Data: zeros(size)}))
	}
}

// Ping sends an echo request as ping does.
func (h *Host) Ping(to netip.Addr, seq int) bool {
	return h.w.send(h.packet(to, echo(to, h.port, uint16(seq), zeros(56))))
}

// Say puts any packet of the host on the wire; nobody answers it.
func (h *Host) Say(to netip.Addr, body Body) { h.w.put(h.w.now, h.packet(to, body)) }

// Send puts a packet of whatever make on the wire, and whoever gets it answers.
func (h *Host) Send(p *Packet) bool { return h.w.send(p) }

// Shout puts any packet of the host on the wire, and whoever gets it answers.
func (h *Host) Shout(to netip.Addr, body Body) bool { return h.w.send(h.packet(to, body)) }

// WhoHas looks for a neighbour n times, a second apart, whoever has asked for
// him before; if there is one, he answers at once.
func (h *Host) WhoHas(target netip.Addr, n int) {
	w := h.w
	for i := range n {
		at := w.now + int64(i)*int64(time.Second)
		w.put(at, whoHas(h.Addr, h.MAC, target))
		if owner := w.hosts[target]; owner != nil && !owner.asleep {
			w.put(at+int64(150*time.Microsecond), isAt(target, owner.MAC, h.Addr, h.MAC))
			return
		}
	}
}

// Traceroute sends datagrams, echo requests or SYNs with rising TTL to a host
// that is hops away.
func (h *Host) Traceroute(kind Probe, to netip.Addr, hops int) {
	w := h.w
	for ttl := 1; ttl <= hops; ttl++ {
		for i := range 3 {
			p := h.packet(to, kind.body(h, to, 3*(ttl-1)+i))
			p.TTL = uint8(ttl)
			if ttl == hops {
				w.send(p)
			} else {
				w.put(w.now, p)
				router := w.Host(Nth(netip.MustParsePrefix("203.0.113.0/24"), ttl).String())
				router.complain(w.now, p, exceeded)
			}
			w.Wait(w.About(30 * time.Millisecond))
		}
	}
}

// Probe is a kind of traceroute.
type Probe uint8

// The kinds.
const (
	TraceUDP Probe = iota
	TraceICMP
	TraceTCP
)

func (k Probe) body(h *Host, to netip.Addr, n int) Body {
	switch k {
	case TraceICMP:
		return echo(to, 4711, uint16(n), zeros(32))
	case TraceTCP:
		s := Segment{SrcPort: uint16(45000 + n), DstPort: 80, Seq: h.w.u32(), Flags: syn, Window: 5840}
		s.Options = options(mss(1460), sackOK, stamp(h.stamp(h.w.now), 0), nop, wscale(2))
		return s
	}
	return Datagram{SrcPort: uint16(33000 + n), DstPort: uint16(33434 + n), Data: zeros(32)}
}

// ShoutFrom is Shout with a forged source.
func (h *Host) ShoutFrom(from, to netip.Addr, body Body) bool {
	return h.w.send(h.packetFrom(from, to, body))
}

// Unreachable is the ICMP error of a host that has nobody at the packet's port.
func Unreachable(p *Packet) Body { return errorOf(p, portClosed) }

// SayFrom is Say with another source.
func (h *Host) SayFrom(from, to netip.Addr, body Body) {
	p := h.packetFrom(from, to, body)
	p.SrcMAC = h.MAC
	h.w.put(h.w.now, p)
}

// SayARP asks for an address in the name of another, as before and after one is
// taken into use.
func (h *Host) SayARP(sender, target netip.Addr) {
	h.w.put(h.w.now, whoHas(sender, h.MAC, target))
}
