//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
)

// TestKill ends a whole klaxond with SIGKILL at random moments of a flood, again
// and again on the same files: mostly while it rings, and every fifth time while
// it starts and takes in what the one before left. Receipts are the lines of the
// JSON file, and every head of the store's chain that a reader saw: what they are
// for is there after the next start. Of each run the store has the records without
// a hole up to its last one, and they are those of the JSON file.
func TestKill(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		kills := 50
		if os.Getenv("KLAXON_SOAK") != "" {
			kills = 500
		}
		begin := time.Now()
		r := rand.New(rand.NewPCG(uint64(begin.UnixNano()), 0))
		k := &killing{h: h, file: newKeptFile(h.json())}
		for n := range kills {
			if n%5 == 4 {
				k.inStart(time.Duration(r.IntN(100)) * time.Millisecond)
			} else {
				k.inLoad(time.Duration(r.IntN(250)) * time.Millisecond)
			}
			if n%25 == 24 {
				k.file.unchanged(t)
			}
		}
		k.inLoad(0)
		k.file.unchanged(t)
		if k.receipts == 0 || k.touches == 0 || k.stored == 0 {
			t.Fatalf("%d receipts were seen, %d touches recorded, %d in the store: nothing was tested", k.receipts, k.touches, k.stored)
		}
		reader := sqlite.OpenReader(h.store())
		defer reader.Close()
		if report, err := reader.Verify(t.Context(), nil); err != nil || !report.OK() {
			t.Errorf("the chain: %+v, %v", report, err)
		}
		t.Logf("FIGURE: %d kills of klaxond under load, %d of them before it was ready, in %v; %d touches made, %d recorded in JSON, %d in the store (%d receipts seen), %d torn lines; slowest recovery %v of CPU, %v of wall time",
			kills, k.early, time.Since(begin).Round(time.Second), k.made, k.touches, k.stored, k.receipts, k.file.torn, k.cpu.Round(time.Millisecond), k.wall.Round(time.Millisecond))
		// By the clock of a machine that others use as well this would prove nothing.
		if k.cpu > 2*time.Second {
			t.Errorf("recovery took %v of CPU", k.cpu)
		}
	})
}

// killing is one klaxond after the other.
type killing struct {
	h    *house
	file *keptFile
	made int    // touches by the last one's end
	runs int    // of klaxond
	seen uint64 // the highest head of the store that was seen
	read uint64 // up to where the store was compared

	receipts, touches, stored, early int
	cpu, wall                        time.Duration // of the slowest start
}

// inLoad starts klaxond, compares what those before left, and kills it under load.
func (k *killing) inLoad(after time.Duration) {
	h := k.h
	h.t.Helper()
	k.runs++
	begin := time.Now()
	d := h.start()
	h.must(h.net.Attacker(func() error { // until the first touch rings
		for touch(2, 0) != nil {
			if time.Since(begin) > patience {
				return fmt.Errorf("klaxond does not come up:\n%s", read(d.err))
			}
			time.Sleep(2 * time.Millisecond)
		}
		return nil
	}))
	k.made++
	k.wall, k.cpu = max(k.wall, time.Since(begin)), max(k.cpu, spent(d.pid()))
	d.ready()
	reader := sqlite.OpenReader(h.store())
	k.compare(reader)
	k.kill(d, after, func() {
		if head := headOf(reader); head > k.seen {
			k.seen = head
			k.receipts++
		}
	})
	reader.Close() // or what the dead one left would not be recovered
	k.file.grow(h.t)
}

// inStart kills klaxond so soon that it is hardly ready, under load as well. Who
// looked at the store meanwhile would keep it from recovering.
func (k *killing) inStart(after time.Duration) {
	k.h.t.Helper()
	k.runs++
	d := k.h.start()
	k.kill(d, after, func() {})
	if !strings.Contains(string(read(d.err)), isReady) {
		k.early++
	}
	k.file.grow(k.h.t)
}

// kill touches and looks until klaxond is killed.
func (k *killing) kill(d *daemon, after time.Duration, look func()) {
	var made atomic.Int64
	var dead atomic.Bool
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			k.h.net.Attacker(func() error {
				for n := i; !dead.Load(); n++ {
					if err := touch(2+n%8, n%4); err == nil {
						made.Add(1)
					} else if errors.Is(err, syscall.ECONNREFUSED) {
						time.Sleep(time.Millisecond)
					}
				}
				return nil
			})
		})
	}
	all.Go(func() {
		for !dead.Load() {
			look()
			time.Sleep(5 * time.Millisecond)
		}
	})
	time.Sleep(after)
	d.cmd.Process.Signal(syscall.SIGKILL)
	_ = d.cmd.Wait() // it was killed, which is an error
	dead.Store(true)
	all.Wait()
	k.made += int(made.Load())
}

// headOf is the newest record, 0 when none can be read.
func headOf(r *sqlite.Reader) uint64 {
	page, err := r.Query(context.Background(), store.Filter{Limit: 1, Types: everything})
	if err != nil || len(page.Records) == 0 {
		return 0
	}
	return page.Records[0].Seq
}

var everything = []store.Type{store.TypeTouch, store.TypeAlarm, store.TypeHealth, store.TypeEvidence, store.TypePrune}

// spent is the CPU time of a process.
func spent(pid int) time.Duration {
	_, after, _ := strings.Cut(string(read(fmt.Sprintf("/proc/%d/stat", pid))), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
