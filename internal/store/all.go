package store

import (
	"context"
	"iter"
)

// All yields every record that a filter picks, page after page, so that no
// reader holds a database for longer than a page takes. An error is yielded
// last, with a zero Record.
func All(ctx context.Context, r Reader, f Filter) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f.Limit = LimitMax
		for {
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
			if page.Next == 0 {
				return
			}
			f.Cursor = page.Next
		}
	}
}
