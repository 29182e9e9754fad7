package render

import (
	"net/netip"

	"klaxon"
)

// absent stands in a line of words for what is not known, so that the words
// after it keep their places.
const absent = '-'

// bare returns an address as every output shows it: IPv4-mapped as IPv4, and
// without a zone, which is told apart as the interface.
func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// appendAddr appends an address (RFC 5952), or "-" when there is none.
func appendAddr(dst []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(dst, absent)
	}
	return bare(a).AppendTo(dst)
}

// appendWord appends a token, or "-" when there is nothing to write.
func appendWord[S bytestring](dst []byte, src S, limit int) []byte {
	if len(src) == 0 {
		return append(dst, absent)
	}
	return appendToken(dst, src, limit)
}

// interfaceOf returns the name of the interface a touch came in by, "" when
// unknown.
func interfaceOf(t *klaxon.Touch) string {
	if t.Interface != "" {
		return t.Interface
	}
	return t.Source.Addr.Zone()
}

// linkInterface returns interfaceOf for a source whose address means nothing
// without it, and "" for any other.
func linkInterface(t *klaxon.Touch) string {
	if !bare(t.Source.Addr).IsLinkLocalUnicast() {
		return ""
	}
	return interfaceOf(t)
}

// appendOneOf appends the address of a list that holds all there are, when that
// is one, "many" when there are more, and "-" when none is known.
func appendOneOf(dst []byte, list []netip.Addr, total int) []byte {
	switch {
	case len(list) == 1 && total <= 1:
		return appendAddr(dst, list[0])
	case len(list) == 0 && total <= 0:
		return append(dst, absent)
	}
	return append(dst, "many"...)
}

// MAC returns a hardware address as every output shows it, "" when it is unknown.
func MAC(mac [6]byte) string {
	if mac == ([6]byte{}) {
		return ""
	}
	quoted := appendMAC(nil, mac)
	return string(quoted[1 : len(quoted)-1])
}
