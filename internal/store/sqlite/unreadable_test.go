package sqlite

import (
	"fmt"
	"testing"
	"time"

	"klaxon/internal/store"
)

// TestAnswersBesideStrangeCells: whatever somebody put in a cell, all records are found,
// in either order, and so is what the store says of itself. One whose time is a
// fraction is as old as that says.
func TestAnswersBesideStrangeCells(t *testing.T) {
	for _, table := range []string{"touches", "alarms", "health"} {
		for cell, hidden := range map[string]int{"line = 7.25": 0, "line = x'00ff'": 0, "time = 'zz'": 0, "time = x'00'": 0, "time = 1.5": 2, "place = 'zz'": 0} {
			for _, which := range []string{"min", "max"} {
				t.Run(fmt.Sprintf("%s/%s/%s", table, cell, which), func(t *testing.T) {
					path, _ := filled(t)
					all := countIn(t, path)
					tamper(t, path, fmt.Sprintf("UPDATE %s SET %s WHERE seq = (SELECT %s(seq) FROM %[1]s)", table, cell, which))
					if got := countIn(t, path); got != all-hidden || all < 100 {
						t.Errorf("%d records, and there were %d", got, all)
					}
				})
			}
		}
	}
}

// countIn asks a store in the ways in which klaxonctl does: without times, from one
// on, and between two.
func countIn(t *testing.T, path string) (n int) {
	t.Helper()
	r := OpenReader(path)
	defer r.Close()
	if _, err := r.Stats(t.Context()); err != nil {
		t.Error(err)
	}
	times := []store.Filter{{}, {OldestFirst: true}, {Since: time.Unix(1, 0)}, {Since: time.Unix(1, 0), Until: time.Unix(1<<33, 0)}}
	for _, typ := range []store.Type{store.TypeTouch, store.TypeAlarm, store.TypeHealth} {
		for _, f := range times {
			f.Types = []store.Type{typ}
			for _, err := range store.All(t.Context(), r, f) {
				if err != nil {
					t.Errorf("%s %+v: %v", typ, f, err)
					break
				}
				n++
			}
		}
	}
	return n
}
