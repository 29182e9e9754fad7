package sqlite

import (
	"context"
	"errors"
	"time"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// surplus is what is forgotten in one step: a chain up to its record last.
type surplus struct {
	strand *strand
	last   chain.Head
	number uint64 // of last
	why    string
}

// surplus finds the next step: errNothing when nothing is to be forgotten.
func (s *Store) surplus(ctx context.Context) (step surplus, err error) {
	over, err := s.excess(ctx)
	if err != nil {
		return step, err
	}
	if over > 0 {
		first := []*strand{touchStrand, alarmStrand}
		if beyond, err := s.beyondShare(ctx); err != nil {
			return step, err
		} else if beyond {
			first = []*strand{alarmStrand, touchStrand}
		}
		// The other one goes when the first has nothing to forget.
		for _, st := range first {
			if step, err = s.oldest(ctx, st, until{bytes: over}); !errors.Is(err, errNothing) {
				step.why = chain.WhySize
				return step, err
			}
		}
	}
	now := s.opts.Now()
	// Round strips the monotonic reading: it is the time of day that may leap.
	if s.opts.MaxAge == 0 || !s.clock.trusted(now.Round(0), time.Since(s.start)) {
		return step, errNothing
	}
	for _, st := range strands {
		if step, err = s.oldest(ctx, st, until{bytes: pruneBytes, now: nanos(now), young: nanos(now.Add(-s.opts.MaxAge))}); !errors.Is(err, errNothing) {
			step.why = chain.WhyAge
			return step, err
		}
	}
	return step, err
}

// until says where a step ends: when so many bytes would be free, or at a record
// that is not older than young, unless that is 0.
type until struct{ bytes, young, now int64 }

// oldest goes from the oldest record of a chain on.
func (s *Store) oldest(ctx context.Context, st *strand, end until) (step surplus, err error) {
	rows, err := s.conn.QueryContext(ctx, union(st.tables, func(t *table) string {
		size := "octet_length(line)"
		if t == evidenceTable {
			size += " + octet_length(data)"
		}
		return "SELECT seq, " + whole("place") + ", " + whole("time") + ", hash, " + size + " AS size, '" + string(t.typ) + "' AS type FROM " + t.name
	})+" ORDER BY seq LIMIT ?", pruneStep)
	if err != nil {
		return step, err
	}
	defer rows.Close()
	step.strand = st
	foreign := false // a record that is not the store's own
	for freed := int64(0); freed < min(end.bytes, pruneBytes) && rows.Next(); {
		var number, place, at, size int64
		var hash []byte
		var typ store.Type
		if err := rows.Scan(&number, &place, &at, &hash, &size, &typ); err != nil {
			return step, err
		}
		if at >= end.young && end.young != 0 {
			if at <= end.now {
				break
			}
			continue // it was never now: it goes with what came after it
		}
		freed += size + st.cost
		if place < 1 { // nobody can read it: it stands behind the one before
			place = int64(step.last.Seq) + 1
		}
		step.last, step.number = chain.Head{Seq: uint64(place), Time: moment(at)}, uint64(number)
		copy(step.last.Hash[:], hash)
		foreign = foreign || typ != store.TypePrune
	}
	err = rows.Err()
	if err == nil && !foreign { // to forget signatures alone would make one for each
		err = errNothing
	}
	return step, err
}

// excess is by how many bytes the limit is passed.
func (s *Store) excess(ctx context.Context) (int64, error) {
	if s.opts.MaxBytes == 0 {
		return 0, nil
	}
	bytes, err := used(ctx, s.conn)
	return bytes - s.opts.MaxBytes, err
}

// beyondShare tells whether the chain of alarms takes more than what it has for
// itself.
func (s *Store) beyondShare(ctx context.Context) (bool, error) {
	first, err := endOf(ctx, s.conn, alarmStrand, "ASC")
	if err != nil {
		return false, err
	}
	return first.there && s.at.bytes-first.bytes > s.opts.MaxBytes/alarmShare, nil
}
