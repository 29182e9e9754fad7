package sqlite

import (
	"context"
	"errors"
	"fmt"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// errNothing ends a transaction that has nothing to forget.
var errNothing = fmt.Errorf("nothing to forget: %w", errRefused)

// Prune implements store.Store.
func (s *Store) Prune(ctx context.Context) (total store.Pruned, err error) {
	for range pruneSteps {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		s.mu.Lock()
		st, n, err := s.pruneOnce()
		s.mu.Unlock()
		if err != nil || n == 0 {
			return total, err
		}
		if st == touchStrand {
			total.Touches += n
		} else {
			total.Others += n
		}
	}
	return total, nil
}

// mind looks at sizes after so many bytes. A flood may outrun Prune; then as many
// records are forgotten as came.
func (s *Store) mind() {
	if s.grown < pruneEvery {
		return
	}
	s.grown = 0
	s.watchLog()
	if s.opts.MaxBytes == 0 {
		return
	}
	for range mindSteps {
		// What was emitted is out; an error of this comes back with the next.
		if _, n, err := s.pruneOnce(); err != nil || n == 0 {
			return
		}
	}
}

// pruneOnce forgets one step of a chain when a limit is passed, and signs off what
// went.
func (s *Store) pruneOnce() (st *strand, count uint64, err error) {
	var at state
	err = s.transact("prune", func(ctx context.Context) error {
		var step surplus
		if step, err = s.surplus(ctx); err != nil {
			return err
		}
		st, at = step.strand, s.at
		said := s.opts.Announce != nil && s.opts.Announce(chain.Anchor{Store: s.ID(), Chain: st.name, Head: step.last, Pruned: true})
		if count, err = s.drop(ctx, &step); err != nil {
			return err
		}
		now := s.opts.Now()
		p := chain.Prune{Time: now, Through: step.last.Seq, Hash: step.last.Hash, Why: step.why, Unsaid: !said}
		return s.put(ctx, &at, &row{table: st.prunes, time: now, line: string(p.Line(st.name))})
	}, func() { s.at = at })
	if errors.Is(err, errNothing) {
		return nil, 0, nil
	}
	if err == nil {
		err = s.shrink()
	}
	return st, count, err
}

// drop deletes all records of a chain up to one.
func (s *Store) drop(ctx context.Context, step *surplus) (count uint64, err error) {
	for _, t := range step.strand.tables {
		res, err := s.conn.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE seq <= ?", int64(step.number))
		if err != nil {
			return 0, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		count += uint64(n)
	}
	return count, nil
}

// shrink gives pages back when the file is larger than allowed, as after the
// limit was lowered. Mostly freed pages are used again.
func (s *Store) shrink() error {
	if s.opts.MaxBytes == 0 {
		return nil
	}
	ctx := context.Background()
	var pages int64
	err := s.conn.QueryRowContext(ctx, "SELECT page_count FROM pragma_page_count").Scan(&pages)
	if err == nil && pages*pageSize > s.opts.MaxBytes {
		_, err = s.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", shrinkPages))
	}
	if err != nil {
		err = s.explain("shrink", err)
		s.fail(err)
	}
	return err
}
