package drill

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
)

// datagramHead begins the text of a sealed datagram. Whoever looks at one on the
// wire is to know what it is.
const datagramHead = "klaxon fire drill, no attack\n"

// Announcement is what a sealed datagram says: which connections its sender is
// about to make, by their source and target ports, and what it sends beside.
type Announcement struct {
	Connects [][2]uint16 // source port, target port; both of the datagram's hosts
	Kinds    uint16      // a bit for each Kind that is sent
}

// connectsMax bounds the connections of one datagram: of its text 62 bytes are seen
// on the wire, behind the headers of IPv6 with a VLAN tag.
const connectsMax = 2

// Datagram returns the payload that announces from one end of f to the other.
func (s *Secret) Datagram(f Flow, a Announcement) []byte {
	b := append([]byte(nil), datagramHead...)
	b = binary.BigEndian.AppendUint16(b, a.Kinds)
	b = append(b, byte(len(a.Connects)))
	for _, c := range a.Connects {
		b = binary.BigEndian.AppendUint16(b, c[0])
		b = binary.BigEndian.AppendUint16(b, c[1])
	}
	seal := s.seal(Datagram, f, b)
	return append(b, seal[:sealSize]...)
}

// open reads a payload that is sealed for f, false for any other.
func (s *Secret) open(f Flow, payload []byte) (a Announcement, ok bool) {
	if len(payload) > textMax || len(payload) < len(datagramHead)+3+sealSize || !bytes.HasPrefix(payload, []byte(datagramHead)) {
		return a, false
	}
	text, seal := payload[:len(payload)-sealSize], payload[len(payload)-sealSize:]
	want := s.seal(Datagram, f, text)
	if !hmac.Equal(seal, want[:sealSize]) {
		return a, false
	}
	text = text[len(datagramHead):]
	a.Kinds = binary.BigEndian.Uint16(text)
	n := int(text[2])
	if text = text[3:]; n > connectsMax || len(text) != 4*n {
		return a, false
	}
	for ; len(text) > 0; text = text[4:] {
		a.Connects = append(a.Connects, [2]uint16{binary.BigEndian.Uint16(text), binary.BigEndian.Uint16(text[2:])})
	}
	return a, true
}
