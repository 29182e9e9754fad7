package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"klaxon/internal/store"
)

// place is where a record stands.
type place struct {
	seq   int64
	table *table
}

// Query implements store.Reader. First it finds the places of a page in each
// table, then it reads the lines of those alone.
func (r *reader) Query(ctx context.Context, f store.Filter) (page store.Page, err error) {
	if err := f.Check(); err != nil {
		return page, err
	}
	err = r.brief(ctx, "ask", func(ctx context.Context, tx *sql.Tx) error {
		var found []place
		for _, t := range tables {
			if f.Wants(t.typ) {
				places, err := find(ctx, tx, t, &f)
				if err != nil {
					return err
				}
				found = append(found, places...)
			}
		}
		slices.SortFunc(found, func(a, b place) int {
			if f.OldestFirst {
				return cmp.Compare(a.seq, b.seq)
			}
			return cmp.Compare(b.seq, a.seq)
		})
		if len(found) > f.Size() {
			found = found[:f.Size()]
			page.Next = uint64(found[len(found)-1].seq)
		}
		page.Records, err = fetch(ctx, tx, found)
		return err
	})
	return page, err
}

// find returns the places of a page and one more.
func find(ctx context.Context, tx *sql.Tx, t *table, f *store.Filter) (found []place, err error) {
	where, args := conditions(t, f)
	if where, args, err = narrow(ctx, tx, t, f, where, args); err != nil {
		return nil, err
	}
	srcs, order := "NULL", "DESC"
	if t.typ == store.TypeAlarm {
		srcs = "CASE WHEN src IS NULL THEN srcs END"
	}
	if f.OldestFirst {
		order = "ASC"
	}
	from, tail := "SELECT seq, "+srcs+" FROM ", " WHERE "+where+" ORDER BY seq "+order
	if pick, by := pickOf(t, f); pick != "" {
		return findBlocks(ctx, tx, t, f, from+"("+pick+") CROSS JOIN "+t.name+" ON seq = n"+tail, append(by, args...))
	}
	rows, err := tx.QueryContext(ctx, from+t.name+tail, args...)
	if err != nil {
		return nil, err
	}
	return places(rows, t, f, nil)
}

// places adds what a query found, up to one more than a page.
func places(rows *sql.Rows, t *table, f *store.Filter, found []place) ([]place, error) {
	defer rows.Close()
	for len(found) <= f.Size() && rows.Next() {
		p := place{table: t}
		var many []byte
		if err := rows.Scan(&p.seq, &many); err != nil {
			return nil, err
		}
		if many == nil || !f.Source.IsValid() || among(many, f.Source) {
			found = append(found, p)
		}
	}
	return found, rows.Err()
}

// conditions are a filter in SQL. A table only gets those whose columns it has,
// see store.Filter.Wants.
func conditions(t *table, f *store.Filter) (string, []any) {
	where, args := []string{"seq > 0"}, []any(nil) // we number from 1
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	// The plus keeps SQLite from the index of times, by which each page of a long
	// time would look at all of it, and sort it: see narrow for a short one.
	if !f.Since.IsZero() {
		add("+time >= ?", nanos(f.Since))
	}
	if !f.Until.IsZero() {
		add("(+time < ? OR typeof(time) <> 'integer')", nanos(f.Until))
	}
	switch {
	case f.Cursor > 0 && f.OldestFirst:
		add("seq > ?", int64(f.Cursor))
	case f.Cursor > 0:
		add("seq < ?", int64(f.Cursor))
	}
	if f.ID != "" {
		add("id = ?", f.ID)
	}
	if f.Source.IsValid() {
		first, last := span(f.Source)
		if t.typ == store.TypeAlarm {
			add("(src BETWEEN ? AND ? OR src IS NULL AND srcs IS NOT NULL)", first, last)
		} else {
			add("src BETWEEN ? AND ?", first, last)
		}
	}
	if f.Severity > 0 {
		add("severity >= ?", f.Severity)
	}
	if f.Technique != "" {
		add("instr(techniques, ?) > 0", " "+string(f.Technique)+" ")
	}
	if f.Latest {
		add("NOT EXISTS (" + laterOnes + ")")
	}
	return strings.Join(where, " AND "), args
}

