package capture

import (
	"math"
	"slices"
	"testing"

	"klaxon/internal/decode"
)

func TestPcap(t *testing.T) {
	for _, e := range endians {
		for _, tt := range []struct {
			name  string
			magic uint32
			unit  int64
		}{
			{"microseconds", 0xa1b2c3d4, 1000},
			{"nanoseconds", 0xa1b23c4d, 1},
		} {
			f := newClassic(e, tt.magic, 113).
				record(1_700_000_000, 999_999, 1514, "abcd").
				record(0, 0, 0, "").
				record(math.MaxUint32, math.MaxUint32, 3, "longer than it was on the wire").
				record(1, 2, math.MaxUint32, "x")
			want := []seenFrame{
				{1_700_000_000e9 + 999_999*tt.unit, decode.LinkSLL, 0, 1514, "abcd"},
				{0, decode.LinkSLL, 0, 0, ""},
				{math.MaxUint32*1e9 + math.MaxUint32*tt.unit, decode.LinkSLL, 0, 30, "longer than it was on the wire"},
				{1e9 + 2*tt.unit, decode.LinkSLL, 0, math.MaxInt32, "x"},
			}
			got, ifaces := mustRead(t, f.b)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s:\n got %v\nwant %v", tt.name, e, got, want)
			}
			if len(ifaces) != 1 || ifaces[0].Link != decode.LinkSLL || ifaces[0].Name != "" {
				t.Errorf("%s, %s: interfaces %+v", tt.name, e, ifaces)
			}
		}
	}
}

// TestPcapLink: the bits above the link type tell the length of the checksum
// behind each frame (draft-ietf-opsawg-pcap section 4).
func TestPcapLink(t *testing.T) {
	_, ifaces := mustRead(t, newClassic(endians[0], 0xa1b2c3d4, 0x24000001).b)
	if ifaces[0].Link != decode.LinkEthernet {
		t.Errorf("link %d", ifaces[0].Link)
	}
}

func TestPcapVersions(t *testing.T) {
	f := newClassic(endians[1], 0xa1b2c3d4, 1).record(1, 0, 1, "x").b
	for minor := range byte(8) {
		f[7] = minor
		mustRead(t, f)
	}
	f[5] = 3
	mustFail(t, f, "pcap version 3.")
}

func TestPcapHugeRecord(t *testing.T) {
	for _, size := range []uint32{maxRecord + 1, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32} {
		f := newClassic(endians[0], 0xa1b2c3d4, 1).record(1, 0, 4, "good")
		f.u32(2, 0, size, size)
		if n := mustFail(t, append(f.b, make([]byte, 64)...), "a record of"); n != 1 {
			t.Errorf("%d bytes: %d frames before it", size, n)
		}
	}
	f := newClassic(endians[0], 0xa1b2c3d4, 1).record(1, 0, maxRecord, string(make([]byte, maxRecord))).record(2, 0, 1, "x")
	if got, _ := mustRead(t, f.b); len(got) != 2 || len(got[0].Data) != maxRecord || got[1].Data != "x" {
		t.Error("a frame of the largest size was not read whole")
	}
}

func TestUnknownMagic(t *testing.T) {
	for _, b := range [][]byte{[]byte("\x7fELF and more"), make([]byte, 64), []byte("\x1f\x8b\x07nogzip"), []byte("\xd4\xc3\xb2\xa0....")} {
		mustFail(t, b, "begins neither a pcap nor a pcapng file")
	}
}
