package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"klaxon"
	"klaxon/internal/chain"
)

// fail closes the file after an error. A failed fsync is never tried again: the
// kernel may have dropped what it could not write and say yes the next time.
func (s *Store) fail(err error) {
	if errors.Is(err, errDamaged) {
		s.damage = err
	}
	s.state(err)
	// It is closed because it failed; how closing went is known when it is
	// opened again.
	_ = s.shut()
}

// ready opens the file when it is not, or is not the one at its path any more.
func (s *Store) ready() error {
	if s.conn != nil && s.replaced() {
		s.fail(errors.New("the file was moved or deleted while in use"))
		s.tell(klaxon.HealthDisk, s.head.Seq, fmt.Sprintf("%s was moved or deleted while in use, with %d records; a new store is begun", s.path, s.head.Seq))
		s.known = false
	}
	if s.conn != nil {
		return nil
	}
	err := s.open()
	s.state(err)
	return err
}

// settle finds where the chain of a file ends, and brings it to where receipts
// were given in this run.
func (s *Store) settle() error {
	ctx := context.Background()
	var id string
	if err := s.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'store'").Scan(&id); err != nil {
		return err
	}
	if !chain.ValidStore(id) {
		return fmt.Errorf("%w: its name is %.40q", errDamaged, id)
	}
	if s.known && id != s.ID() {
		s.tell(klaxon.HealthDisk, s.head.Seq, fmt.Sprintf("another store was put at %s; %d records went with the one that was there", s.path, s.head.Seq))
		s.known = false
	}
	if id != s.ID() {
		s.forget() // readers may have another file open
	}
	s.id.Store(&id)
	if s.known {
		return s.resume(ctx)
	}
	head, err := headOf(ctx, s.conn, id)
	if err != nil {
		return err
	}
	if err := s.checkTail(ctx, head); err != nil {
		return err
	}
	s.head, s.known = head, true
	s.grown = pruneEvery // whoever starts often must look at the size as well
	s.clock.begin(s.opts.Now().Round(0), time.Since(s.start), head.Time)
	return nil
}

// resume is settle after a failure. What was written without a receipt is taken
// back: it will be offered again. Then the log is folded into the file and
// emptied, so that nothing rests on pages that could not be synced.
func (s *Store) resume(ctx context.Context) error {
	head, err := headOf(ctx, s.conn, s.ID())
	if err != nil {
		return err
	}
	if head.Seq > s.head.Seq {
		if err := s.takeBack(ctx); err != nil {
			return err
		}
		if head, err = headOf(ctx, s.conn, s.ID()); err != nil {
			return err
		}
	}
	var busy, pages, done int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(truncate)").Scan(&busy, &pages, &done); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("somebody still reads the log whose write failed; it is tried again")
	}
	switch {
	case head.Seq < s.head.Seq:
		lost := s.head.Seq - head.Seq
		s.tell(klaxon.HealthDisk, lost, fmt.Sprintf("%s lost its last %d records, for which receipts had been given", s.path, lost))
	case head.Hash != s.head.Hash:
		s.tell(klaxon.HealthDisk, 0, fmt.Sprintf("%s was changed by somebody else while it was closed: see klaxonctl verify", s.path))
	}
	s.head = head
	return nil
}

// takeBack deletes what is behind the last receipt.
func (s *Store) takeBack(ctx context.Context) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range tables {
		if _, err := tx.Exec("DELETE FROM "+t.name+" WHERE seq > ?", int64(s.head.Seq)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

// headOf reads where the chain ends.
func headOf(ctx context.Context, q querier, id string) (chain.Head, error) {
	row := q.QueryRowContext(ctx, "SELECT seq, time, hash FROM ("+union(func(t *table) string {
		return "SELECT * FROM (SELECT seq, time, hash FROM " + t.name + " ORDER BY seq DESC LIMIT 1)"
	})+") ORDER BY seq DESC LIMIT 1")
	var seq, at int64
	var hash []byte
	switch err := row.Scan(&seq, &at, &hash); {
	case errors.Is(err, sql.ErrNoRows):
		return chain.Genesis(id), nil
	case err != nil:
		return chain.Head{}, err
	}
	h := chain.Head{Seq: uint64(seq), Time: moment(at)}
	if copy(h.Hash[:], hash) != len(hash) || len(hash) != len(h.Hash) {
		return chain.Head{}, fmt.Errorf("%w: the hash of record %d has %d bytes", errDamaged, seq, len(hash))
	}
	return h, nil
}

// checkTail hashes the last records again. A chain that is broken is told, and
// goes on: to put the file aside would do the work of whoever broke it.
func (s *Store) checkTail(ctx context.Context, head chain.Head) error {
	rows, err := s.conn.QueryContext(ctx, chained("WHERE seq >= ?1"), max(int64(head.Seq)-tailCheck, 0))
	if err != nil {
		return err
	}
	defer rows.Close()
	var prev *chain.Head
	for rows.Next() {
		r, err := scanChained(rows)
		if err != nil {
			return err
		}
		if prev != nil && (prev.Seq+1 != r.seq || prev.Next(r.line, moment(r.at)).Hash != r.hash) {
			s.tell(klaxon.HealthDisk, 1, fmt.Sprintf("record %d of %s is not what was chained: see klaxonctl verify", r.seq, s.path))
			break
		}
		prev = &chain.Head{Seq: r.seq, Hash: r.hash}
	}
	return rows.Err()
}
