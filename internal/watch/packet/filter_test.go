package packet

import (
	"testing"

	"klaxon/internal/decode"
)

func TestTmp(t *testing.T) {
	for _, l := range []decode.Link{decode.LinkEthernet, decode.LinkRaw} {
		for _, m := range []bool{false, true} {
			f, err := filter(l, m)
			t.Log(l, m, len(f), err)
		}
	}
}
