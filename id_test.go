package klaxon

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// TestNewID holds the hand-written encoder against the standard library's.
func TestNewID(t *testing.T) {
	first := time.Unix(1, 2)
	want := func(kind, sensor, key string, ordinal uint64) string {
		var b []byte
		for _, s := range []string{kind, sensor, key} {
			b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
			b = append(b, s...)
		}
		b = binary.BigEndian.AppendUint64(b, uint64(first.UnixNano()))
		b = binary.BigEndian.AppendUint64(b, ordinal)
		sum := sha256.Sum256(b)
		return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
	}
	for ordinal := range uint64(64) {
		got := NewID("touch", "gate", "192.0.2.1", first, ordinal)
		if w := want("touch", "gate", "192.0.2.1", ordinal); got != w {
			t.Fatalf("ordinal %d: got %s, want %s", ordinal, got, w)
		}
	}
	if NewID("ab", "c", "", first, 0) == NewID("a", "bc", "", first, 0) {
		t.Error("two inputs ran together")
	}
}
