package sqlite

import (
	"context"
	"database/sql"

	"klaxon/internal/store"
)

// findBlocks finds touches of some sources, block after block: the index of sources
// begins anew with each.
func findBlocks(ctx context.Context, tx *sql.Tx, f *store.Filter, where string, args []any) (found []place, err error) {
	var first, last sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT min(seq), (SELECT max(seq) FROM touches) FROM touches").Scan(&first, &last); err != nil || !last.Valid {
		return nil, err
	}
	from, to, step, order := first.Int64>>blockBits, last.Int64>>blockBits, int64(1), "ASC"
	if cursor := int64(f.Cursor); cursor > 0 && f.OldestFirst {
		from = max(from, cursor>>blockBits)
	} else if cursor > 0 {
		to = min(to, cursor>>blockBits)
	}
	blocks := to - from + 1
	if !f.OldestFirst {
		from, step, order = to, -1, "DESC"
	}
	stmt, err := tx.PrepareContext(ctx, "SELECT seq FROM touches INDEXED BY touches_src WHERE seq >> 14 = ? AND "+where+" ORDER BY seq "+order)
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	for block := from; blocks > 0 && len(found) <= f.Size(); block, blocks = block+step, blocks-1 {
		if found, err = findIn(ctx, stmt, f.Size(), append([]any{block}, args...), found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// findIn adds what one block has, up to one more than a page.
func findIn(ctx context.Context, stmt *sql.Stmt, size int, args []any, found []place) ([]place, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for len(found) <= size && rows.Next() {
		p := place{table: touchTable}
		if err := rows.Scan(&p.seq); err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, rows.Err()
}
