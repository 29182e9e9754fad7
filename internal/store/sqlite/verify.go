package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// Verify implements store.Reader. It looks at a few thousand records at a time, and
// lets go of the file in between: whoever reads for long keeps the log from being
// folded in. A chain goes on from the hash of the record before; what is pruned
// meanwhile is signed off.
func (r *reader) Verify(ctx context.Context, anchors io.Reader, live ...chain.Anchor) (report chain.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, verifyMax)
	defer cancel()
	v, bases, known, err := r.begin(ctx)
	if err != nil {
		return report, explainRead("verify", r.path, err)
	}
	// Anchors come from somewhere else and may take any time: nothing is held open.
	if anchors != nil {
		if err := chain.ReadAnchors(anchors, v.Anchor); err != nil {
			return report, explainRead("verify", r.path, err)
		}
	}
	for _, a := range live {
		v.Live(a)
	}
	for _, st := range strands {
		v.Chain(st.name).Begin(bases[st]) // what is pruned from now on is newer than the log
	}
	for _, st := range strands {
		if err := r.walk(ctx, &walked{Walk: v.Chain(st.name), strand: st, query: st.chained(known), place: -1}); err != nil {
			return report, explainRead("verify", r.path, err)
		}
	}
	if err := r.view(ctx, func(tx *sql.Tx) error { return ends(ctx, tx, v) }); err != nil {
		return report, explainRead("verify", r.path, err)
	}
	return v.Finish(), nil
}

// begin looks at the file as a whole. bases is what was pruned of each chain; known
// tells that the layout is as it was made.
func (r *reader) begin(ctx context.Context) (v *chain.Verifier, bases map[*strand]chain.Head, known bool, err error) {
	bases = make(map[*strand]chain.Head)
	err = r.view(ctx, func(tx *sql.Tx) error {
		why, err := strange(ctx, tx)
		if err != nil {
			return err
		}
		known = why == ""
		header, err := headerOf(ctx, tx, known)
		if err != nil {
			return err
		}
		var id string
		if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'store'").Scan(&id); err != nil {
			return err
		}
		v = chain.NewVerifier(id)
		below, err := unnumbered(ctx, tx)
		if err != nil {
			return err
		}
		for _, fault := range []string{why, header, below} {
			if fault != "" {
				v.Damaged(fault)
			}
		}
		for _, st := range strands {
			if bases[st], err = baseOf(ctx, tx, st); err != nil {
				return err
			}
		}
		return nil
	})
	return v, bases, known, err
}

// unnumbered says that there are records before the first: we number from 1, and the
// chains are walked from there.
func unnumbered(ctx context.Context, tx *sql.Tx) (string, error) {
	for _, t := range tables {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name+" WHERE seq < 1").Scan(&n); err != nil {
			return "", err
		}
		if n > 0 {
			return fmt.Sprintf("%d of the records of %s have numbers below 1, which klaxond gives to none", n, t.name), nil
		}
	}
	return "", nil
}

// walk verifies a chain, view after view, until no record is left.
func (r *reader) walk(ctx context.Context, at *walked) error {
	log := logSize(r.path)
	for more := true; more; {
		err := r.view(ctx, func(tx *sql.Tx) (err error) {
			more, err = at.step(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if log, err = r.giveWay(ctx, log); err != nil {
			return err
		}
	}
	return nil
}

// giveWay lets whoever writes fold the log in, between two steps: when it has grown
// beyond what is kept of it, until that was done. before is its size at the last one.
func (r *reader) giveWay(ctx context.Context, before int64) (size int64, err error) {
	for waited := time.Duration(0); ; waited += verifyPause {
		select {
		case <-ctx.Done():
			return size, ctx.Err()
		case <-time.After(verifyPause):
		}
		// One that does not grow has nobody who would fold it in.
		if size = logSize(r.path); size <= max(logKeep, before) || waited >= verifyWait {
			return size, nil
		}
	}
}

// walked is how far a verification of one chain has come.
type walked struct {
	*chain.Walk
	strand *strand
	query  string
	seq    int64 // the number of the record before
	place  int64 // and its place
	bytes  int64 // what the chain had taken with it
}

// step verifies the next records, and tells whether there may be more.
func (at *walked) step(ctx context.Context, tx *sql.Tx) (more bool, err error) {
	base, err := baseOf(ctx, tx, at.strand)
	if err != nil {
		return false, err
	}
	at.Begin(base)
	rows, err := tx.QueryContext(ctx, at.query, at.seq, verifyStep)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n, bytes, begun := 0, 0, time.Now()
	for ; n < verifyStep && bytes < verifyBytes && time.Since(begun) < verifySpan && rows.Next(); n++ {
		l, err := scanChained(rows)
		if err != nil {
			return false, err
		}
		if l.stored == "place" { // then where it would stand: the next one shows a gap
			l.place = max(at.place, int64(base.Seq)) + 1
		}
		at.record(&l)
		bytes += len(l.line) + len(l.data)
	}
	// One that ended for no other reason than the last record is the last.
	return n == verifyStep || bytes >= verifyBytes || time.Since(begun) >= verifySpan, rows.Err()
}

// record verifies one, and what stands beside its line.
func (at *walked) record(l *link) {
	place := uint64(l.place)
	at.Record(uint64(l.number), place, l.line, l.hash, moment(l.at), l.typ == store.TypePrune)
	switch why := l.amiss(); {
	case l.stored != "":
		at.Changed(place, fmt.Sprintf("its column %s is stored in another way, so that nobody finds it", l.stored))
	case why != "":
		at.Changed(place, why)
	case at.strand.sized && l.place == at.place+1 && at.bytes+l.size(at.strand) != l.bytes:
		at.Changed(place, fmt.Sprintf("its column bytes says %d", l.bytes))
	}
	if l.hidden != "" {
		at.Hidden(place, l.hidden)
	}
	at.seq, at.place, at.bytes = l.number, l.place, l.bytes
}

// chained selects the records of a chain that follow a number, with what is amiss
// of their columns and, where these are all there, of their indexes.
func (st *strand) chained(indexed bool) string {
	return union(st.tables, func(t *table) string {
		q := "SELECT seq, place, time, line, hash, '" + string(t.typ) + "' AS type"
		for _, col := range []string{"bytes", "id", "src", "srcs", "severity", "techniques", "data"} {
			if slices.Contains(t.cols, col) {
				q += ", " + col
			} else {
				q += ", NULL AS " + col
			}
		}
		hidden := "''"
		if indexed {
			hidden = t.missingIn()
		}
		return q + ", " + t.wrongClass() + " AS stored, " + hidden + " AS hidden FROM " + t.name + " AS t WHERE seq > ?1"
	}) + " ORDER BY seq LIMIT ?2"
}

// baseOf reads what the newest prune record of a chain signs off; the zero Head when
// there is none.
func baseOf(ctx context.Context, q querier, st *strand) (chain.Head, error) {
	var line []byte
	err := q.QueryRowContext(ctx, "SELECT line FROM "+st.prunes.name+" ORDER BY seq DESC LIMIT 1").Scan(&line)
	if errors.Is(err, sql.ErrNoRows) {
		return chain.Head{}, nil
	}
	if err != nil {
		return chain.Head{}, err
	}
	p, err := chain.ParsePrune(line, st.name)
	if err != nil {
		return chain.Head{}, nil // the verification tells of it
	}
	return chain.Head{Seq: p.Through, Hash: p.Hash, Time: p.Time}, nil
}
