package synth

import (
	"net/netip"
	"time"
)

// Echo is -PE.
func (n *Nmap) Echo(to []netip.Addr) {
	n.scan(n.w.aims(to, []uint16{0}), func(_ int, a aim) Body { return echo(a.to, n.w.u16(), 0, nil) })
}

// Timestamp is -PP.
func (n *Nmap) Timestamp(to []netip.Addr) {
	n.scan(n.w.aims(to, []uint16{0}), func(int, aim) Body { return ICMP{Type: 13, ID: n.w.u16(), Data: zeros(12)} })
}

// Mask is -PM.
func (n *Nmap) Mask(to []netip.Addr) {
	n.scan(n.w.aims(to, []uint16{0}), func(int, aim) Body { return ICMP{Type: 17, ID: n.w.u16(), Data: zeros(4)} })
}

// Hosts is -sn from outside: an echo request, a SYN to 443, an ACK to 80 and a
// timestamp request, until one is answered.
func (n *Nmap) Hosts(to []netip.Addr) {
	g := n.group()
	tries := [...]func(a aim) Body{
		func(a aim) Body { return echo(a.to, n.w.u16(), 0, nil) },
		func(aim) Body {
			return Segment{SrcPort: g.base, DstPort: 443, Seq: g.mask, Flags: syn, Window: 1024, Options: options(mss(1460))}
		},
		func(aim) Body {
			return Segment{SrcPort: g.base, DstPort: 80, Ack: g.mask, Flags: ack, Window: 1024}
		},
		func(a aim) Body {
			if a.to.Is6() {
				return echo(a.to, n.w.u16(), 1, nil)
			}
			return ICMP{Type: 13, ID: n.w.u16(), Data: zeros(12)}
		},
	}
	list := n.w.aims(to, []uint16{0})
	for _, probe := range tries {
		var left []aim
		for _, a := range list {
			if !n.fire(a, probe(a)) {
				left = append(left, a)
			}
		}
		list = left
	}
}

// Neighbours is -sn on the link: ARP, or neighbour solicitations.
func (n *Nmap) Neighbours(to []netip.Addr) {
	list := to
	for range n.Tries {
		var left []netip.Addr
		for _, a := range list {
			n.h.WhoHas(a, 1)
			if owner := n.w.hosts[a]; owner == nil || owner.asleep {
				left = append(left, a)
			}
			n.w.Wait(n.w.About(n.Pace))
		}
		list = left
		n.w.Wait(time.Second)
	}
}

// Idle is -sI: the zombie's number is read before and behind every forged SYN.
func (n *Nmap) Idle(zombie netip.Addr, port uint16, to netip.Addr, ports []uint16) {
	from := uint16(n.w.between(33000, 60000))
	ask := func() {
		from++
		n.shoot(n.raw(zombie, Segment{SrcPort: from, DstPort: port, Seq: n.w.u32(), Ack: n.w.u32(), Flags: syn | ack, Window: 1024, Options: options(mss(1460))}))
	}
	seq := n.w.u32()
	for _, p := range ports {
		ask()
		forged := n.raw(to, Segment{SrcPort: port, DstPort: p, Seq: seq, Flags: syn, Window: 1024, Options: options(mss(1460))})
		forged.Src = zombie
		forged.SrcMAC = n.w.hop(n.h.Addr, to, upstream) // frames come the way that nmap's host's do
		n.shoot(forged)
		ask()
		n.w.Wait(300 * time.Millisecond)
	}
}

// Bounce is -b: an FTP server is told to connect to the ports, from its port
// 20. The server is the host that nmap was started on.
func (n *Nmap) Bounce(to netip.Addr, ports []uint16) {
	for _, p := range ports {
		n.h.Connect(to, p, Talk{From: 20})
		n.w.Wait(n.w.About(n.Pace))
	}
}

// Connect is -sT: the kernel connects, and resets what answers.
func (n *Nmap) Connect(to []netip.Addr, ports []uint16) {
	for _, a := range n.w.aims(to, ports) {
		n.h.Connect(a.to, a.port, Talk{End: ByReset, Fast: true})
		n.w.Wait(n.w.About(n.Pace))
	}
}

// Version is -sV: connections that say something, to services that a raw scan
// found.
func (n *Nmap) Version(to netip.Addr, ports []uint16) {
	for _, p := range ports {
		n.h.Connect(to, p, Talk{Up: 18, Down: 400, End: ByClient})
		n.w.Wait(n.w.About(200 * time.Millisecond))
	}
}
