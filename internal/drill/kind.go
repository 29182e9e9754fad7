package drill

import (
	"iter"
	"net/netip"

	"klaxon"
	"klaxon/internal/decode"
)

// Kind is how a probe of a drill is made.
type Kind uint8

// The kinds.
const (
	Datagram Kind = iota // first, because it announces the others
	Connect
	HalfOpen
	FIN
	NULL
	Xmas
	kinds
)

var kindNames = [kinds]string{"datagram", "connect", "half-open", "fin", "null", "xmas"}

// Kinds yields all of them.
func Kinds() iter.Seq[Kind] {
	return func(yield func(Kind) bool) {
		for k := range kinds {
			if !yield(k) {
				return
			}
		}
	}
}

// String is the name that people read.
func (k Kind) String() string {
	if k >= kinds {
		return "unknown"
	}
	return kindNames[k]
}

// Technique is what a probe of the kind has to be found as.
func (k Kind) Technique() klaxon.Technique {
	return [kinds]klaxon.Technique{klaxon.Udp, klaxon.Connect, klaxon.Syn, klaxon.Fin, klaxon.Null, klaxon.Xmas}[k]
}

// Raw tells whether a kernel does not send such by itself.
func (k Kind) Raw() bool { return k >= HalfOpen && k < kinds }

// Flags are those of a raw segment.
func (k Kind) Flags() decode.Flags {
	switch k {
	case HalfOpen:
		return decode.SYN
	case FIN:
		return decode.FIN
	case Xmas:
		return decode.FIN | decode.PSH | decode.URG
	}
	return 0
}

// kindOf tells which raw kind a segment may be.
func kindOf(p *decode.Packet) (Kind, bool) {
	flags := p.Flags & decode.Control
	for k := HalfOpen; k < kinds; k++ {
		if k.Flags()&decode.Control == flags && (k != Xmas || p.Flags&decode.PSH != 0) {
			return k, true
		}
	}
	return 0, false
}

// Flow is the two ends of a probe, who sends first.
type Flow struct {
	Source, Target netip.AddrPort
}

func flowOf(p *decode.Packet) Flow {
	return Flow{
		netip.AddrPortFrom(addrOf(&p.Src, p.V6), p.SrcPort),
		netip.AddrPortFrom(addrOf(&p.Dst, p.V6), p.DstPort),
	}
}

func addrOf(a *[16]byte, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16(*a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

func flowOfTouch(t *klaxon.Touch) Flow {
	return Flow{
		netip.AddrPortFrom(t.Source.Addr.Unmap().WithZone(""), t.Source.Port),
		netip.AddrPortFrom(t.Target.Addr.Unmap().WithZone(""), t.Target.Port),
	}
}

func (f Flow) reversed() Flow { return Flow{f.Target, f.Source} }

func flowBetween(from netip.Addr, port uint16, to netip.Addr, service uint16) Flow {
	return Flow{netip.AddrPortFrom(from, port), netip.AddrPortFrom(to, service)}
}
