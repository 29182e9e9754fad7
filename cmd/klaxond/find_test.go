package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/owed"
	"klaxon/internal/recordid"
	"klaxon/internal/store/sqlite"
)

// stock is a store, what was staged for it, and what it did not take.
type stock struct {
	t      *testing.T
	store  *sqlite.Store
	staged []klaxon.Record
	lost   map[klaxon.Record]bool
	at     time.Time
}

func newStock(t *testing.T) *stock {
	s, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), UID: -1, GID: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &stock{t: t, store: s, lost: map[klaxon.Record]bool{}, at: time.Now()}
}

// record makes one of any kind.
func (s *stock) record(boot string, seq uint64, kind int) klaxon.Record {
	s.at = s.at.Add(time.Millisecond)
	from := klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(seq)})}
	id := recordid.New("touch", "gate", boot, s.at, seq)
	switch kind {
	case 0:
		return &klaxon.Alarm{ID: id, Event: klaxon.EventOpen, Time: s.at, Sensor: "gate", Boot: boot, Seq: seq, Scan: klaxon.Scan{Source: from, Severity: 3}}
	case 1:
		return &klaxon.Health{ID: id, What: klaxon.HealthDrops, Time: s.at, Sensor: "gate", Boot: boot, Seq: seq}
	}
	return &klaxon.Touch{ID: id, Time: s.at, Sensor: "gate", Boot: boot, Seq: seq, Transport: klaxon.TCP, Source: from, Target: from}
}

// run stages n records of one run, of which the store takes not all.
func (s *stock) run(boot string, n int, rng *rand.Rand) {
	s.t.Helper()
	soon := rng.IntN(3) == 0 // it was killed before the store took any
	var batch []klaxon.Record
	for i := range n {
		r := s.record(boot, uint64(i+1), rng.IntN(8))
		s.staged = append(s.staged, r)
		if soon || rng.IntN(10) == 0 {
			s.lost[r] = true
			continue
		}
		batch = append(batch, r)
	}
	s.emit(batch)
}

func (s *stock) emit(batch []klaxon.Record) {
	s.t.Helper()
	if _, err := s.store.Emit(batch); err != nil {
		s.t.Fatal(err)
	}
}

func idOf(r klaxon.Record) string {
	switch r := r.(type) {
	case *klaxon.Touch:
		return r.ID
	case *klaxon.Alarm:
		return r.ID
	case *klaxon.Health:
		return r.ID
	}
	return ""
}

// TestFindWhatIsOwed: of four runs some records are owed; page after page, of which
// only a part is done, each is found that the store took, and no other.
func TestFindWhatIsOwed(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 9))
		s := newStock(t)
		for i := range 5 {
			s.run(fmt.Sprint("run", i), 1000, rng)
		}
		var due []klaxon.Record
		from := rng.IntN(2000)
		for _, r := range s.staged[from:] {
			if _, touch := r.(*klaxon.Touch); rng.IntN(3) == 0 && (seed%2 == 0 || !touch) {
				due = append(due, r)
			}
		}
		f := &finder{store: s.store, boot: owed.BootOf("run4")}
		for len(due) > 0 {
			var list []owed.Entry
			for _, r := range due[:min(len(due), 300)] {
				list = append(list, owed.EntryOf(r))
			}
			found, err := f.find(t.Context(), list)
			if err != nil || len(found) == 0 {
				// The very last of a run may be ones that it never took.
				if err != nil || !s.lost[due[0]] {
					t.Fatalf("seed %d: %d found, %v, %d are due", seed, len(found), err, len(due))
				}
				found = []klaxon.Record{nil}
			}
			done := 1 + rng.IntN(len(found))
			for i, r := range found[:done] {
				switch want := due[i]; {
				case r == nil != s.lost[want]:
					t.Fatalf("seed %d: %+v is found %v, lost %v", seed, want, r != nil, s.lost[want])
				case r != nil && idOf(r) != idOf(want):
					t.Fatalf("seed %d: found %s, want %s", seed, idOf(r), idOf(want))
				}
			}
			due = due[done:]
		}
	}
}

// TestFindWhatIsNotThereYet: what the store is about to take is waited for; what it
// passed over is not.
func TestFindWhatIsNotThereYet(t *testing.T) {
	s := newStock(t)
	f := &finder{store: s.store, boot: owed.BootOf("now")}
	var records []klaxon.Record
	var list []owed.Entry
	for i := range 6 {
		records = append(records, s.record("now", uint64(i+1), i%2*2)) // alarms and touches
		list = append(list, owed.EntryOf(records[i]))
	}
	want := func(what string, ids ...int) {
		t.Helper()
		found, err := f.find(t.Context(), list)
		if err != nil || len(found) != len(ids) {
			t.Fatalf("%s: %d found, %v, want %v", what, len(found), err, ids)
		}
		for i, id := range ids {
			if id < 0 != (found[i] == nil) || id >= 0 && idOf(found[i]) != idOf(records[id]) {
				t.Fatalf("%s: %d is %+v", what, i, found[i])
			}
		}
	}
	done := func(n int) { list = list[n:] }
	want("nothing is kept")
	s.emit(records[:2])
	want("two are kept", 0, 1)
	done(2)
	s.emit([]klaxon.Record{records[2], records[4]}) // touch 3 is late, or lost
	want("a touch is not there", 2)
	done(1)
	want("nor is it now")
	s.emit([]klaxon.Record{records[5]})
	want("it never will be", -1, 4, 5)
	done(1)
	want("after that", 4, 5)
}
