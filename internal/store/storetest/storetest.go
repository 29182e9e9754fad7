// Package storetest is the suite that every store passes. It is for tests only.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
	"klaxon/internal/store"
)

// Limits are what a store is opened with.
type Limits struct {
	MaxBytes int64
	MaxAge   time.Duration
	Now      func() time.Time        // nil for time.Now
	Announce func(chain.Anchor) bool // takes what announces prunes; nil for nobody
}

// Open opens the store in a folder, or makes it there.
type Open func(t *testing.T, dir string, l Limits) store.Store

// Run holds a store to the contract of store.Store.
func Run(t *testing.T, open Open) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"sink", sink}, {"filters", filters}, {"hostile filters", badFilters}, {"alarm", alarm}, {"evidence", evidence},
		{"memory", memory}, {"chain", chained}, {"again", again}, {"size", size}, {"share", share}, {"age", age}, {"together", together}, {"closed", closed},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open) })
	}
}

// sink holds it to the contract of klaxon.Sink.
func sink(t *testing.T, open Open) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		s := open(t, t.TempDir(), Limits{})
		return s, func() []byte { return lines(t, s) }
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
}

// lines are all records in order, one a line.
func lines(t *testing.T, s store.Store) []byte {
	t.Helper()
	var out []byte
	for rec, err := range store.All(t.Context(), s, store.Filter{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, rec.Line...), '\n')
	}
	return out
}

func emit(t *testing.T, s store.Store, batch ...klaxon.Record) {
	t.Helper()
	if n, err := s.Emit(batch); n != len(batch) || err != nil {
		t.Fatalf("Emit took %d of %d: %v", n, len(batch), err)
	}
}

func touches(n int) (out []klaxon.Record) {
	for i := range n {
		out = append(out, sinktest.Touch(uint16(i+1)))
	}
	return out
}

func id(c string) string { return strings.Repeat(c, 26) }

// alarm: all records of one, and of no other, oldest first.
func alarm(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{})
	defer s.Close()
	for i, event := range []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventClose} {
		for _, name := range []string{"a", "b"} {
			a := sinktest.Alarm("")
			a.ID, a.Event, a.Seq = id(name), event, uint64(i+1)
			emit(t, s, a)
		}
	}
	got, err := s.Alarm(t.Context(), id("b"))
	if err != nil || len(got.Records) != 3 || got.Evidence != 0 || got.More {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, event := range []string{"open", "update", "close"} {
		if r := got.Records[i]; !bytes.Contains(r.Line, []byte(`"event":"`+event+`"`)) || !bytes.Contains(r.Line, []byte(id("b"))) || r.Seq != uint64(2*i+2) {
			t.Errorf("record %d: %d %s", i, r.Seq, r.Line)
		}
	}
	if _, err := s.Alarm(t.Context(), id("c")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another one: %v", err)
	}
}

func evidence(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{})
	defer s.Close()
	a := sinktest.Alarm("")
	emit(t, s, a)
	for _, data := range [][]byte{[]byte("first"), bytes.Repeat([]byte{0, 0xff}, store.EvidenceMax/2)} {
		if err := s.SaveEvidence(a.ID, data); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Evidence(t.Context(), a.ID); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(data), err)
		}
	}
	if got, err := s.Alarm(t.Context(), a.ID); err != nil || got.Evidence != store.EvidenceMax {
		t.Errorf("%d bytes of evidence: %v", got.Evidence, err)
	}
	for _, bad := range []struct {
		id   string
		data []byte
	}{{"x", []byte("x")}, {a.ID, nil}, {a.ID, make([]byte, store.EvidenceMax+1)}} {
		if err := s.SaveEvidence(bad.id, bad.data); err == nil {
			t.Errorf("%d bytes of %q were taken", len(bad.data), bad.id)
		}
	}
	if _, err := s.Evidence(t.Context(), id("c")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another one: %v", err)
	}
	verify(t, s, nil)
}

