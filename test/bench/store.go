package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/recordid"
	"klaxon/internal/render"
	"klaxon/internal/store/sqlite"
)

// storePairs interleaved pairs are run for each size of batch, for storeTime a
// half.
const (
	storePairs = 3
	storeTime  = 2 * time.Second
)

// keepStore compares the store, with each batch synced before it counts, with a
// file that the same lines are appended to and synced.
func keepStore(b *bench) error {
	for _, size := range []int{1, 64, 1024} {
		var ratios []float64
		for i := range storePairs {
			bare, err := appendRate(filepath.Join(b.dir, "bare.jsonl"), size)
			if err != nil {
				return err
			}
			ours, err := storeRate(filepath.Join(b.dir, fmt.Sprintf("bench-%d-%d.db", size, i)), size)
			if err != nil {
				return err
			}
			ratios = append(ratios, ours/bare)
			fmt.Printf("  batches of %4d: write+fsync %7.0f/s  store %7.0f/s  ratio %.2f\n", size, bare, ours, ours/bare)
		}
		figure(fmt.Sprintf("records a second kept, store / write+fsync, batches of %d", size), median(ratios), storeWant[size])
	}
	return nil
}

// storeWant: a single record is one sync in either; a large batch is work of the
// CPU, where indexes have their price.
var storeWant = map[int]string{1: ">= 0.3", 64: ">= 0.1", 1024: ">= 0.05"}

// keptFlood makes touches of many sources, as a store takes them.
type keptFlood struct{ n uint64 }

func (f *keptFlood) fill(batch []klaxon.Record) {
	now := time.Now()
	for i := range batch {
		f.n++
		h := f.n * 0x9e3779b97f4a7c15 // spreads the sources over the index
		batch[i] = &klaxon.Touch{
			ID: recordid.New("touch", "bench", "", now, f.n), Time: now, Sensor: "bench", Boot: "0123456789abcdef", Seq: f.n,
			Zone: klaxon.ZoneOutside, Transport: klaxon.TCP, Service: "rexec", Proof: klaxon.ProofHandshake,
			Source: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{byte(h >> 56), byte(h >> 48), byte(h >> 40), byte(h >> 32)}), Port: uint16(h)},
			Target: klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 0, 2, 1}), Port: 512},
		}
	}
}

// rate is how many records a second one function takes.
func rate(size int, take func([]klaxon.Record) error) (float64, error) {
	var f keptFlood
	batch := make([]klaxon.Record, size)
	begin, taken := time.Now(), 0
	for time.Since(begin) < storeTime {
		f.fill(batch)
		if err := take(batch); err != nil {
			return 0, err
		}
		taken += size
	}
	return float64(taken) / time.Since(begin).Seconds(), nil
}

func appendRate(path string, size int) (float64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var buf []byte
	return rate(size, func(batch []klaxon.Record) error {
		buf = buf[:0]
		for _, r := range batch {
			buf = append(render.AppendJSON(buf, r), '\n')
		}
		if _, err := f.Write(buf); err != nil {
			return err
		}
		return f.Sync()
	})
}

func storeRate(path string, size int) (float64, error) {
	s, err := sqlite.Open(sqlite.Options{Path: path, UID: -1, GID: -1})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	before := s.Head(chain.Touches)
	taken := 0
	perSecond, err := rate(size, func(batch []klaxon.Record) error {
		n, err := s.Emit(batch)
		taken += n
		return err
	})
	if err != nil {
		return 0, err
	}
	return perSecond, grown(before, s.Head(chain.Touches), taken)
}

// grown holds the count against the chain: a rate of what is not there is none.
func grown(before, after chain.Head, taken int) error {
	if after.Seq-before.Seq != uint64(taken) {
		return fmt.Errorf("%d records were taken, and the chain grew by %d", taken, after.Seq-before.Seq)
	}
	return nil
}
