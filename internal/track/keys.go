package track

import (
	"math/bits"

	"klaxon/internal/decode"
)

// Relation is something that the packets of a tool have in common, or have in
// themselves, and those of an operating system have not, but by accident.
// Package classify registers them, one file for each tool.
type Relation struct {
	// Methods has a bit for each method whose first packets are looked at.
	Methods uint32
	// Holds compares the first packet of a contact with that of the source's
	// contact before among those methods. last is nil when there is none.
	Holds func(p *decode.Packet, last *Memo) bool
	// Decides is how many times it must hold to establish a scan whatever the
	// answers are; 0 when it only names the tool.
	Decides uint8
}

// RelationsMax is how many relations there may be.
const RelationsMax = 16

// Memo is what is remembered of a packet to compare the next one with.
type Memo struct {
	Seq, Ack, TSVal uint32 // of an echo request: identifier and number are Seq
	Mixed, Swapped  uint32 // Seq mixed with target and ports, see Mix
	Port            uint16 // source port
	TTL             uint8
	Low, High       uint8 // the least and the greatest TTL since packets come from Port
	Same            uint8 // how many did before; at most 255
	set             bool
}

// Mix is the sequence number with the target's address and the ports taken out,
// as unicornscan puts them in; swapped reads the address in the other byte
// order. IPv4 alone.
func Mix(p *decode.Packet, swapped bool) uint32 {
	a := uint32(p.Dst[0])<<24 | uint32(p.Dst[1])<<16 | uint32(p.Dst[2])<<8 | uint32(p.Dst[3])
	if swapped {
		a = bits.ReverseBytes32(a)
	}
	return p.Seq ^ a ^ (uint32(p.DstPort)<<16 | uint32(p.SrcPort))
}

// Echo is the identifier and the number of an ICMP message.
func Echo(p *decode.Packet) uint32 { return uint32(p.ICMPID)<<16 | uint32(p.ICMPSeq) }

// Keys count how often the relations held between the contacts of one source.
// They decide after a few packets, without any answer.
type Keys struct {
	Hits  [RelationsMax]uint8 // in the longest run without a miss; at most 255
	Tries uint8               // contacts that were compared, ordinary SYNs are not; at most 255
	OS    uint16              // nmap's OS detection probes that were seen, as bits
	By    uint8               // the first relation that decided + 1; 0 for none
	Low   uint8               // contacts from LowPort beyond the first; at most 255

	LowPort uint16 // the newest source port below 1024; 0 for none

	run        [RelationsMax]uint8 // in the current one
	syn, other Memo                // of the newest SYN, and of the newest packet of another kind
}

// Decided tells whether the keys alone establish a scan.
func (k *Keys) Decided() bool { return k.By != 0 || k.OSDecided() }

// OSDecided tells whether two probes of OS detection were seen, or one of those
// that need no second.
func (k *Keys) OSDecided() bool { return bits.OnesCount16(k.OS) >= 2 || k.OS&osAlone != 0 }

// Xprobe tells whether the probes of OS detection are xprobe2's and none nmap's.
func (k *Keys) Xprobe() bool { return k.OS != 0 && k.OS&^(osCode|osQuery) == 0 }

// best is how often the relation that held most often held.
func (k *Keys) best() (n uint8) {
	for _, h := range k.Hits {
		n = max(n, h)
	}
	return n
}

// vote compares the first packet of a new contact with the one before. A SYN as
// operating systems send it is passed over: no relation holds for it but
// unicornscan's, which imitates them.
func (k *Keys) vote(relations []Relation, p *decode.Packet, m Method, raw bool) {
	k.low(p)
	memo := k.memo(m)
	mixed, swapped := Mix(p, false), Mix(p, true)
	ordinary := m == MethodSyn && !raw && mixed != memo.Mixed && swapped != memo.Swapped
	if !ordinary {
		k.compare(relations, p, m, memo)
	}
	memo.Mixed, memo.Swapped = mixed, swapped
}

// low counts contacts from one privileged port.
func (k *Keys) low(p *decode.Packet) {
	switch {
	case p.SrcPort == 0 || p.SrcPort >= 1024:
	case p.SrcPort == k.LowPort:
		k.Low = oneMore(k.Low)
	default:
		k.Low, k.LowPort = 0, p.SrcPort
	}
}

