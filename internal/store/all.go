package store

import (
	"context"
	"iter"
)

// All yields every record that a filter picks, page after page, so that no
// reader holds a database for longer than a page takes. Limit is that of all of
// them, 0 for none. An error is yielded last, with a zero Record.
func All(ctx context.Context, r Reader, f Filter) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		left, endless := f.Limit, f.Limit == 0
		for endless || left > 0 {
			f.Limit = LimitMax
			if !endless {
				f.Limit = min(left, LimitMax)
			}
			page, err := r.Query(ctx, f)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, rec := range page.Records {
				if !yield(rec, nil) {
					return
				}
			}
			left -= len(page.Records)
			if f.Cursor = page.Next; f.Cursor == 0 {
				return
			}
		}
	}
}
