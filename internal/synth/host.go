package synth

import (
	"fmt"
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// Host is a machine with its system, the services it offers and the moods of
// its firewall.
type Host struct {
	Addr  netip.Addr
	MAC   MAC
	Stack *Stack
	// Away is how long its answers take to come into sight.
	Away time.Duration

	w          *World
	hops       uint8
	tcp        map[uint16]bool
	udp        map[uint16]int // the size of the answers
	sctp       map[uint16]bool
	speaks     map[uint8]bool
	sockets    map[uint16]bool // UDP ports in use by it as a client
	speaksSCTP bool
	drops      bool
	rejects    bool
	asleep     bool
	noReset    bool
	port       uint16
	id         uint16
	errors     bucket
	clock      uint32
}

// bucket limits ICMP errors as Linux does: six at once, then one a second.
type bucket struct {
	tokens float64
	last   int64
}

// Host adds a host, or returns the one with that address. A host inside a LAN
// is near, any other is some hops away.
func (w *World) Host(addr string) *Host {
	a := netip.MustParseAddr(addr)
	if h := w.hosts[a]; h != nil {
		return h
	}
	w.macs++
	h := &Host{
		Addr: a, MAC: MAC{2, 1, byte(w.macs >> 24), byte(w.macs >> 16), byte(w.macs >> 8), byte(w.macs)},
		Stack: Linux, w: w, Away: 200 * time.Microsecond, clock: w.u32(), id: w.u16(), errors: bucket{tokens: 6},
	}
	if w.lanOf(a) == nil {
		h.hops, h.Away = uint8(w.between(4, 18)), time.Duration(w.between(5, 80))*time.Millisecond
	}
	w.hosts[a] = h
	return h
}

// Hosts adds n hosts with addresses one after the other.
func (w *World) Hosts(first string, n int) (list []*Host) {
	a := netip.MustParseAddr(first)
	for range n {
		list = append(list, w.Host(a.String()))
		a = a.Next()
	}
	return list
}

// Alias gives the host another address.
func (h *Host) Alias(a netip.Addr) *Host {
	h.w.hosts[a] = h
	return h
}

// Addrs is its address as a list of targets.
func (h *Host) Addrs() []netip.Addr { return []netip.Addr{h.Addr} }

// Runs sets the system.
func (h *Host) Runs(s *Stack) *Host { h.Stack = s; return h }

// Open lets it accept connections.
func (h *Host) Open(ports ...uint16) *Host { h.tcp = add(h.tcp, ports); return h }

// Close takes that back.
func (h *Host) Close(ports ...uint16) *Host {
	for _, p := range ports {
		delete(h.tcp, p)
	}
	return h
}

// OpenUDP lets it answer datagrams with so many bytes; 0 takes them in silence.
func (h *Host) OpenUDP(size int, ports ...uint16) *Host {
	if h.udp == nil {
		h.udp = make(map[uint16]int)
	}
	for _, p := range ports {
		h.udp[p] = size
	}
	return h
}

// OpenSCTP lets it speak SCTP, and accept associations on the ports.
func (h *Host) OpenSCTP(ports ...uint16) *Host {
	h.speaksSCTP, h.sctp = true, add(h.sctp, ports)
	return h
}

// Speaks lets it take an IP protocol in silence.
func (h *Host) Speaks(protocols ...uint8) *Host { h.speaks = add(h.speaks, protocols); return h }

// Firewalled drops all that is not for an open service.
func (h *Host) Firewalled() *Host { h.drops = true; return h }

// Rejects answers it with "administratively prohibited".
func (h *Host) Rejects() *Host { h.drops, h.rejects = true, true; return h }

// Asleep answers nothing, not even on the link, until it wakes.
func (h *Host) Asleep() *Host { h.asleep = true; return h }

// Wake ends that.
func (h *Host) Wake() *Host { h.asleep = false; return h }

// NoReset keeps its kernel from resetting what its raw tools provoke.
func (h *Host) NoReset() *Host { h.noReset = true; return h }

func add[K comparable](set map[K]bool, keys []K) map[K]bool {
	if set == nil {
		set = make(map[K]bool)
	}
	for _, k := range keys {
		set[k] = true
	}
	return set
}

// String names it.
func (h *Host) String() string { return fmt.Sprintf("host %s", h.Addr) }

// packet makes a packet of its kernel.
func (h *Host) packet(to netip.Addr, body Body) *Packet {
	return h.packetFrom(h.Addr, to, body)
}

func (h *Host) packetFrom(from, to netip.Addr, body Body) *Packet {
	_, tcp := body.(Segment)
	p := &Packet{Src: from, Dst: to, TTL: h.ttl(h.Stack.TTL), DF: h.Stack.DF && tcp, Body: body}
	switch h.Stack.ID {
	case idRandom:
		p.ID = h.w.u16()
	case idCount:
		h.id++
		p.ID = h.id
	}
	return p
}

// ttl is what is left of a TTL where the sensor is.
func (h *Host) ttl(sent uint8) uint8 { return sent - min(h.hops, sent-1) }

// ephemeral is its next source port.
func (h *Host) ephemeral() uint16 {
	first, last := h.Stack.Ports[0], h.Stack.Ports[1]
	if !h.Stack.InOrder {
		return uint16(h.w.between(first, last))
	}
	if h.port == 0 || int(h.port) >= last {
		h.port = uint16(first + h.w.rng.IntN(1000))
	}
	h.port++
	return h.port
}

// stamp is its timestamp clock at a time.
func (h *Host) stamp(at int64) uint32 { return h.clock + uint32(at/1e6) }

// mayComplain tells whether another ICMP error may go out.
func (h *Host) mayComplain(at int64) bool {
	b := &h.errors
	b.tokens = min(6, b.tokens+float64(at-b.last)/1e9)
	b.last = at
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// state is what a service does with a first packet.
type state uint8

const (
	silent state = iota
	open
	closed
	prohibits
)

func (h *Host) state(isOpen bool) state {
	switch {
	case h == nil || h.asleep:
		return silent
	case isOpen:
		return open
	case h.rejects:
		return prohibits
	case h.drops:
		return silent
	}
	return closed
}

// control bits, by their short names.
const (
	fin = decode.FIN
	syn = decode.SYN
	rst = decode.RST
	psh = decode.PSH
	ack = decode.ACK
	urg = decode.URG
)
