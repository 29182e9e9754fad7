package noise

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

// TestScannersInAFlood: forged touches and probes, half of each, and in their
// midst ten scanners who prove their addresses. People are told of at most 200
// lines in any minute, of each of the ten within five seconds, and exactly of
// how much was held back; and nothing is lost without being counted.
func TestScannersInAFlood(t *testing.T) {
	forged := 100_000
	if os.Getenv("KLAXON_SOAK") != "" {
		forged = 1_000_000
	}
	t.Run("strangers told one by one", func(t *testing.T) { flood(t, forged, false, [4]byte{198, 51, 100}) })
	t.Run("strangers in the weather, neighbours told", func(t *testing.T) { flood(t, forged, true, [4]byte{192, 0, 2, 100}) })
}

// flood is one flood. The scanners' addresses begin behind first.
func flood(t *testing.T, forged int, calm bool, first [4]byte) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, calm)
		r := rand.New(rand.NewPCG(5, 5))
		const scanners = 10
		began := map[netip.Addr]time.Time{}
		for i := range forged {
			if i%2 == 0 {
				s.probe(stranger(r), uint16(r.IntN(65536)))
			} else {
				s.touch(klaxon.UDP, stranger(r), 40000, 69, klaxon.ProofNone)
			}
			if i%(forged/scanners) == forged/scanners/2 {
				first[3]++
				who := netip.AddrFrom4(first)
				began[who] = time.Now()
				go s.scan(who)
			}
			if i%5 == 4 {
				time.Sleep(time.Millisecond) // 5,000 a second
			}
		}
		time.Sleep(10 * time.Second)
		sum := s.stop()

		for who, at := range began {
			told, ok := s.people.opened[who]
			if !ok || told.Sub(at) > 5*time.Second {
				t.Errorf("%s began at %v and was told of: %v, after %v", who, at, ok, told.Sub(at))
			}
		}
		if n := busiest(s.people.lines); n > 200 || n < 10 {
			t.Errorf("%d lines in the busiest minute", n)
		} else {
			t.Logf("FIGURE: %d forged touches and probes: %d lines to people in the busiest minute, %d in all, %d records of alarms",
				forged, n, len(s.people.lines), s.records.alarms)
		}
		s.account(t, forged, scanners*trapsTouched, &sum)
	})
}

// stranger is a forged address: none of the scanners', and none of ours.
func stranger(r *rand.Rand) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(11 + r.IntN(60)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
}

// TestTouchesFasterThanTheyCanBeTaken: all at once, far beyond every queue; what
// is lost is counted, and told.
func TestTouchesFasterThanTheyCanBeTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		const made = 100_000
		for i := range made {
			addr := netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})
			s.touch(klaxon.TCP, addr, 40000, 512, klaxon.ProofHandshake)
		}
		time.Sleep(10 * time.Second)
		sum := s.stop()
		c := s.pipe.Counts()
		if told := s.records.told[klaxon.HealthDrops]; told != c.Dropped+c.Unjudged {
			t.Errorf("%d told as lost, %d were dropped and %d not judged", told, c.Dropped, c.Unjudged)
		}
		s.account(t, 0, made, &sum)
	})
}

// busiest is the most lines in any minute.
func busiest(at []time.Time) (most int) {
	for i, j := 0, 0; i < len(at); i++ {
		for at[i].Sub(at[j]) >= time.Minute {
			j++
		}
		most = max(most, i-j+1)
	}
	return most
}

func check(t *testing.T, what string, got, want uint64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}
