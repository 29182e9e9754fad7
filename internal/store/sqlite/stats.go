package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"klaxon/internal/store"
)

// Stats implements store.Reader.
func (r *reader) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Path: r.path, File: diskSize(r.path), MaxBytes: r.maxBytes, MaxAge: r.maxAge, Failing: *r.failing.Load()}
	err := r.brief(ctx, "count", func(ctx context.Context, tx *sql.Tx) (err error) {
		if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'store'").Scan(&out.ID); err != nil {
			return err
		}
		if out.Bytes, err = used(ctx, tx); err != nil {
			return err
		}
		if out.Head, err = headOf(ctx, tx, out.ID); err != nil {
			return err
		}
		if out.First, out.Oldest, err = first(ctx, tx); err != nil {
			return err
		}
		counts := "SELECT (SELECT count(*) FROM touches), (SELECT count(*) FROM alarms), (SELECT count(*) FROM health), (SELECT count(DISTINCT id) FROM evidence)"
		return tx.QueryRowContext(ctx, counts).Scan(&out.Touches, &out.Alarms, &out.Health, &out.Evidence)
	})
	return out, err
}

// used is how much of the file holds something.
func used(ctx context.Context, q querier) (int64, error) {
	var pages, free, size int64
	err := q.QueryRowContext(ctx, "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_size FROM pragma_page_size)").Scan(&pages, &free, &size)
	return (pages - free) * size, err
}

// first is the oldest record that is there.
func first(ctx context.Context, q querier) (uint64, time.Time, error) {
	row := q.QueryRowContext(ctx, "SELECT seq, time FROM ("+union(func(t *table) string {
		return "SELECT * FROM (SELECT seq, time FROM " + t.name + " ORDER BY seq LIMIT 1)"
	})+") ORDER BY seq LIMIT 1")
	var seq, at int64
	switch err := row.Scan(&seq, &at); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, time.Time{}, nil
	case err != nil:
		return 0, time.Time{}, fmt.Errorf("find the oldest record: %w", err)
	}
	return uint64(seq), moment(at), nil
}
