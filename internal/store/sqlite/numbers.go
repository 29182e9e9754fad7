package sqlite

import (
	"context"
	"database/sql"

	"klaxon/internal/chain"
)

// numbered is how far the numbers that both chains share were counted. Each is in one
// of them, without a gap: what was cut off the end of one is missed before what the
// other kept later.
//
// A chain that was pruned does not say which numbers went. It is believed from its
// first record on.
type numbered struct {
	last                  int64 // the number before
	missing, first, final uint64
}

// step counts the next numbers. It looks at the base of each chain in the same view:
// what was pruned meanwhile is not missed.
func (at *numbered) step(ctx context.Context, tx *sql.Tx) (more bool, err error) {
	for _, st := range strands {
		if err := at.skip(ctx, tx, st); err != nil {
			return false, err
		}
	}
	// By the tables themselves: an index may be made to say something else.
	rows, err := tx.QueryContext(ctx, union(tables, func(t *table) string {
		return "SELECT seq FROM " + t.name + " NOT INDEXED WHERE seq > ?1"
	})+" ORDER BY seq LIMIT ?2", at.last, verifyNumbers)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return false, err
		}
		at.take(number)
	}
	return n == verifyNumbers, rows.Err()
}

// skip goes on to the first record of a chain that was pruned.
func (at *numbered) skip(ctx context.Context, tx *sql.Tx, st *strand) error {
	base, err := baseOf(ctx, tx, st)
	if err != nil || base.Seq == 0 {
		return err
	}
	var first sql.NullInt64
	row := tx.QueryRowContext(ctx, "SELECT min(seq) FROM ("+union(st.tables, func(t *table) string {
		return "SELECT min(seq) AS seq FROM " + t.name + " NOT INDEXED"
	})+")")
	if err := row.Scan(&first); err != nil {
		return err
	}
	at.last = max(at.last, first.Int64)
	return nil
}

func (at *numbered) take(number int64) {
	if gap := number - at.last - 1; gap > 0 {
		if at.missing == 0 {
			at.first = uint64(at.last) + 1
		}
		at.missing, at.final = at.missing+uint64(gap), uint64(number)-1
	}
	at.last = number
}

func (at *numbered) tell(v *chain.Verifier) {
	if at.missing > 0 {
		v.Lacks(at.missing, at.first, at.final)
	}
}
