package sqlite

import (
	"fmt"
	"testing"

	"klaxon/internal/store"
)

// TestNumbersBelowOne: a record that somebody put before the first is found by a
// verification, and given to nobody who asks.
func TestNumbersBelowOne(t *testing.T) {
	for _, table := range []string{"touches", "alarms", "health"} {
		for _, number := range []string{"0", "-5", "-9223372036854775808"} {
			path, anchors := filled(t)
			before := counted(t, path)
			tamper(t, path, fmt.Sprintf("CREATE TEMP TABLE forged AS SELECT * FROM %[1]s LIMIT 1; UPDATE forged SET seq = %[2]s; INSERT INTO %[1]s SELECT * FROM forged", table, number))
			if r := verifyFile(t, path, anchors); r.Whole() {
				t.Errorf("number %s of %s: %s", number, table, &r)
			}
			if after := counted(t, path); after != before {
				t.Errorf("number %s of %s: %d records are given out, and were %d", number, table, after, before)
			}
		}
	}
}

// counted is how many records a file gives out.
func counted(t *testing.T, path string) (n int) {
	t.Helper()
	r := OpenReader(path)
	defer r.Close()
	for _, err := range store.All(t.Context(), r, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