func (k *Keys) compare(relations []Relation, p *decode.Packet, m Method, memo *Memo) {
	last := memo
	if !memo.set {
		last = nil
	}
	k.Tries = oneMore(k.Tries)
	for i := range relations {
		r := &relations[i]
		if r.Methods&(1<<m) == 0 {
			continue
		}
		if !r.Holds(p, last) {
			k.run[i] = 0
			continue
		}
		k.run[i] = oneMore(k.run[i])
		k.Hits[i] = max(k.Hits[i], k.run[i])
		if k.By == 0 && r.Decides != 0 && k.Hits[i] >= r.Decides {
			k.By = uint8(i) + 1
		}
	}
	memo.Seq, memo.Ack, memo.TSVal = p.Seq, p.Ack, p.Options.TSVal
	if m == MethodEcho {
		memo.Seq = Echo(p)
	}
	if memo.set && memo.Port == p.SrcPort {
		memo.Low, memo.High, memo.Same = min(memo.Low, p.TTL), max(memo.High, p.TTL), oneMore(memo.Same)
	} else {
		memo.Low, memo.High, memo.Same = p.TTL, p.TTL, 1
	}
	memo.Port, memo.TTL, memo.set = p.SrcPort, p.TTL, true
}

func (k *Keys) memo(m Method) *Memo {
	if m == MethodSyn {
		return &k.syn
	}
	return &k.other
}

func oneMore(n uint8) uint8 { return min(n, 254) + 1 }

// The probes beside nmap's segments: its echo request, which decides alone, its
// datagram, which does not, for one in 65,536 leases of 300 bytes has its IP
// number; and what xprobe2 sends to one host within a second: an echo request with
// a code, and a timestamp or mask request.
const (
	osEcho  = 1 << 12
	osUDP   = 1 << 13
	osCode  = 1 << 14
	osQuery = 1 << 15
	osAlone = osEcho
)

// osProbe returns the bit of nmap's OS detection probe that p is, or 0
// (nmap reference: osscan2, "TCP/IP fingerprinting methods"). The sequence
// probes carry the timestamp 0xffffffff with an echo of 0.
func osProbe(p *decode.Packet) uint16 {
	switch p.Kind {
	case decode.KindTCP:
		return osTCP(p)
	case decode.KindICMP:
		return osICMP(p)
	case decode.KindUDP:
		if !p.V6 && p.ID == 0x1042 && p.DataLen == 300 {
			return osUDP
		}
	}
	return 0
}

func osICMP(p *decode.Packet) uint16 {
	switch {
	case p.ICMPType == decode.ICMPTimestamp, p.ICMPType == decode.ICMPMask:
		return osQuery
	case p.ICMPType != decode.ICMPEcho:
		return 0
	case p.ICMPCode == 9 && p.DataLen >= 120 || p.TOS == 4 && p.DataLen >= 150:
		return osEcho
	case p.ICMPCode != 0:
		return osCode
	}
	return 0
}

func osTCP(p *decode.Packet) uint16 {
	flags := p.Flags & 0xfff
	if flags == decode.SYN|decode.ECE|decode.CWR|decode.Reserved11 && p.Window == 3 {
		return 1 << 11
	}
	if !p.Options.HasTS || p.Options.TSVal != 0xffffffff || p.Options.TSEcr != 0 {
		return 0
	}
	for i, w := range osProbes {
		if w.window == p.Window && w.flags == flags {
			return 1 << i
		}
	}
	return 0
}

var osProbes = [...]struct {
	flags  decode.Flags
	window uint16
}{
	{decode.SYN, 1}, {decode.SYN, 63}, {decode.SYN, 4}, {decode.SYN, 16}, {decode.SYN, 512}, // SEQ
	{0, 128}, {decode.SYN | decode.FIN | decode.URG | decode.PSH, 256}, {decode.ACK, 1024}, // T2 T3 T4
	{decode.SYN, 31337}, {decode.ACK, 32768}, {decode.FIN | decode.PSH | decode.URG, 65535}, // T5 T6 T7
}

// raw tells a SYN that no operating system of the last twenty years sends: none
// of the options that all of them offer, or the whole window without the
// don't-fragment bit.
func raw(p *decode.Packet) bool {
	o := &p.Options
	if o.Cut {
		return false // who knows
	}
	if !o.SACKOK && !o.HasWS && !o.HasTS || osTCP(p) != 0 {
		return true
	}
	return !p.V6 && !p.DF && p.Window == 65535
}
