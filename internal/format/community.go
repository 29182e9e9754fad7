// Package format writes records in the dialects that other tools read.
package format

import (
	"bytes"
	"crypto/sha1" // #nosec G505: prescribed by the specification, guards nothing
	"encoding/base64"
	"encoding/binary"

	"klaxon"
)

// CommunityID returns the flow hash, version 1 with seed 0, by which Zeek,
// Suricata and others name the same flow (Corelight, community-id-spec). It is
// "" for a touch without both addresses.
func CommunityID(t *klaxon.Touch) string {
	src, dst := t.Source.Addr.Unmap().WithZone(""), t.Target.Addr.Unmap().WithZone("")
	if !src.IsValid() || !dst.IsValid() {
		return ""
	}
	a := binary.BigEndian.AppendUint16(nil, t.Source.Port)
	b := binary.BigEndian.AppendUint16(nil, t.Target.Port)
	from, to := src.AsSlice(), dst.AsSlice()
	if c := bytes.Compare(from, to); c > 0 || c == 0 && bytes.Compare(a, b) > 0 {
		from, to, a, b = to, from, b, a
	}
	buf := make([]byte, 0, 2+16+16+2+4)
	buf = append(buf, 0, 0) // the seed
	buf = append(append(buf, from...), to...)
	buf = append(buf, byte(t.Transport), 0)
	buf = append(append(buf, a...), b...)
	sum := sha1.Sum(buf)
	return "1:" + base64.StdEncoding.EncodeToString(sum[:])
}
