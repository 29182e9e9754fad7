package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

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
		step, err := s.pruneOnce()
		s.mu.Unlock()
		if err != nil || step.Records == 0 {
			return total, err
		}
		total.Records += step.Records
		total.Through = step.Through
	}
	return total, nil
}

// mind looks at the size after so many bytes. A flood may outrun Prune; then as
// many records are forgotten as came.
func (s *Store) mind() {
	if s.grown < pruneEvery || s.opts.MaxBytes == 0 {
		return
	}
	s.grown = 0
	for range mindSteps {
		// What was emitted is out; an error of this comes back with the next.
		if step, err := s.pruneOnce(); err != nil || step.Records == 0 {
			return
		}
	}
}

// pruneOnce forgets one step when a limit is passed, and signs off what went.
func (s *Store) pruneOnce() (out store.Pruned, err error) {
	var head chain.Head
	err = s.transact("prune", func(ctx context.Context) error {
		last, why, err := s.surplus(ctx)
		if err != nil {
			return err
		}
		if s.opts.Announce != nil {
			s.opts.Announce(chain.Anchor{Store: s.ID(), Head: last, Pruned: true}.String())
		}
		out = store.Pruned{Through: last.Seq}
		if out.Records, err = s.drop(ctx, last.Seq); err != nil {
			return err
		}
		now := s.opts.Now()
		p := chain.Prune{Time: now, Through: last.Seq, Hash: last.Hash, Why: why}
		head = s.head
		return s.put(ctx, &head, &row{typ: store.TypePrune, time: now, line: string(p.Line())})
	}, func() { s.head = head })
	if errors.Is(err, errNothing) {
		return store.Pruned{}, nil
	}
	if err == nil {
		err = s.shrink()
	}
	return out, err
}

// surplus finds the last record of the next step, and why it goes: errNothing
// when none does.
func (s *Store) surplus(ctx context.Context) (last chain.Head, why string, err error) {
	over, err := s.tooLarge(ctx)
	if err != nil {
		return last, "", err
	}
	now := s.opts.Now()
	// Round strips the monotonic reading: it is the time of day that may leap.
	old := s.opts.MaxAge > 0 && s.clock.trusted(now.Round(0), time.Since(s.start))
	limit := nanos(now.Add(-s.opts.MaxAge))
	rows, err := s.conn.QueryContext(ctx, "SELECT seq, time, hash, type FROM ("+chained("")+") LIMIT ?", pruneStep)
	if err != nil {
		return last, "", err
	}
	defer rows.Close()
	foreign := false // a record that is not the store's own
	for rows.Next() {
		var seq, at int64
		var hash []byte
		var typ store.Type
		if err := rows.Scan(&seq, &at, &hash, &typ); err != nil {
			return last, "", err
		}
		if !over && !(old && at < limit) {
			break
		}
		last = chain.Head{Seq: uint64(seq), Time: moment(at)}
		copy(last.Hash[:], hash)
		foreign = foreign || typ != store.TypePrune
	}
	if !foreign { // to forget signatures alone would make one for each
		return last, "", errors.Join(rows.Err(), errNothing)
	}
	if why = "age"; over {
		why = "size"
	}
	return last, why, rows.Err()
}

func (s *Store) tooLarge(ctx context.Context) (bool, error) {
	if s.opts.MaxBytes == 0 {
		return false, nil
	}
	bytes, err := used(ctx, s.conn)
	return bytes > s.opts.MaxBytes, err
}

// drop deletes all records up to one.
func (s *Store) drop(ctx context.Context, through uint64) (count uint64, err error) {
	for _, t := range tables {
		res, err := s.conn.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE seq <= ?", int64(through))
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
		_, err = s.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", pruneStep))
	}
	if err != nil {
		err = s.explain("shrink", err)
		s.fail(err)
	}
	return err
}
