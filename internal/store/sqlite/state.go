package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"klaxon/internal/chain"
)

// state is where a file ends.
type state struct {
	touches, alarms chain.Head
	last            uint64 // number of the newest record
	bytes           int64  // that the chain of alarms has ever taken
}

// head is that of a chain.
func (a *state) head(st *strand) *chain.Head {
	if st == touchStrand {
		return &a.touches
	}
	return &a.alarms
}

// follow is the state once a record is there, and the head of its chain then.
func (a *state) follow(r *row) chain.Head {
	a.last++
	if r.table.strand.sized {
		a.bytes += int64(r.size())
	}
	head := a.head(r.table.strand)
	*head = head.Next(a.last, []byte(r.line), r.time)
	return *head
}

// records are how many there ever were.
func (a *state) records() uint64 { return a.touches.Seq + a.alarms.Seq }

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

// stateOf reads where the chains of a store end.
func stateOf(ctx context.Context, q querier, id string) (a state, err error) {
	for _, st := range strands {
		e, err := endOf(ctx, q, st, "DESC")
		if err != nil {
			return a, err
		}
		if e.broken != nil {
			return a, e.broken
		}
		if *a.head(st) = e.Head; !e.there {
			*a.head(st) = chain.Genesis(id, st.name)
		}
		if a.last = max(a.last, e.number); st.sized {
			a.bytes = e.bytes
		}
	}
	if a.last > 1<<62 || a.bytes < 0 {
		return a, fmt.Errorf("%w: its newest record has the number %d", errDamaged, a.last)
	}
	return a, nil
}

// end is the first or last record of a chain.
type end struct {
	chain.Head
	there  bool
	number uint64
	bytes  int64
	broken error // nothing can be chained to it
}

// whole reads a column that holds a number, whatever somebody put there: a cell that
// cannot be read must not keep the store from opening, or from forgetting. What it was
// is for the verification to tell.
func whole(column string) string { return "CAST(" + column + " AS INTEGER) AS " + column }

// endOf reads the last record of a chain, or with "ASC" the first.
func endOf(ctx context.Context, q querier, st *strand, order string) (e end, err error) {
	limit := " ORDER BY seq " + order + " LIMIT 1"
	bytes := "0"
	if st.sized {
		bytes = whole("bytes")
	}
	row := q.QueryRowContext(ctx, "SELECT * FROM ("+union(st.tables, func(t *table) string {
		return "SELECT * FROM (SELECT seq, " + whole("place") + ", " + whole("time") + ", hash, " + bytes + " FROM " + t.name + limit + ")"
	})+")"+limit)
	var number, place, at int64
	var hash []byte
	switch err := row.Scan(&number, &place, &at, &hash, &e.bytes); {
	case errors.Is(err, sql.ErrNoRows):
		return e, nil
	case err != nil:
		return e, fmt.Errorf("find where the chain of %s ends: %w", st.name, err)
	}
	e.there, e.number, e.Seq, e.Time = true, uint64(number), uint64(place), moment(at)
	copy(e.Hash[:], hash)
	switch {
	case place < 1:
		e.broken = fmt.Errorf("%w: record %d has no place in its chain", errDamaged, number)
	case len(hash) != len(e.Hash):
		e.broken = fmt.Errorf("%w: the hash of record %d has %d bytes", errDamaged, number, len(hash))
	}
	return e, nil
}
