package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"modernc.org/sqlite"

	"klaxon"
)

// open opens the file and brings it to where receipts were given. What is
// damaged, or of an older layout, is put aside, and a new file begun.
func (s *Store) open() error {
	err := s.damage
	if err == nil {
		err = s.try()
	}
	older := errors.Is(err, errOlder)
	if !older && !errors.Is(err, errDamaged) {
		return err
	}
	why, what := "damaged", klaxon.HealthDisk
	if older {
		why, what = "older", klaxon.HealthStore
	}
	aside, moveErr := s.putAside(why)
	if moveErr != nil {
		return fmt.Errorf("%w; %w", err, moveErr)
	}
	n := s.at.records()
	s.known, s.damage = false, nil
	again := s.try()
	kept := ""
	if older && again == nil {
		kept = s.adopt(aside)
	}
	s.tell(what, n, fmt.Sprintf("%v; it is kept as %s, and a new store was begun%s", err, aside, kept))
	return again
}

// try opens the file as it is.
func (s *Store) try() error {
	if err := s.prepare(); err != nil {
		return err
	}
	err := s.connect()
	if err == nil {
		err = s.settle()
	}
	if err == nil {
		s.file, err = os.Lstat(s.path)
	}
	if err != nil {
		// The first error says more than that of closing.
		_ = s.shut()
		return s.explain("open the store", err)
	}
	return nil
}

// connect makes the one connection that writes. It is held, for database/sql
// would replace one that fails without telling.
func (s *Store) connect() error {
	connector, err := sqlite.NewConnector(dsn(s.path, "mode=rw"))
	if err != nil {
		return err
	}
	ctx := context.Background()
	s.db = sql.OpenDB(connector)
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	for _, p := range []string{
		fmt.Sprintf("busy_timeout=%d", busyWait.Milliseconds()),
		fmt.Sprintf("page_size=%d", pageSize),
		"auto_vacuum=incremental", // before the first table
		"synchronous=full",
		"fullfsync=on", // darwin's fsync is not one
		"checkpoint_fullfsync=on",
		"trusted_schema=off",
		"cell_size_check=on",
		fmt.Sprintf("cache_size=-%d", writerCache>>10),
		fmt.Sprintf("wal_autocheckpoint=%d", checkpointPages),
		fmt.Sprintf("journal_size_limit=%d", logKeep),
	} {
		if _, err := s.conn.ExecContext(ctx, "PRAGMA "+p); err != nil {
			return err
		}
	}
	return s.layout(ctx)
}

// layout makes the tables in a new file, and refuses files of others. It does
// so before it changes a thing in the file.
func (s *Store) layout(ctx context.Context) error {
	var app, user, objects int
	row := s.conn.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)")
	if err := row.Scan(&app, &user, &objects); err != nil {
		return err
	}
	why, err := strange(ctx, s.conn)
	if err != nil {
		return err
	}
	ours := why == "" // whatever the header says, whose two numbers are in no hash
	switch {
	case objects > 0 && app != applicationID && !ours:
		return fmt.Errorf("it is a database of something else; name another file")
	case user > version: // of which the tables may be the same, and mean something else
		return fmt.Errorf("it was made by a newer klaxond (layout %d, this one knows %d)", user, version)
	case objects > 0 && user < version && !ours:
		return fmt.Errorf("%w (layout %d, this one writes %d)", errOlder, user, version)
	}
	var mode string
	if err := s.conn.QueryRowContext(ctx, "PRAGMA journal_mode=wal").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its disk does not allow a shared log (journal mode %q); put it on a local disk", mode)
	}
	switch {
	case objects == 0:
		err = s.create1(ctx)
	case !ours:
		err = fmt.Errorf("%w: %s", errDamaged, why)
	case app != applicationID || user != version:
		err = s.relabel(ctx, app, user)
	}
	if err != nil {
		return err
	}
	return s.prepareInserts(ctx)
}

// relabel puts the two numbers of the header right, of a file whose tables are ours.
func (s *Store) relabel(ctx context.Context, app, user int) error {
	if _, err := s.conn.ExecContext(ctx, fmt.Sprintf(ourHeader, applicationID, version)); err != nil {
		return err
	}
	s.tell(klaxon.HealthStore, 0, fmt.Sprintf("%s said in its header that it was of another layout (application %#x, layout %d), though its tables are klaxond's: somebody changed that, and it is put right; see klaxonctl verify", s.path, app, user))
	return nil
}

// ourHeader sets the two numbers by which a store is known.
const ourHeader = "PRAGMA application_id=%d; PRAGMA user_version=%d"

func (s *Store) create1(ctx context.Context) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(schema); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO meta VALUES ('store', ?)", newID()); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf(ourHeader, applicationID, version)); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *Store) prepareInserts(ctx context.Context) (err error) {
	s.insert = make(map[*table]*sql.Stmt)
	for _, t := range tables {
		cols := append(slices.Clone(common), t.cols...)
		q := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.name, strings.Join(cols, ", "), strings.Repeat(",?", len(cols)-1))
		if s.insert[t], err = s.conn.PrepareContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// shut closes the connection that writes. Closing the last one folds the log
// into the file.
func (s *Store) shut() error {
	var errs []error
	for _, stmt := range s.insert {
		errs = append(errs, stmt.Close())
	}
	s.insert = nil
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
		s.conn = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	return errors.Join(errs...)
}

// newID names a store: 64 random bits, so that its anchors are not taken for
// those of one that was there before.
func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// dsn is a path in the form that SQLite takes with parameters.
func dsn(path string, params ...string) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(params, "&")}
	return u.String()
}
