package sqlite

import (
	"context"
	"database/sql"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// Stats implements store.Reader.
func (r *reader) Stats(ctx context.Context) (store.Stats, error) {
	out := store.Stats{Path: r.path, File: diskSize(r.path), MaxBytes: r.maxBytes, MaxAge: r.maxAge,
		Held: held(r.path, logSize(r.path)), Failing: *r.failing.Load()}
	err := r.brief(ctx, "count", func(ctx context.Context, tx *sql.Tx) (err error) {
		if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'store'").Scan(&out.ID); err != nil {
			return err
		}
		if out.Bytes, err = used(ctx, tx); err != nil {
			return err
		}
		if err := reach(ctx, tx, &out); err != nil {
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

// reach says from where to where the chains go.
func reach(ctx context.Context, q querier, out *store.Stats) error {
	for _, st := range strands {
		first, err := endOf(ctx, q, st, "ASC")
		if err != nil {
			return err
		}
		last, err := endOf(ctx, q, st, "DESC")
		if err != nil {
			return err
		}
		if !last.there {
			last.Head = chain.Genesis(out.ID, st.name)
		}
		out.Chains = append(out.Chains, store.Chain{Name: st.name, First: first.Seq, Head: last.Head})
		if first.there && (out.First == 0 || first.number < out.First) {
			out.First, out.Oldest = first.number, first.Time
		}
		if last.number > out.Last {
			out.Last, out.Newest = last.number, last.Time
		}
	}
	return nil
}
