package klaxon

import (
	"crypto/sha256"
	"time"
)

// NewID returns the 26 lower-case base32 characters (RFC 4648 alphabet) that
// identify a record: the first 130 bits of SHA-256 over kind, sensor, source
// key, first time in ns and ordinal. Each string is preceded by its length, so
// that no two inputs run together. It is stable through updates of one alarm.
//
// It is written without encoding/binary and encoding/base32, which would bring
// reflect into the touch path of cmd/klaxon.
func NewID(kind, sensor, sourceKey string, first time.Time, ordinal uint64) string {
	var buf [256]byte
	b := buf[:0]
	for _, s := range [...]string{kind, sensor, sourceKey} {
		b = appendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = appendUint64(b, uint64(first.UnixNano()))
	b = appendUint64(b, ordinal)
	return base32Prefix(sha256.Sum256(b))
}

func appendUint64(b []byte, v uint64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(v>>shift))
	}
	return b
}

func base32Prefix(sum [32]byte) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	var out [26]byte
	for i := range out {
		bit := i * 5
		pair := uint16(sum[bit/8])<<8 | uint16(sum[bit/8+1])
		out[i] = alphabet[pair>>(11-bit%8)&31]
	}
	return string(out[:])
}
