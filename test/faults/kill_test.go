//go:build linux

package faults

import (
	"bytes"
	"context"
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
// and again on the same files. Receipts are the lines of the JSON file, and every
// head of the store's chain that a reader saw: what they are for is there after
// the next start. Of each run the store has the records without a hole up to its
// last one, and they are those of the JSON file.
func TestKill(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		kills := 50
		if os.Getenv("KLAXON_SOAK") != "" {
			kills = 500
		}
		r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
		k := &killing{h: h}
		for range kills {
			k.once(time.Duration(r.IntN(250)) * time.Millisecond)
		}
		k.once(0)
		if k.receipts == 0 || k.touches == 0 {
			t.Fatalf("%d receipts were seen, %d touches recorded: nothing was tested", k.receipts, k.touches)
		}
		reader := sqlite.OpenReader(h.store())
		defer reader.Close()
		if report, err := reader.Verify(t.Context(), nil); err != nil || !report.OK() {
			t.Errorf("the chain: %+v, %v", report, err)
		}
		t.Logf("FIGURE: %d kills of klaxond under load, %d touches made, %d recorded in JSON, %d in the store (%d receipts seen), %d torn lines; slowest recovery %v of CPU, %v of wall time",
			kills, k.made, k.touches, k.stored, k.receipts, k.torn, k.cpu.Round(time.Millisecond), k.wall.Round(time.Millisecond))
		// By the clock of a machine that others use as well this would prove nothing.
		if k.cpu > 2*time.Second {
			t.Errorf("recovery took %v of CPU", k.cpu)
		}
	})
}

// killing is one klaxond after the other.
type killing struct {
	h     *house
	lines []byte // of the JSON file when the last one was killed
	made  int    // touches by the last one's end
	seen  uint64 // the highest head of the store that was seen
	read  uint64 // up to where the store was compared

	receipts, touches, stored, torn int
	cpu, wall                       time.Duration // of the slowest start
}

// once starts klaxond, compares what the one before left, and kills it under load.
func (k *killing) once(after time.Duration) {
	h := k.h
	h.t.Helper()
	begin := time.Now()
	d := h.start()
	for { // until the first touch rings
		if err := h.net.Attacker(func() error { return touch(2, 0) }); err == nil {
			break
		}
		if time.Since(begin) > patience {
			h.t.Fatalf("it does not come up:\n%s", read(d.err))
		}
		time.Sleep(time.Millisecond)
	}
	k.made++
	k.wall, k.cpu = max(k.wall, time.Since(begin)), max(k.cpu, spent(d.pid()))
	d.ready()
	reader := sqlite.OpenReader(h.store())
	k.compare(reader)
	k.load(d, reader, after)
	reader.Close() // or what the dead one left would not be recovered
	k.lines = read(h.json())
}

// load touches and looks at the store until klaxond is killed.
func (k *killing) load(d *daemon, reader *sqlite.Reader, after time.Duration) {
	var made atomic.Int64
	var dead atomic.Bool
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			k.h.net.Attacker(func() error {
				for n := i; !dead.Load(); n++ {
					if touch(2+n%8, n%4) == nil {
						made.Add(1)
					}
				}
				return nil
			})
		})
	}
	all.Go(func() {
		for !dead.Load() {
			if head := headOf(reader); head > k.seen {
				k.seen = head
				k.receipts++
			}
			time.Sleep(3 * time.Millisecond)
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

// compare holds what the last one left against what was seen of it.
func (k *killing) compare(reader *sqlite.Reader) {
	t := k.h.t
	t.Helper()
	if head := headOf(reader); head < k.seen {
		t.Fatalf("the store ends at %d, and was seen to end at %d", head, k.seen)
	}
	now := read(k.h.json())
	if !bytes.HasPrefix(now, k.lines) {
		t.Fatal("lines of the JSON file were changed")
	}
	lines, torn := records(t, k.lines)
	if k.torn = torn; torn > 0 {
		t.Logf("%d torn lines", torn)
	}
	k.touches = sum(lines).touches
	if k.touches > k.made {
		// A touch may ring whose maker did not live to count it.
		if k.touches > k.made+3*len(boots(lines)) {
			t.Fatalf("%d touches were recorded, %d were made", k.touches, k.made)
		}
	}
	inFile := boots(lines)
	for boot, list := range boots(k.fresh(reader)) {
		file := inFile[boot]
		if k.isNew(boot, now) {
			continue // the one that runs now
		}
		for i, r := range list {
			if r.Seq != uint64(i+1) {
				t.Fatalf("record %d of run %s has the number %d in the store", i+1, boot, r.Seq)
			}
			if i < len(file) && (file[i].Seq != r.Seq || file[i].ID != r.ID || file[i].Type != r.Type) {
				t.Fatalf("record %d of run %s is %+v in the file and %+v in the store", i+1, boot, file[i], r)
			}
		}
		for i, r := range file {
			if r.Seq != uint64(i+1) {
				t.Fatalf("record %d of run %s has the number %d in the file", i+1, boot, r.Seq)
			}
		}
		k.stored += sum(list).touches
	}
}

// isNew tells whether a run has lines that were not there at the last kill, and
// none that were.
func (k *killing) isNew(boot string, now []byte) bool {
	return !bytes.Contains(k.lines, fmt.Appendf(nil, `"boot":%q`, boot)) && bytes.Contains(now, fmt.Appendf(nil, `"boot":%q`, boot))
}

// fresh reads what the store has since the last time, but for the run of now.
func (k *killing) fresh(reader *sqlite.Reader) []record {
	t := k.h.t
	t.Helper()
	var text []byte
	cursor := k.read
	for {
		page, err := reader.Query(t.Context(), store.Filter{OldestFirst: true, Cursor: cursor, Limit: store.LimitMax})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			line := append(r.Line, '\n')
			text = append(text, line...)
			cursor = r.Seq
			if list, _ := records(t, line); len(list) == 1 && !bytes.Contains(k.lines, fmt.Appendf(nil, `"boot":%q`, list[0].Boot)) {
				continue // read again the next time
			}
			k.read = r.Seq
		}
		if page.Next == 0 {
			break
		}
	}
	list, broken := records(t, text)
	if broken > 0 {
		t.Fatalf("%d records of the store are no JSON", broken)
	}
	return list
}

// boots sorts records by the run they are of.
func boots(list []record) map[string][]record {
	by := map[string][]record{}
	for _, r := range list {
		by[r.Boot] = append(by[r.Boot], r)
	}
	return by
}

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
