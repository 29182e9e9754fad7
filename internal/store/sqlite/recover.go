package sqlite

import (
	"context"
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
		n := s.at.records()
		s.tell(klaxon.HealthDisk, n, fmt.Sprintf("%s was moved or deleted while in use, with %d records; a new store is begun", s.path, n))
		s.known = false
	}
	if s.conn != nil {
		return nil
	}
	err := s.open()
	s.state(err)
	return err
}

// settle finds where the chains of a file end, and brings them to where receipts
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
		n := s.at.records()
		s.tell(klaxon.HealthDisk, n, fmt.Sprintf("another store was put at %s; %d records went with the one that was there", s.path, n))
		s.known = false
	}
	if id != s.ID() {
		s.forget() // readers may have another file open
	}
	s.id.Store(&id)
	if s.known {
		return s.resume(ctx)
	}
	at, err := stateOf(ctx, s.conn, id)
	if err != nil {
		return err
	}
	for _, st := range strands {
		if err := s.checkTail(ctx, st); err != nil {
			return err
		}
	}
	s.at, s.known = at, true
	s.grown = pruneEvery // whoever starts often must look at the size as well
	s.clock.begin(s.opts.Now().Round(0), time.Since(s.start), later(at.touches.Time, at.alarms.Time))
	return nil
}

// resume is settle after a failure. What was written without a receipt is taken
// back: it will be offered again. Then the log is folded into the file and
// emptied, so that nothing rests on pages that could not be synced.
func (s *Store) resume(ctx context.Context) error {
	at, err := stateOf(ctx, s.conn, s.ID())
	if err != nil {
		return err
	}
	if pruned, err := s.pruneAlone(ctx, at); err != nil {
		return err
	} else if pruned {
		s.at = at // what it forgot cannot be brought back: its signature stays
	}
	if at.last > s.at.last {
		if err := s.takeBack(ctx); err != nil {
			return err
		}
		if at, err = stateOf(ctx, s.conn, s.ID()); err != nil {
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
	for _, st := range strands {
		s.compare(*s.at.head(st), *at.head(st), st)
	}
	s.at = at
	return nil
}

// compare tells when a chain does not end where the last receipt was given.
func (s *Store) compare(want, is chain.Head, st *strand) {
	switch {
	case is.Seq < want.Seq:
		lost := want.Seq - is.Seq
		s.tell(klaxon.HealthDisk, lost, fmt.Sprintf("%s lost the last %d records of %s, for which receipts had been given", s.path, lost, st.name))
	case is.Hash != want.Hash:
		s.tell(klaxon.HealthStore, 0, fmt.Sprintf("%s was changed by somebody else while it was closed: see klaxonctl verify", s.path))
	}
}

// pruneAlone tells whether all that is behind the last receipt is the signature of what
// was forgotten with it, in one transaction that was in the log after all.
func (s *Store) pruneAlone(ctx context.Context, at state) (bool, error) {
	var n uint64
	err := s.conn.QueryRowContext(ctx, "SELECT count(*) FROM ("+union([]*table{touchPrunes, alarmPrunes}, func(t *table) string {
		return "SELECT seq FROM " + t.name
	})+") WHERE seq > ?", int64(s.at.last)).Scan(&n)
	return n > 0 && at.last == s.at.last+n, err
}

// takeBack deletes what is behind the last receipt.
func (s *Store) takeBack(ctx context.Context) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range tables {
		if _, err := tx.Exec("DELETE FROM "+t.name+" WHERE seq > ?", int64(s.at.last)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// checkTail hashes the last records of a chain again. One that is broken is told,
// and goes on: to put the file aside would do the work of whoever broke it.
func (s *Store) checkTail(ctx context.Context, st *strand) error {
	rows, err := s.conn.QueryContext(ctx, union(st.tables, func(t *table) string {
		return "SELECT seq, " + whole("place") + ", " + whole("time") + ", line, hash FROM " + t.name
	})+" ORDER BY seq DESC LIMIT ?", tailCheck)
	if err != nil {
		return err
	}
	defer rows.Close()
	var next *link // from the newest to older ones
	for rows.Next() {
		var l link
		var hash []byte
		if err := rows.Scan(&l.number, &l.place, &l.at, &l.line, &hash); err != nil {
			return err
		}
		copy(l.hash[:], hash)
		before := chain.Head{Seq: uint64(l.place), Hash: l.hash}
		if next != nil && (l.place+1 != next.place || before.Next(uint64(next.number), next.line, moment(next.at)).Hash != next.hash) {
			s.tell(klaxon.HealthStore, 0, fmt.Sprintf("record %d of %s in %s is not what was chained: see klaxonctl verify", next.place, st.name, s.path))
			break
		}
		next = &l
	}
	return rows.Err()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
