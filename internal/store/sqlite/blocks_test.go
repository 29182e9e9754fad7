package sqlite

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/sink/sinktest"
	"klaxon/internal/store"
)

// TestBlocks asks for sources over several blocks of their index, page after page in
// both orders, and holds the answers against a plain reading.
func TestBlocks(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db")})
	r := rand.New(rand.NewPCG(1, 2))
	sources := []string{"192.0.2.7", "192.0.2.200", "198.51.100.3", "2001:db8::1"}
	of := make(map[uint64]netip.Addr) // by number
	for block := range uint64(5) {
		if block == 3 {
			continue // one without records
		}
		batch := make([]klaxon.Record, 80)
		if block > 0 { // so that batches cross into the next
			s.at.touches.Seq = max(s.at.touches.Seq, block<<blockBits-20)
			s.at.alarms.Seq = max(s.at.alarms.Seq, block<<blockBits-20)
		}
		for i := range batch {
			addr := netip.MustParseAddr(sources[r.IntN(len(sources))])
			of[s.at.last+uint64(i)+1] = addr
			if i%2 == 0 {
				touch := sinktest.Touch(uint16(i))
				touch.Source.Addr = addr
				batch[i] = touch
				continue
			}
			alarm := sinktest.Alarm("")
			if alarm.Source.Addr = addr; i%5 == 0 {
				alarm.Source.Addr, alarm.Sources = netip.Addr{}, []netip.Addr{netip.MustParseAddr("10.0.0.1"), addr}
			}
			batch[i] = alarm
		}
		if _, err := s.Emit(batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"192.0.2.7/32", "192.0.2.0/24", "192.0.0.0/7", "2001:db8::/32", "203.0.113.0/24"} {
		for _, oldest := range []bool{true, false} {
			p := netip.MustParsePrefix(prefix)
			var want []uint64
			for number, addr := range of {
				if p.Contains(addr) {
					want = append(want, number)
				}
			}
			slices.Sort(want)
			if !oldest {
				slices.Reverse(want)
			}
			var got []uint64
			f := store.Filter{Source: p, OldestFirst: oldest, Limit: 7}
			for pages := 0; pages < 100; pages++ {
				page, err := s.Query(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, rec := range page.Records {
					got = append(got, rec.Seq)
				}
				if f.Cursor = page.Next; f.Cursor == 0 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, oldest first %v: %d, want %d", prefix, oldest, got, want)
			}
		}
	}
}

// TestBlocksOfAlarm: an alarm whose records are blocks apart is found whole, and only
// its newest record is the latest.
func TestBlocksOfAlarm(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db")})
	a, b := sinktest.Alarm(""), sinktest.Alarm("")
	b.ID = strings.Repeat("b", 26)
	for range 4 {
		if _, err := s.Emit([]klaxon.Record{a, b, a}); err != nil {
			t.Fatal(err)
		}
		s.at.alarms.Seq += 3 << blockBits
	}
	for _, id := range []string{a.ID, b.ID} {
		got, err := s.Alarm(t.Context(), id)
		if want := map[string]int{a.ID: 8, b.ID: 4}[id]; err != nil || len(got.Records) != want {
			t.Errorf("%s has %d records, want %d: %v", id, len(got.Records), want, err)
		}
	}
	for _, oldest := range []bool{true, false} {
		page, err := s.Query(t.Context(), store.Filter{Latest: true, OldestFirst: oldest})
		var got []uint64
		for _, r := range page.Records {
			got = append(got, r.Seq)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, []uint64{11, 12}) {
			t.Errorf("the latest are %d, %v", got, err)
		}
	}
}

// TestBlocksByIndex: who asks for a source or an alarm reads no record of others,
// but for those beside it in the index.
func TestBlocksByIndex(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db")})
	db := raw(t, s.path)
	plan := func(q string, args ...any) (text string) {
		rows, err := db.Query("EXPLAIN QUERY PLAN "+q, args...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c any
			var line string
			if err := rows.Scan(&a, &b, &c, &line); err != nil {
				t.Fatal(err)
			}
			text += line + "; "
		}
		return text
	}
	prefix := netip.MustParsePrefix("192.0.2.0/24")
	for _, c := range []struct {
		table *table
		f     store.Filter
		want  []string
	}{
		{touchTable, store.Filter{Source: prefix}, []string{"SEARCH touches USING COVERING INDEX touches_src (<expr>=? AND src>? AND src<?)"}},
		{alarmTable, store.Filter{Source: prefix}, []string{"SEARCH alarms USING COVERING INDEX alarms_src (<expr>=? AND src>? AND src<?)", "SEARCH alarms USING COVERING INDEX alarms_src (<expr>=? AND src=?)"}},
		{alarmTable, store.Filter{ID: sinktest.Alarm("").ID}, []string{"SEARCH alarms USING COVERING INDEX alarms_id (<expr>=? AND id=?)"}},
	} {
		pick, args := pickOf(c.table, &c.f)
		got := plan(pick, append([]any{1}, args...)...)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%+v goes by %s, want %s", c.f, got, want)
			}
		}
	}
	if got := plan("SELECT seq FROM alarms WHERE NOT EXISTS (" + laterOnes + ")"); !strings.Contains(got, "SEARCH later USING COVERING INDEX alarms_id (<expr>=? AND id=? AND rowid>?)") {
		t.Errorf("later records are found by %s", got)
	}
	if !strings.Contains(schema, fmt.Sprintf("(place >> %d, src)", blockBits)) || strings.Count(schema+sameBlock+laterOnes, ">> 14") != 3+2+3 {
		t.Error("there are blocks of another size")
	}
}
