// Package recordid makes the identifiers of records.
package recordid

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"time"
)

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New returns the 26 lower-case base32 characters (RFC 4648 alphabet) that
// identify a record: the first 130 bits of SHA-256 over kind, sensor, source
// key, first time in ns and ordinal. Each string is preceded by its length, so
// that no two inputs run together. It is stable through updates of one alarm.
func New(kind, sensor, sourceKey string, first time.Time, ordinal uint64) string {
	var buf [256]byte
	b := buf[:0]
	for _, s := range [...]string{kind, sensor, sourceKey} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(first.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, ordinal)
	sum := sha256.Sum256(b)
	var out [52]byte
	idEncoding.Encode(out[:], sum[:])
	return string(out[:26])
}
