package drill

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
)

// Secret is what the probes of one drill are sealed with.
type Secret [16]byte

// NewSecret returns one that nobody can guess.
func NewSecret() (s Secret) {
	rand.Read(s[:]) // never fails, see crypto/rand
	return s
}

// sealSize is how much of a seal a datagram carries, in bytes.
const sealSize = 16

// seal is the keyed hash of what a probe is, for whom it is, and what it says.
func (s *Secret) seal(k Kind, f Flow, text []byte) [32]byte {
	h := hmac.New(sha256.New, s[:])
	var b []byte
	b = append(b, "klaxon drill 1\x00"...)
	b = append(b, byte(k))
	for _, end := range []netip.AddrPort{f.Source, f.Target} {
		addr := end.Addr().As16()
		b = append(b, addr[:]...)
		b = binary.BigEndian.AppendUint16(b, end.Port())
	}
	h.Write(append(b, text...))
	return [32]byte(h.Sum(nil))
}

// Segment returns the source port and the sequence number that a raw segment from
// an address to a service has.
func (s *Secret) Segment(k Kind, source netip.Addr, target netip.AddrPort) (port uint16, seq uint32) {
	seal := s.seal(k, Flow{netip.AddrPortFrom(source, 0), target}, nil)
	// The upper half of the ports: none of them is a service's.
	return 1<<15 | binary.BigEndian.Uint16(seal[:]), binary.BigEndian.Uint32(seal[4:])
}

// segmentIs tells whether a segment has the seal of its kind.
func (s *Secret) segmentIs(k Kind, f Flow, seq uint32) bool {
	if f.Source.Port() < 1<<15 {
		return false
	}
	port, want := s.Segment(k, f.Source.Addr(), f.Target)
	return port == f.Source.Port() && want == seq
}
