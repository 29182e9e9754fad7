package evidence

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestContents: what is kept comes back as it was, cut, whatever its length and
// whoever had the place before; and each place is lent once.
func TestContents(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const frames = 3 * poolLong
	c := newContents(frames)
	all, want := make([]frame, frames), make([][]byte, frames)
	for range 10 * frames {
		i := int32(r.IntN(frames))
		if want[i] != nil {
			if got := c.bytes(i, &all[i]); !bytes.Equal(got, want[i]) {
				t.Fatalf("%x came back as %x", want[i], got)
			}
			c.drop(&all[i])
			want[i] = nil
			continue
		}
		data := make([]byte, r.IntN(2*DataMax))
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		if !c.room(data) {
			if len(c.free) > 0 || len(data) <= headMax {
				t.Fatalf("no room for %d bytes with %d places free", len(data), len(c.free))
			}
			continue
		}
		c.keep(i, data, &all[i])
		want[i] = data[:min(len(data), DataMax)]
	}
	long := 0
	for i := range want {
		if len(want[i]) > headMax {
			long++
		}
	}
	if long+len(c.free) != poolLong {
		t.Errorf("%d places are taken and %d free, of %d", long, len(c.free), poolLong)
	}
}
