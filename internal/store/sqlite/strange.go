package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// storage is how SQLite must have stored each column. It compares by this class
// before it looks at the value: a number that is stored as bytes is the same to
// whoever reads it, and is not found by whoever asks for it.
var storage = map[string]string{
	"place": "'integer'", "bytes": "'integer'", "time": "'integer'", "line": "'text'", "hash": "'blob'",
	"id": "'text'", "src": "'blob', 'null'", "srcs": "'blob', 'null'",
	"severity": "'integer'", "techniques": "'text'", "data": "'blob'",
}

// wrongClass is an SQL expression: the first column of a row of the table, if any,
// that is stored in another way.
func (t *table) wrongClass() string {
	q := "CASE"
	for _, col := range append(slices.Clone(common[1:]), t.cols...) {
		q += fmt.Sprintf(" WHEN typeof(%s) NOT IN (%s) THEN '%s'", col, storage[col], col)
	}
	return q + " ELSE '' END"
}

// missingIn is an SQL expression: the first index of the table, if any, that lacks a
// row. What is asked goes by indexes: a record that is missing there is hidden.
func (t *table) missingIn() string {
	q := "CASE"
	for _, x := range t.indexes {
		q += fmt.Sprintf(" WHEN NOT EXISTS (SELECT 1 FROM %s AS i INDEXED BY %s WHERE %s AND i.seq = t.seq) THEN '%s'", t.name, x.name, x.same, x.name)
	}
	return q + fmt.Sprintf(" WHEN NOT EXISTS (SELECT 1 FROM %s AS i WHERE i.seq = t.seq) THEN 'of numbers' ELSE '' END", t.name)
}

// object is a row of sqlite_schema.
type object struct{ kind, name, text string }

// layoutMade are the rows that our own schema makes. SQLite itself adds one index,
// which has no text. Nothing else is let pass for its name: with a name that begins
// as SQLite's own do, a trigger runs as any other.
func layoutMade() map[object]bool {
	made := map[object]bool{{"index", "sqlite_autoindex_memory_1", ""}: true}
	for _, stmt := range strings.Split(schema, ";") {
		if word := strings.Fields(stmt); len(word) > 2 { // CREATE, what, its name
			made[object{strings.ToLower(word[1]), word[2], strings.TrimSpace(stmt)}] = true
		}
	}
	return made
}

// statistics are tables that SQLite makes for ANALYZE. They help it choose an index,
// and change nothing of what is found.
var statistics = map[object]bool{
	{"table", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"}:                true,
	{"table", "sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"}: true,
}

// strange says what in the file's layout is not of klaxond's making, such as a
// trigger, or is missing; "" when all is as it was made.
func strange(ctx context.Context, q querier) (string, error) {
	want := layoutMade()
	rows, err := q.QueryContext(ctx, "SELECT coalesce(type, ''), coalesce(name, ''), coalesce(sql, '') FROM sqlite_schema")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var is object
		if err := rows.Scan(&is.kind, &is.name, &is.text); err != nil {
			return "", err
		}
		if !want[is] && !statistics[is] {
			return fmt.Sprintf("its layout has a %.20q called %.40q that klaxond did not make", is.kind, is.name), nil
		}
		delete(want, is)
	}
	for o := range want {
		return fmt.Sprintf("its layout lacks the %s %s", o.kind, o.name), rows.Err()
	}
	return "", rows.Err()
}
