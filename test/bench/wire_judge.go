package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

// judgePackets is how many decoded packets lie ready in memory. More would
// measure the reading of them.
const judgePackets = 500_000

// wireJudge compares the time that the detector alone takes for a packet with
// that of reading three cache lines at random in a table of the detector's size.
func wireJudge(b *bench) error {
	path, err := b.capture(captureMixed)
	if err != nil {
		return err
	}
	list, err := decoded(path, judgePackets)
	if err != nil {
		return err
	}
	table := make([]line, track.DefaultMemory/64)
	for i := range table {
		table[i][0] = uint64(i)
	}
	var ours, reference []float64
	var mallocs uint64
	for range wireRuns {
		d := newDetector()
		t, n := judge(d, list)
		ours = append(ours, t)
		mallocs = n
		reference = append(reference, readLines(table, len(list)))
	}
	mine, ref := slices.Min(ours), slices.Min(reference)
	fmt.Printf("  detector %.0f ns a packet  three cache lines %.0f ns, best of %d\n", mine, ref, wireRuns)
	figure("time of judging a packet / of reading three random cache lines", mine/ref, "<= 3")
	figure("allocations for each packet judged", float64(mallocs)/float64(len(list)), "0.00")
	return nil
}

// decoded reads the first packets of a capture.
func decoded(path string, n int) ([]detect.Seen, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := capture.NewReader(f)
	if err != nil {
		return nil, err
	}
	list := make([]detect.Seen, 0, n)
	for len(list) < n {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		s := detect.Seen{At: frame.Time, Scope: uint8(frame.Interface)}
		if (decode.Decoder{}).Decode(frame.Link, frame.Data, frame.Length, &s.Packet) == decode.Decoded {
			list = append(list, s)
		}
	}
	return list, nil
}

func newDetector() *detect.Detector {
	return detect.New(detect.Config{
		Track:  track.Config{Seed: seed},
		Sensor: "bench",
		Zone:   func(netip.Addr) klaxon.Zone { return klaxon.ZoneOutside },
		Emit:   func(*klaxon.Alarm) {},
	})
}

// judge returns ns for each packet, and how many allocations there were in all.
// Each batch is copied first, because the decoder has just written it where the
// detector reads it.
func judge(d *detect.Detector, list []detect.Seen) (float64, uint64) {
	batch := make([]detect.Seen, 256)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var took time.Duration
	for part := range slices.Chunk(list, len(batch)) {
		n := copy(batch, part)
		begin := time.Now()
		d.Batch(batch[:n])
		took += time.Since(begin)
	}
	runtime.ReadMemStats(&after)
	return float64(took.Nanoseconds()) / float64(len(list)), after.Mallocs - before.Mallocs
}

type line [8]uint64

// readLines returns ns for three lines. They do not depend on one another, so
// the processor may wait for all of them at once.
func readLines(table []line, n int) float64 {
	r := rand.Uint64() | 1
	sum := uint64(0)
	begin := time.Now()
	for range n {
		// xorshift (Marsaglia 2003), the cheapest that reaches every line.
		r ^= r << 13
		r ^= r >> 7
		r ^= r << 17
		mask := uint64(len(table) - 1)
		sum += table[r&mask][0] + table[r>>20&mask][0] + table[r>>40&mask][0]
	}
	took := time.Since(begin)
	runtime.KeepAlive(sum)
	return float64(took.Nanoseconds()) / float64(n)
}
