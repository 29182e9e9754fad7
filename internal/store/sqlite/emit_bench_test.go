package sqlite

import (
	"net/netip"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/recordid"
)

// touchesOf makes touches of so many sources, each in its turn, as a flood does.
func touchesOf(sources int, from uint64, batch []klaxon.Record) {
	now := time.Now()
	for i := range batch {
		n := from + uint64(i)
		h := (n % uint64(sources)) * 0x9e3779b97f4a7c15 // spreads them over the index
		batch[i] = &klaxon.Touch{
			ID: recordid.New("touch", "bench", "", now, n), Time: now, Sensor: "bench", Boot: "0123456789abcdef", Seq: n,
			Zone: klaxon.ZoneOutside, Transport: klaxon.TCP, Service: "rexec", Proof: klaxon.ProofHandshake,
			Source: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(h >> 56), byte(h >> 48), byte(h >> 40), byte(h >> 32)}), Port: uint16(n)},
			Target: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 0, 2, 1}), Port: 512},
		}
	}
}

// alarmsOf makes records of alarms, three of each: it opens, changes and closes.
func alarmsOf(sources int, from uint64, batch []klaxon.Record) {
	now := time.Now()
	for i := range batch {
		n := from + uint64(i)
		of := n%uint64(sources) + n/uint64(3*sources)<<32
		h := of * 0x9e3779b97f4a7c15
		batch[i] = &klaxon.Alarm{
			ID: recordid.New("alarm", "bench", "", now, of), Time: now, Sensor: "bench", Boot: "0123456789abcdef", Seq: n,
			Scan: klaxon.Scan{
				Zone: klaxon.ZoneOutside, First: now, Last: now, Severity: 2, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeTouch,
				Source: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(h >> 56), byte(h >> 48), byte(h >> 40), byte(h >> 32)})},
				Why:    "it touched tcp/512 (rexec), which is a trap: nobody has an honest reason to",
			},
		}
	}
}

// BenchmarkEmit is the writer alone, in a store that has some 300,000 records
// before: touches of few, many, and ever new sources, and alarms of many.
func BenchmarkEmit(b *testing.B) {
	for _, c := range []struct {
		name    string
		sources int
		fill    func(int, uint64, []klaxon.Record)
	}{{"touches/512", 512, touchesOf}, {"touches/4096", 4096, touchesOf}, {"touches/new", 1 << 40, touchesOf}, {"alarms/4096", 4096, alarmsOf}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Open(Options{Path: filepath.Join(b.TempDir(), "klaxon.db"), UID: -1, GID: -1})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			batch := make([]klaxon.Record, 1024)
			n := uint64(0)
			emit := func() time.Duration {
				b.StopTimer()
				c.fill(c.sources, n, batch)
				n += uint64(len(batch))
				b.StartTimer()
				before := cpuTime()
				if k, err := s.Emit(batch); k != len(batch) || err != nil {
					b.Fatal(k, err)
				}
				return cpuTime() - before
			}
			for range 300 {
				emit()
			}
			b.ResetTimer()
			var spent time.Duration
			for range b.N {
				spent += emit()
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*len(batch)), "cpu-ns/record")
			b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// cpuTime is what this process took of the CPU, which says more than the clock on a
// machine that others use as well.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
