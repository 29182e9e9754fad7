package track

import (
	"math/bits"

	"klaxon/internal/decode"
)

// Keys are relations between the packets of one source that no operating
// system makes: they decide after a few packets, without any answer.
type Keys struct {
	// Same counts distinct contacts in a row with the same sequence number and
	// source port, as nmap's raw scans have; a run that decided is kept.
	Same uint8
	// Cookie counts contacts in a row whose IP identification is masscan's: the
	// low halves of target, port and sequence number, exclusively ored.
	Cookie uint8
	Zero   bool   // the numbers of the run are 0, which is a library's default
	Lone   bool   // the run is of answers that answer nothing
	OS     uint16 // nmap's OS detection probes that were seen, as bits

	Syns, ZMap, Hping, Nmap uint8 // SYNs, and those with the habits of a tool; at most 255

	seq, ack uint32
	port     uint16
}

// The lengths of a run that leave no doubt.
const (
	runDecides     = 3
	runLoneDecides = 5  // for answers that answer nothing: victims of forged packets send such
	runZeroDecides = 10 // when the number is 0, which a broken stack may always send
)

// Decided tells whether the keys alone establish a scan.
func (k *Keys) Decided() bool {
	return k.Same >= k.need() || k.Cookie >= runDecides || k.osDecided()
}

func (k *Keys) need() uint8 {
	switch {
	case k.Zero:
		return runZeroDecides
	case k.Lone:
		return runLoneDecides
	}
	return runDecides
}

// osDecided tells whether two of the probes were seen, or one of those that
// need no second.
func (k *Keys) osDecided() bool { return bits.OnesCount16(k.OS) >= 2 || k.OS >= osEcho }

// best is the longest run of any key.
func (k *Keys) best() uint8 { return max(k.Same, k.Cookie) }

// vote compares the first packet of a new contact with the one before.
func (k *Keys) vote(p *decode.Packet, method Method) {
	if k.Same >= k.need() && k.Cookie >= runDecides {
		return
	}
	same := k.seq == p.Seq && k.port == p.SrcPort && k.ack == p.Ack
	k.seq, k.ack, k.port = p.Seq, p.Ack, p.SrcPort
	if k.Same < k.need() {
		k.Zero, k.Lone = p.Seq == 0 && p.Ack == 0, method == MethodFlags
		k.Same = run(k.Same, same)
	}
	if method != MethodSyn {
		return
	}
	if k.Cookie < runDecides {
		id := uint16(p.Dst[2])<<8 | uint16(p.Dst[3])
		k.Cookie = run(k.Cookie+1, !p.V6 && uint16(p.ID) == id^p.DstPort^uint16(p.Seq)) - 1
	}
	k.tally(p)
}

// tally counts the habits that name a tool without proving a scan.
func (k *Keys) tally(p *decode.Packet) {
	k.Syns = run(k.Syns, true)
	if p.ID == 54321 {
		k.ZMap = run(k.ZMap, k.ZMap > 0)
	}
	if p.Options.Len == 0 && p.Window == 512 {
		k.Hping = run(k.Hping, k.Hping > 0)
	}
	if p.Options.Len == 4 && p.Options.HasMSS && p.Options.MSS == 1460 && p.Window&1023 == 0 && p.Window <= 4096 {
		k.Nmap = run(k.Nmap, k.Nmap > 0)
	}
}

// run continues a run of length n, or begins it with one.
func run(n uint8, goes bool) uint8 {
	if goes {
		return min(n, 254) + 1
	}
	return 1
}

// The probes that decide alone.
const (
	osEcho = 1 << 12
	osUDP  = 1 << 13
)

// osProbe returns the bit of nmap's OS detection probe that p is, or 0
// (nmap reference: osscan2, "TCP/IP fingerprinting methods"). The sequence
// probes carry the timestamp 0xffffffff with an echo of 0.
func osProbe(p *decode.Packet) uint16 {
	switch p.Kind {
	case decode.KindTCP:
		return osTCP(p)
	case decode.KindICMP:
		if p.ICMPType == decode.ICMPEcho && (p.ICMPCode == 9 && p.DataLen >= 120 || p.TOS == 4 && p.DataLen >= 150) {
			return osEcho
		}
	case decode.KindUDP:
		if !p.V6 && p.ID == 0x1042 && p.DataLen == 300 {
			return osUDP
		}
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
	if !o.SACKOK && !o.HasWS && !o.HasTS {
		return true
	}
	return !p.V6 && !p.DF && p.Window == 65535
}