func memory(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir, Limits{})
	if _, err := s.LoadMemory("dark"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before it was saved: %v", err)
	}
	big := bytes.Repeat([]byte("m"), 1<<20)
	for _, data := range [][]byte{{1, 2, 3}, big, {}, nil, {0}} {
		if err := s.SaveMemory("dark", data); err != nil {
			t.Fatal(err)
		}
		if got, err := s.LoadMemory("dark"); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(data), err)
		}
	}
	if s.Head(chain.Alarms).Seq != 0 {
		t.Error("a memory became a record")
	}
	for _, name := range []string{"", "../x", "a b", strings.Repeat("n", store.MemoryNameMax+1)} {
		if err := s.SaveMemory(name, nil); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if err := s.SaveMemory("large", make([]byte, store.MemoryMax+1)); err == nil {
		t.Error("a blob that is too large was taken")
	}
	for i := 1; i < store.MemoriesMax; i++ {
		if err := s.SaveMemory(fmt.Sprint("more-", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveMemory("one-more", nil); err == nil {
		t.Error("too many were taken")
	}
	if err := s.SaveMemory("dark", []byte("last")); err != nil {
		t.Errorf("one of them anew: %v", err)
	}
	s.Close()
	s = open(t, dir, Limits{})
	defer s.Close()
	if got, err := s.LoadMemory("dark"); err != nil || string(got) != "last" {
		t.Errorf("at the next start: %q, %v", got, err)
	}
}

// verify expects a chain without fault.
func verify(t *testing.T, s store.Store, anchors []string) chain.Report {
	t.Helper()
	r, err := s.Verify(t.Context(), strings.NewReader(strings.Join(anchors, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Fatalf("%+v", r.Faults)
	}
	return r
}

// chained: every record is one link of its chain, and what an anchor says is the
// head. Numbers go over both chains.
func chained(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{})
	defer s.Close()
	if s.Anchors() != nil {
		t.Error("an anchor of nothing")
	}
	var anchors []string
	heads := make(map[chain.Name]chain.Head)
	number := uint64(0)
	for round := range 5 {
		batch := append(touches(7), sinktest.Alarm(fmt.Sprint(round)), &klaxon.Health{Time: sinktest.Touch(1).Time, What: klaxon.HealthDrops})
		emit(t, s, batch...)
		anchors = append(anchors, s.Anchors()...)
		for _, name := range chain.Names {
			if round == 0 {
				heads[name] = chain.Genesis(anchorOf(t, anchors[0]).Store, name)
			}
		}
		page, err := s.Query(t.Context(), store.Filter{OldestFirst: true, Cursor: number})
		if err != nil || len(page.Records) != len(batch) {
			t.Fatalf("%d records of %d: %v", len(page.Records), len(batch), err)
		}
		for _, rec := range page.Records {
			if number++; rec.Seq != number {
				t.Fatalf("record %d has the number %d", number, rec.Seq)
			}
			name := chain.Alarms
			if rec.Type == store.TypeTouch {
				name = chain.Touches
			}
			heads[name] = heads[name].Next(number, rec.Line, rec.Time)
		}
		for i, name := range chain.Names {
			if a := anchorOf(t, anchors[2*round+i]); a.Chain != name || a.Head != heads[name] || s.Head(name) != heads[name] {
				t.Fatalf("head of %s is %+v, anchor %+v, want %+v", name, s.Head(name), a, heads[name])
			}
		}
	}
	r := verify(t, s, anchors)
	if p, q := r.Part(chain.Touches), r.Part(chain.Alarms); p.Records != 35 || q.Records != 10 || p.Anchors != 5 || q.Anchors != 5 || p.Head != heads[chain.Touches] || q.Head != heads[chain.Alarms] {
		t.Errorf("%+v", r)
	}
	stats, err := s.Stats(t.Context())
	if err != nil || stats.Touches != 35 || stats.First != 1 || stats.Last != 45 || stats.Chains[0].Head != heads[chain.Touches] || stats.Chains[1].First != 1 ||
		stats.Failing != "" || stats.Bytes <= 0 || stats.File < stats.Bytes {
		t.Errorf("%+v, %v", stats, err)
	}
}

func anchorOf(t *testing.T, line string) chain.Anchor {
	t.Helper()
	a, err := chain.ParseAnchor(line)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// again: what was kept is there at the next start, and the chain goes on.
func again(t *testing.T, open Open) {
	dir := t.TempDir()
	var anchors []string
	for i := range 3 {
		s := open(t, dir, Limits{})
		emit(t, s, touches(10)...)
		if s.Head(chain.Touches).Seq != uint64(10*(i+1)) {
			t.Fatalf("head at %d", s.Head(chain.Touches).Seq)
		}
		anchors = append(anchors, s.Anchors()...)
		verify(t, s, anchors)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// size: beyond the limit the oldest go, and the chain is whole for all that.
func size(t *testing.T, open Open) {
	const limit = 1 << 20
	dir := t.TempDir()
	var anchors []string
	announced := 0
	limits := Limits{MaxBytes: limit, Announce: func(a chain.Anchor) bool {
		anchors = append(anchors, a.String())
		announced++
		return true
	}}
	s := open(t, dir, limits)
	for range 12 {
		emit(t, s, touches(500)...)
		anchors = append(anchors, s.Anchors()...)
	}
	before := s.Head(chain.Touches).Seq
	pruned, err := s.Prune(t.Context())
	if err != nil || pruned.Touches == 0 || pruned.Others != 0 || s.Head(chain.Touches).Seq <= before {
		t.Fatalf("%+v, %v", pruned, err)
	}
	stats, err := s.Stats(t.Context())
	if err != nil || stats.Bytes > limit || stats.Bytes < limit/2 || stats.First == 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	if again, err := s.Prune(t.Context()); err != nil || again.Touches+again.Others != 0 {
		t.Errorf("nothing was over: %+v, %v", again, err)
	}
	r := verify(t, s, anchors)
	if p := r.Part(chain.Touches); p.Base.Seq+1 != stats.Chains[0].First || p.Below == 0 || p.Anchors == 0 {
		t.Errorf("%+v", r)
	}
	anchors = append(anchors, s.Anchors()...)
	s.Close()
	s = open(t, dir, limits)
	defer s.Close()
	emit(t, s, touches(1)...)
	verify(t, s, anchors)
	if announced == 0 {
		t.Error("no prune was announced")
	}
	unannounced := slices.DeleteFunc(slices.Clone(anchors), func(line string) bool { return strings.HasSuffix(line, " pruned") })
	if r, err := s.Verify(t.Context(), strings.NewReader(strings.Join(unannounced, "\n"))); err != nil || r.OK() {
		t.Errorf("a prune that no line announces is believed: %v", err)
	}
}

// age: what is too old goes, unless it is the clock that leapt.
func age(t *testing.T, open Open) {
	now := sinktest.Touch(1).Time.Add(time.Hour)
	s := open(t, t.TempDir(), Limits{MaxAge: 24 * time.Hour, Now: func() time.Time { return now }})
	defer s.Close()
	emit(t, s, touches(600)...)
	prune := func(want uint64, what string) {
		t.Helper()
		got, err := s.Prune(t.Context())
		if err != nil || got.Touches != want {
			t.Fatalf("%s: %+v, %v", what, got, err)
		}
	}
	prune(0, "an hour old")
	young := sinktest.Touch(1)
	young.Time = now.Add(20 * time.Hour)
	emit(t, s, young)
	for range 24 {
		now = now.Add(time.Hour) // by a clock without leaps there is no doubt
		if _, err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := s.Stats(t.Context())
	if err != nil || stats.Touches != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	verify(t, s, nil)
}

// together: many ask while one emits; all is in order at the end.
func together(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{MaxBytes: 1 << 20})
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 3)
	for range 2 {
		go func() {
			for ctx.Err() == nil {
				if _, err := s.Query(context.Background(), store.Filter{}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	go func() {
		for ctx.Err() == nil {
			if _, err := s.Prune(context.Background()); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 15 {
		emit(t, s, touches(40)...)
		_ = s.Anchors()
	}
	cancel()
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	verify(t, s, s.Anchors())
}

func closed(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{})
	emit(t, s, touches(1)...)
	s.Close()
	if n, err := s.Emit(touches(1)); n != 0 || err == nil {
		t.Errorf("Emit took %d", n)
	}
	if _, err := s.Query(t.Context(), store.Filter{}); err == nil {
		t.Error("Query answered")
	}
	if err := s.SaveMemory("a", nil); err == nil {
		t.Error("SaveMemory took one")
	}
	if _, err := s.Prune(t.Context()); err == nil {
		t.Error("Prune did something")
	}
	if s.Anchors() != nil {
		t.Error("an anchor")
	}
}
