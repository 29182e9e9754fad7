package classify

import (
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/track"
)

// TestScannersPushOutNoCampaign: who is told by himself takes no place among those
// who share the work, however many they are.
func TestScannersPushOutNoCampaign(t *testing.T) {
	now := int64(1_700_000_000) * int64(time.Second)
	view := func(source, host uint32) track.View {
		v := track.View{Source: &track.Source{Addr: [16]byte{203, byte(source >> 16), byte(source >> 8), byte(source)}, Tuples: 6, Failed: 6}}
		for port := range uint16(6) {
			v.Notes = append(v.Notes, track.Note{
				Dst: [16]byte{192, 0, byte(host >> 8), byte(host)}, Port: 100 + port, At: now, Weight: 1386, Method: track.MethodSyn, Outcome: track.Refused,
			})
		}
		return v
	}
	var j Judge
	conspires := func(source, host uint32, suspect bool) {
		v := view(source, host)
		j.Verdict(v, now)
		j.Conspires(v, suspect)
	}
	conspires(1, 7, true)
	for i := range uint32(2 * campaignsMax) {
		conspires(1000+i, 1000+i, false)
	}
	shared := subject{where: netip.MustParsePrefix("192.0.0.7/32")}
	n := j.campaigns.find(shared)
	if n < 0 || len(j.campaigns.all) != 1 || len(j.campaigns.all[n].members) != 1 {
		t.Fatalf("of %d campaigns that of the suspect is number %d", len(j.campaigns.all), n)
	}
	conspires(1, 7, false) // he went on, and is told by himself
	if left := j.campaigns.all[n].members; len(left) != 0 {
		t.Errorf("%d members are left", len(left))
	}
}
