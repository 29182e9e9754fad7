package evidence

import "klaxon/internal/decode"

// class groups contacts by how their first packet was made.
type class uint8

// The classes. Other segments have one for each combination of their flags.
const (
	classSYN       class = 64 + iota // of an operating system
	classRaw                         // a SYN of no operating system
	classOS                          // a SYN of OS detection
	classFragments                   // a segment cut before its flags
	classUDP
	classSCTP
	classEcho
	classQuery // other queries of ICMP
	classAsk   // ARP and neighbour solicitations
	classProtocol
	classVictim // whatever reached the victim of a flood
	classes
)

// classOf tells how a segment that begins a contact is made.
func classOf(p *decode.Packet) class {
	flags := p.Flags & decode.Control
	if flags&(decode.SYN|decode.ACK|decode.RST|decode.FIN) != decode.SYN {
		return class(flags & 63)
	}
	o := &p.Options
	switch {
	case o.HasTS && o.TSVal == 0xffffffff && o.TSEcr == 0, p.Flags&(decode.ECE|decode.CWR) != 0 && p.Window == 3:
		return classOS
	case !o.SACKOK && !o.HasWS && !o.HasTS, !p.V6 && !p.DF && p.Window == 65535, flags != decode.SYN:
		return classRaw
	}
	return classSYN
}

// opens tells a SYN, with whatever else but for what answers or ends.
func opens(p *decode.Packet) bool {
	return p.Flags&(decode.SYN|decode.ACK|decode.RST|decode.FIN) == decode.SYN
}

// goesOn tells a segment inside a conversation, which nobody looks at: the rule
// of the tracker and of the kernel's filter.
func goesOn(p *decode.Packet) bool {
	if p.Flags&decode.ACK == 0 || p.Flags&(decode.SYN|decode.FIN|decode.RST|decode.URG) != 0 || p.Seq == 0 {
		return false
	}
	return p.DataLen > 0 || p.Options.Len > 0 || p.Window > smallWindow
}
