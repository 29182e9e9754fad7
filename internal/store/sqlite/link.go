package sqlite

import (
	"database/sql"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// link is a record as its chain has it, and the columns beside it.
type link struct {
	number, place, at int64
	line              []byte
	hash              chain.Hash
	typ               store.Type
	bytes             int64
	id                sql.NullString
	src, srcs         []byte
	severity          sql.NullInt64
	techniques        sql.NullString
	data              []byte
	stored            string // a column whose storage is wrong
	hidden            string // an index that does not have it
}

func scanChained(rows *sql.Rows) (l link, err error) {
	var hash []byte
	var place, at, bytes, severity cell
	err = rows.Scan(&l.number, &place, &at, &l.line, &hash, &l.typ, &bytes, &l.id, &l.src, &l.srcs,
		&severity, &l.techniques, &l.data, &l.stored, &l.hidden)
	copy(l.hash[:], hash) // of a wrong length it cannot be right
	l.place, l.at, l.bytes = int64(place), int64(at), int64(bytes)
	l.severity = sql.NullInt64{Int64: int64(severity), Valid: true}
	return l, err
}

// size is what a record of a chain took when it was kept, see row.size.
func (l *link) size(st *strand) int64 {
	return int64(len(l.line)+len(l.srcs)+len(l.data)) + st.cost
}

// cell is a whole number, or 0 where something else was put in its place: which column
// that is, wrongClass tells, and the verification goes on.
type cell int64

// Scan implements sql.Scanner.
func (c *cell) Scan(v any) error {
	n, _ := v.(int64)
	*c = cell(n)
	return nil
}
