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

const (
	judgePackets = 500_000 // decoded ones that lie ready in memory
	judgeBatch   = 256     // of them are judged at once, as tocsin does
)

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
	var ours, reference pieces
	var mallocs uint64
	for range wireRuns {
		mallocs = judge(newDetector(), list, &ours)
		readLines(table, len(list), &reference)
	}
	mine, ref := ours.best(len(list)), reference.best(len(list))
	fmt.Printf("  detector %.0f ns a packet  three cache lines %.0f ns, best of %d\n", mine, ref, wireRuns)
	figure("time of judging a packet / of reading three random cache lines", mine/ref, "<= 3")
	figure("allocations for each packet judged", float64(mallocs)/float64(len(list)), "0.00")
	return nil
}

// pieces are the times of the parts of some work that is done several times, the
// best of each: on a busy machine no run as a whole is left in peace.
type pieces struct {
	all  []time.Duration
	next int
}

func (p *pieces) begin() { p.next = 0 }

func (p *pieces) add(took time.Duration) {
	if p.next == len(p.all) {
		p.all = append(p.all, took)
	}
	p.all[p.next] = min(p.all[p.next], took)
	p.next++
}

// best returns ns for each of n packets.
func (p *pieces) best(n int) float64 {
	sum := time.Duration(0)
	for _, t := range p.all {
		sum += t
	}
	return float64(sum.Nanoseconds()) / float64(n)
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
		Track:  track.Config{Seed: seed, Alone: true}, // as tocsin does with a pcap file
		Sensor: "bench",
		Zone:   func(netip.Addr) klaxon.Zone { return klaxon.ZoneOutside },
		Emit:   func(*klaxon.Alarm) {},
	})
}

// judge times the detector, and returns how many allocations there were. Each
// batch is copied first, because the decoder has just written it where the
// detector reads it.
func judge(d *detect.Detector, list []detect.Seen, times *pieces) uint64 {
	batch := make([]detect.Seen, judgeBatch)
	times.begin()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for part := range slices.Chunk(list, judgeBatch) {
		n := copy(batch, part)
		begin := time.Now()
		d.Batch(batch[:n])
		times.add(time.Since(begin))
	}
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

type line [8]uint64

// readLines times the reading of three lines for each of n packets. They do not
// depend on one another, so the processor may wait for all of them at once.
func readLines(table []line, n int, times *pieces) {
	r := rand.Uint64() | 1
	mask := uint64(len(table) - 1)
	sum := uint64(0)
	times.begin()
	for left := n; left > 0; left -= judgeBatch {
		begin := time.Now()
		for range min(left, judgeBatch) {
			// xorshift (Marsaglia 2003), the cheapest that reaches every line.
			r ^= r << 13
			r ^= r >> 7
			r ^= r << 17
			sum += table[r&mask][0] + table[r>>20&mask][0] + table[r>>40&mask][0]
		}
		times.add(time.Since(begin))
	}
	runtime.KeepAlive(sum)
}
