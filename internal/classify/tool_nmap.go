package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// nmap keeps source port and sequence number through a raw scan of all ports
// and hosts of a group (scan_engine_raw.cc).
var nmap = tool{"nmap", []relation{
	{
		Relation: track.Relation{Methods: segments, Decides: 2, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return same(p, last) && p.Seq|p.Ack != 0 && !answer(p)
		}},
		why: whySame, need: 2, chance: 1.0 / (1 << 48),
	},
	{ // a broken stack may always send zeros
		Relation: track.Relation{Methods: segments, Decides: 9, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return same(p, last) && p.Seq|p.Ack == 0 && !answer(p)
		}},
		why: whySame, // names no tool: many send zeros
	},
	{ // victims of forged packets send answers to nothing, too
		Relation: track.Relation{Methods: 1 << track.MethodFlags, Decides: 4, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return same(p, last) && answer(p) && unasked(p)
		}},
		why: whySame, need: 4, chance: 1.0 / (1 << 32),
	},
	{ // --scanflags SYNACK: the sequence number is random, what it acknowledges is not
		Relation: track.Relation{Methods: 1 << track.MethodFlags, Decides: 4, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return last != nil && p.Flags&decode.ACK != 0 && p.Ack == last.Ack && p.SrcPort == last.Port && p.Window == 1024 && !p.DF && (onlyMSS(p) || p.Fragmented)
		}},
		why: "acknowledge one number from one port, which answers to nobody", need: 4, chance: 1.0 / (1 << 32),
	},
	{ // -sU draws a hop limit for every datagram, and keeps the port
		Relation: track.Relation{Methods: 1 << track.MethodUDP, Decides: 2, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return last != nil && p.SrcPort == last.Port && last.Same >= hopsLeast && jitter(last, p.TTL)
		}},
		why: "come from one port with ever another hop limit, which no path does", need: 1, chance: 1e-3,
	},
	{
		Relation: track.Relation{Methods: queries, Decides: 8, Holds: discovers},
		why:      "are queries without number and payload, with ever another hop limit or identifier, as nmap looks for hosts",
		need:     4, chance: 1e-1, broken: true,
	},
}}

// osChance is the chance that two fixed fields of its OS detection probes occur
// in other packets.
const osChance = 1e-9

const (
	segments = synOnly | 1<<track.MethodFin | 1<<track.MethodNull | 1<<track.MethodXmas | 1<<track.MethodMaimon | 1<<track.MethodAck | 1<<track.MethodFlags
	queries  = 1<<track.MethodEcho | 1<<track.MethodTimestamp | 1<<track.MethodMask
	whySame  = "share one sequence number and source port, which no operating system does"
)

// nmap draws the hop limit from 37 to 59. Paths of one route differ by less than
// hopsSpread, and hosts behind one address by whole powers of two.
const (
	hopsLeast  = 4
	hopsSpread = 8
	hopsDrawn  = 22
)

func jitter(last *track.Memo, ttl uint8) bool {
	spread := max(last.High, ttl) - min(last.Low, ttl)
	return spread >= hopsSpread && spread <= hopsDrawn
}

// discovers tells a query of nmap's host discovery: its number is 0, an echo
// request is empty, and over IPv6 it sets out with the largest hop limit.
func discovers(p *decode.Packet, last *track.Memo) bool {
	if last == nil || p.ICMPSeq != 0 || p.ICMPCode != 0 {
		return false
	}
	if p.V6 {
		return p.DataLen == 0 && p.TTL > 200 && track.Echo(p) != last.Seq
	}
	return drawn(p, last) && (p.DataLen == 0 || p.ICMPType != decode.ICMPEcho)
}

// drawn tells a hop limit that is not that of the packet before, as nmap draws
// them from 37 to 59. One in 23 is the same by chance.
func drawn(p *decode.Packet, last *track.Memo) bool {
	return !p.V6 && last != nil && p.TTL != last.TTL && p.TTL < 60 && last.TTL < 60
}

func same(p *decode.Packet, last *track.Memo) bool {
	return last != nil && p.Seq == last.Seq && p.Ack == last.Ack && p.SrcPort == last.Port
}

// answer tells a segment that answers another one, if there was one.
func answer(p *decode.Packet) bool {
	const nobodyResetsWith = decode.SYN | decode.FIN | decode.URG
	return p.Flags&decode.RST != 0 && p.Flags&nobodyResetsWith == 0 || p.Flags&decode.Control == decode.SYN|decode.ACK
}

// unasked tells an answer that cannot be one: a reset with a window and without
// an acknowledgement. A SYN+ACK may be one.
func unasked(p *decode.Packet) bool {
	return p.Flags&decode.RST == 0 || p.Flags&decode.ACK == 0 && p.Window != 0 && p.Ack == 0
}

// nmapRun is the number and the port that are the same for all of its addresses,
// decoys included. Mirai's bots, which share the number with each other, are not
// one run.
func nmapRun(p *decode.Packet, m track.Method) (uint64, bool) {
	o := &p.Options
	if m > track.MethodFlags || p.Seq|p.Ack == 0 || o.SACKOK || o.HasWS || o.HasTS || answer(p) || isMirai(p) {
		return 0, false
	}
	return uint64(p.Seq)<<32 ^ uint64(p.Ack) ^ uint64(p.SrcPort)<<16, true
}
