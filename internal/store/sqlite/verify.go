package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"slices"
	"strings"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// chained selects all records in the order of the chain. SQLite merges the
// tables as it goes, since each is in that order already.
func chained(where string) string {
	return union(func(t *table) string {
		q := "SELECT seq, time, line, hash, '" + string(t.typ) + "' AS type"
		for _, col := range []string{"id", "src", "srcs", "severity", "techniques", "data"} {
			if !slices.Contains(strings.Split(t.cols, ", "), col) {
				q += ", NULL AS"
			} else {
				q += ","
			}
			q += " " + col
		}
		return q + " FROM " + t.name + " " + where
	}) + " ORDER BY seq"
}

// link is a record as the chain has it, and the columns beside it.
type link struct {
	seq        uint64
	at         int64
	line       []byte
	hash       chain.Hash
	typ        store.Type
	id         sql.NullString
	src, srcs  []byte
	severity   sql.NullInt64
	techniques sql.NullString
	data       []byte
}

func scanChained(rows *sql.Rows) (l link, err error) {
	var hash []byte
	if err := rows.Scan(&l.seq, &l.at, &l.line, &hash, &l.typ, &l.id, &l.src, &l.srcs, &l.severity, &l.techniques, &l.data); err != nil {
		return l, err
	}
	copy(l.hash[:], hash) // of a wrong length it cannot be right
	return l, nil
}

// Verify implements store.Reader, in one view of the file: what is pruned
// meanwhile is still seen.
func (r *reader) Verify(ctx context.Context, anchors io.Reader) (chain.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyMax)
	defer cancel()
	var report chain.Report
	// Anchors come from somewhere else and may take any time: before the view, which
	// keeps the log from being folded in.
	v, err := r.anchored(ctx, anchors)
	if err != nil {
		return report, explainRead("verify", r.path, err)
	}
	err = r.view(ctx, func(tx *sql.Tx) error {
		if err := verify(ctx, tx, v); err != nil {
			return err
		}
		report = v.Finish()
		return nil
	})
	return report, explainRead("verify", r.path, err)
}

// anchored is a verifier of this store that knows the anchors.
func (r *reader) anchored(ctx context.Context, anchors io.Reader) (v *chain.Verifier, err error) {
	var id string
	err = r.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'store'").Scan(&id)
	})
	if err != nil {
		return nil, err
	}
	v = chain.NewVerifier(id)
	if anchors != nil {
		err = chain.ReadAnchors(anchors, v.Anchor)
	}
	return v, err
}

func verify(ctx context.Context, tx *sql.Tx, v *chain.Verifier) error {
	base, err := baseOf(ctx, tx)
	if err != nil {
		return err
	}
	v.Begin(base)
	rows, err := tx.QueryContext(ctx, chained(""))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanChained(rows)
		if err != nil {
			return err
		}
		v.Record(l.seq, l.line, l.hash, moment(l.at), l.typ == store.TypePrune)
		if why := l.amiss(); why != "" {
			v.Changed(l.seq, why)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := classes(ctx, tx, v); err != nil {
		return err
	}
	if why, err := strange(ctx, tx); err != nil {
		return err
	} else if why != "" {
		v.Damaged(why)
	}
	// What is asked goes by indexes: a record that is missing there is hidden.
	var state string
	if err := tx.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&state); err != nil {
		return err
	}
	if state != "ok" {
		v.Damaged(state)
	}
	return nil
}

// baseOf reads what the newest prune record signs off; the zero Head when there
// is none.
func baseOf(ctx context.Context, q querier) (chain.Head, error) {
	var line []byte
	err := q.QueryRowContext(ctx, "SELECT line FROM chain ORDER BY seq DESC LIMIT 1").Scan(&line)
	if errors.Is(err, sql.ErrNoRows) {
		return chain.Head{}, nil
	}
	if err != nil {
		return chain.Head{}, err
	}
	p, err := chain.ParsePrune(line)
	if err != nil {
		return chain.Head{}, nil // the verification tells of it
	}
	return chain.Head{Seq: p.Through, Hash: p.Hash, Time: p.Time}, nil
}
