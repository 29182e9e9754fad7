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
			continue // one without touches
		}
		batch := make([]klaxon.Record, 40)
		if block > 0 { // so that batches cross into the next
			s.at.last = max(s.at.last, block<<blockBits-20)
		}
		for i := range batch {
			touch := sinktest.Touch(uint16(i))
			touch.Source.Addr = netip.MustParseAddr(sources[r.IntN(len(sources))])
			of[s.at.last+uint64(i)+1] = touch.Source.Addr
			batch[i] = touch
		}
		if _, err := s.Emit(batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"192.0.2.7/32", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "203.0.113.0/24"} {
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
			f := store.Filter{Types: []store.Type{store.TypeTouch}, Source: p, OldestFirst: oldest, Limit: 7}
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

// TestBlocksByIndex: who asks for a source reads no touch of others, but for those
// beside it in the index.
func TestBlocksByIndex(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db")})
	rows, err := s.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT seq FROM touches INDEXED BY touches_src "+
		"WHERE seq >> 14 = 3 AND seq < 50000 AND seq BETWEEN 7 AND 60000 AND src BETWEEN x'04' AND x'05' ORDER BY seq DESC")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var a, b, c any
		var text string
		if err := rows.Scan(&a, &b, &c, &text); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, text)
	}
	if text := strings.Join(plan, "; "); !strings.Contains(text, "USING COVERING INDEX touches_src (<expr>=? AND src>? AND src<?)") {
		t.Errorf("it goes by %s", text)
	}
	if !strings.Contains(schema, fmt.Sprintf("(seq >> %d, src)", blockBits)) {
		t.Error("the index has blocks of another size than who asks by it")
	}
}