// narrow adds between which places the records of a short time stand. SQLite
// would look at the whole table for them, which is in the order wanted; a long
// time fills a page soon that way.
func narrow(ctx context.Context, tx *sql.Tx, t *table, f *store.Filter, where string, args []any) (string, []any, error) {
	if f.Since.IsZero() && f.Until.IsZero() || t.typ == store.TypeEvidence || t.typ == store.TypePrune {
		return where, args, nil
	}
	within, times := " WHERE time >= ?", []any{nanos(f.Since)}
	if !f.Until.IsZero() {
		within, times = within+" AND time <= ?"+strangeTimes(t), append(times, nanos(f.Until))
	}
	var count int
	var first, last sql.NullInt64
	q := "SELECT count(*), min(seq), max(seq) FROM (SELECT seq FROM " + t.name + within + " LIMIT ?)"
	if err := tx.QueryRowContext(ctx, q, append(times, shortTime)...).Scan(&count, &first, &last); err != nil {
		return "", nil, err
	}
	if count == shortTime {
		return where, args, nil
	}
	return where + " AND seq BETWEEN ? AND ?", append(args, first.Int64, last.Int64), nil
}

// strangeTimes adds the records of a table whose time is no number, which SQLite puts
// behind all numbers: whoever changed that cell would have hidden the record from any
// question about a time that has an end.
func strangeTimes(t *table) string {
	return " UNION ALL SELECT seq FROM " + t.name + " WHERE time >= ''"
}

// fetch reads the records at places.
func fetch(ctx context.Context, tx *sql.Tx, places []place) ([]store.Record, error) {
	stmts := make(map[*table]*sql.Stmt)
	defer func() {
		for _, stmt := range stmts {
			stmt.Close()
		}
	}()
	out := make([]store.Record, 0, len(places))
	for _, p := range places {
		stmt := stmts[p.table]
		if stmt == nil {
			var err error
			if stmt, err = tx.PrepareContext(ctx, "SELECT "+whole("time")+", line FROM "+p.table.name+" WHERE seq = ?"); err != nil {
				return nil, err
			}
			stmts[p.table] = stmt
		}
		rec := store.Record{Seq: uint64(p.seq), Type: p.table.typ}
		var at int64
		if err := stmt.QueryRowContext(ctx, p.seq).Scan(&at, &rec.Line); err != nil {
			return nil, err
		}
		rec.Time = moment(at)
		out = append(out, rec)
	}
	return out, nil
}

// Alarm implements store.Reader.
func (r *reader) Alarm(ctx context.Context, id string) (store.Alarm, error) {
	page, err := r.Query(ctx, store.Filter{Types: []store.Type{store.TypeAlarm}, ID: id, OldestFirst: true, Limit: store.LimitMax})
	if err != nil {
		return store.Alarm{}, err
	}
	if len(page.Records) == 0 {
		return store.Alarm{}, store.ErrNotFound
	}
	data, err := r.Evidence(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Alarm{}, err
	}
	return store.Alarm{ID: id, Records: page.Records, More: page.Next != 0, Evidence: len(data)}, nil
}

// Evidence implements store.Reader.
func (r *reader) Evidence(ctx context.Context, alarm string) (data []byte, err error) {
	err = r.brief(ctx, "read evidence from", func(ctx context.Context, tx *sql.Tx) error {
		return orNotFound(tx.QueryRowContext(ctx, "SELECT data FROM evidence WHERE id = ? ORDER BY seq DESC LIMIT 1", alarm).Scan(&data))
	})
	return data, err
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}
