package synth

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// Unicorn is one run of unicornscan: the sequence number is a key, exclusively
// ored with target and ports.
type Unicorn struct {
	Sender
	Profile Profile
	From    uint16 // fixed source port (-B), 0 for another one every time
	Big     bool   // on a machine of the other byte order
	key     uint32
}

// Profile is a system that unicornscan's packets are to look like.
type Profile struct {
	TTL, TOS uint8
	Window   uint16
	DF       bool
	Options  []byte
}

// Profiles are those it has, its default first.
var Profiles = [...]Profile{
	{TTL: 255, Window: 4128, Options: options(mss(1460))},                                                                                   // Cisco
	{TTL: 64, Window: 16384, DF: true, Options: options(mss(1460), nop, nop, sackOK, nop, wscale(0), nop, nop, stamp(0x1d5a3c07, 0))},       // OpenBSD
	{TTL: 128, Window: 65535, DF: true, Options: options(mss(1460), nop, nop, sackOK)},                                                      // Windows XP
	{TTL: 255, Window: 12345, Options: nil},                                                                                                 // p0f's own
	{TTL: 64, TOS: 0x10, Window: 65535, DF: true, Options: options(mss(1460), nop, wscale(1), nop, nop, stamp(0x00a1b2c3, 0), sackOK, nop)}, // FreeBSD
	{TTL: 61, Window: 3072, Options: options(wscale(10), nop, mss(265), stamp(0x3f3f3f3f, 0), nop, nop)},                                    // nmap's OS probe
	{TTL: 64, Window: 32767, DF: true, Options: options(mss(1460), sackOK, stamp(0x0badf00d, 0), nop, wscale(0))},                           // Linux
}

// Unicorn starts unicornscan on the host.
func (h *Host) Unicorn() *Unicorn {
	return &Unicorn{Sender: h.sender(), key: h.w.u32(), Profile: Profiles[0]}
}

// SYN scans.
func (u *Unicorn) SYN(to []netip.Addr, ports []uint16) {
	for _, a := range u.w.aims(to, ports) {
		from := u.From
		if from == 0 {
			from = uint16(u.w.between(1025, 65000))
		}
		v := a.to.As4()
		addr := binary.LittleEndian.Uint32(v[:])
		if u.Big {
			addr = bits.ReverseBytes32(addr)
		}
		f := &u.Profile
		p := u.packet(a.to, f.TTL, u.w.u16(), Segment{
			SrcPort: from, DstPort: a.port, Seq: u.key ^ addr ^ (uint32(a.port)<<16 | uint32(from)), Flags: syn, Window: f.Window, Options: f.Options,
		})
		p.TOS, p.DF = f.TOS, f.DF
		u.shoot(p)
	}
}
