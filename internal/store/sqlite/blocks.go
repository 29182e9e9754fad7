package sqlite

import (
	"context"
	"database/sql"

	"klaxon/internal/store"
)

// laterOnes selects the records of an alarm that came after the one at hand: from
// its block to the last one.
const laterOnes = `WITH RECURSIVE block (b) AS (
	SELECT alarms.place >> 14 UNION ALL
	SELECT b + 1 FROM block WHERE b < (SELECT place >> 14 FROM alarms AS newest ORDER BY seq DESC LIMIT 1)
) SELECT 1 FROM block CROSS JOIN alarms AS later INDEXED BY alarms_id
	ON later.place >> 14 = b AND later.id = alarms.id AND later.seq > alarms.seq`

// pickOf is what a filter asks of an index that begins anew with each block: a
// SELECT of numbers n in the block ?1, and its further arguments; "" when it asks
// nothing of one.
func pickOf(t *table, f *store.Filter) (pick string, args []any) {
	in := func(index, condition string) string {
		return "SELECT seq AS n FROM " + t.name + " INDEXED BY " + index + " WHERE place >> 14 = ?1 AND " + condition
	}
	switch {
	case t == alarmTable && f.ID != "":
		return in("alarms_id", "id = ?2"), []any{f.ID}
	case (t == alarmTable || t == touchTable) && f.Source.IsValid():
		first, last := span(f.Source)
		pick = in(t.name+"_src", "src BETWEEN ?2 AND ?3")
		if t == alarmTable { // those of several sources have them elsewhere
			pick += " UNION ALL " + in("alarms_src", "src IS NULL")
		}
		return pick, []any{first, last}
	}
	return "", nil
}

// findBlocks asks block after block, in the order that is wanted.
func findBlocks(ctx context.Context, tx *sql.Tx, t *table, f *store.Filter, q string, args []any) (found []place, err error) {
	first, err := endOf(ctx, tx, t.strand, "ASC")
	if err != nil {
		return nil, err
	}
	last, err := endOf(ctx, tx, t.strand, "DESC")
	if err != nil {
		return nil, err
	}
	stmt, err := tx.PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	from, to := int64(first.Seq)>>blockBits, int64(last.Seq)>>blockBits
	block, step := to, int64(-1)
	if f.OldestFirst {
		block, step = from, 1
	}
	for ; block >= from && block <= to && len(found) <= f.Size(); block += step {
		rows, err := stmt.QueryContext(ctx, append([]any{block}, args...)...)
		if err != nil {
			return nil, err
		}
		if found, err = places(rows, t, f, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}
