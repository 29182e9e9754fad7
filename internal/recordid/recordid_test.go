package recordid

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"testing"
	"time"
)

// TestNew takes the first 130 bits of the hash by another road: as a number,
// five bits at a time.
func TestNew(t *testing.T) {
	first := time.Unix(1, 2)
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	for ordinal := range uint64(64) {
		input := "\x00\x00\x00\x00\x00\x00\x00\x05touch\x00\x00\x00\x00\x00\x00\x00\x04gate\x00\x00\x00\x00\x00\x00\x00\x09192.0.2.1" +
			"\x00\x00\x00\x00\x3b\x9a\xca\x02" + fmt.Sprintf("\x00\x00\x00\x00\x00\x00\x00%c", rune(ordinal))
		sum := sha256.Sum256([]byte(input))
		n := new(big.Int).Rsh(new(big.Int).SetBytes(sum[:]), 256-130)
		want := make([]byte, 26)
		for i := range want {
			digit := new(big.Int).And(new(big.Int).Rsh(n, uint(125-5*i)), big.NewInt(31))
			want[i] = alphabet[digit.Int64()]
		}
		if got := New("touch", "gate", "192.0.2.1", first, ordinal); got != string(want) {
			t.Fatalf("ordinal %d: got %s, want %s", ordinal, got, want)
		}
	}
	if New("ab", "c", "", first, 0) == New("a", "bc", "", first, 0) {
		t.Error("two inputs ran together")
	}
}
