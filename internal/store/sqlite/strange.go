package sqlite

import (
	"context"
	"fmt"
	"strings"

	"klaxon/internal/chain"
)

// storage is how SQLite must have stored each column. It compares by this class
// before it looks at the value: a number that is stored as bytes is the same to
// whoever reads it, and is not found by whoever asks for it.
var storage = map[string]string{
	"seq": "'integer'", "time": "'integer'", "line": "'text'", "hash": "'blob'",
	"id": "'text'", "src": "'blob', 'null'", "srcs": "'blob', 'null'",
	"severity": "'integer'", "techniques": "'text'", "data": "'blob'",
}

// classes tells of records with columns that are stored in another way.
func classes(ctx context.Context, q querier, v *chain.Verifier) error {
	for i := range tables {
		t := &tables[i]
		cols := "seq, time, line, hash"
		if t.cols != "" {
			cols += ", " + t.cols
		}
		for _, col := range strings.Split(cols, ", ") {
			if err := class(ctx, q, v, t.name, col); err != nil {
				return err
			}
		}
	}
	return nil
}

func class(ctx context.Context, q querier, v *chain.Verifier, table, col string) error {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("SELECT seq, typeof(%[2]s) FROM %[1]s WHERE typeof(%[2]s) NOT IN (%[3]s)", table, col, storage[col]))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq uint64
		var how string
		if err := rows.Scan(&seq, &how); err != nil {
			return err
		}
		v.Changed(seq, fmt.Sprintf("its column %s is stored as %s, where nobody finds it", col, how))
	}
	return rows.Err()
}

// strange says what in the file's layout is not of klaxond's making, such as a
// trigger, or is missing; "" when all is as it was made.
func strange(ctx context.Context, q querier) (string, error) {
	want := make(map[string]bool)
	for _, stmt := range strings.Split(schema, ";") {
		if stmt = strings.TrimSpace(stmt); stmt != "" {
			want[stmt] = true
		}
	}
	rows, err := q.QueryContext(ctx, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name, text string
		if err := rows.Scan(&kind, &name, &text); err != nil {
			return "", err
		}
		if !want[text] {
			return fmt.Sprintf("its layout has a %.20q called %.40q that klaxond did not make", kind, name), nil
		}
		delete(want, text)
	}
	for text := range want {
		return fmt.Sprintf("its layout lacks %.60q", text), rows.Err()
	}
	return "", rows.Err()
}
