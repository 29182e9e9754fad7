package inetd

import (
	stdlib "crypto/sha256"
	"testing"
)

func FuzzSHA256(f *testing.F) {
	for n := range 130 { // around each border of a block
		f.Add(make([]byte, n))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := sha256(b), stdlib.Sum256(b); got != want {
			t.Errorf("%d bytes: got %x, want %x", len(b), got, want)
		}
	})
}
