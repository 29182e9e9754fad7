package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"klaxon/internal/store"
)

var _ store.Reader = (*Reader)(nil)

// reader is the side that answers, with connections of its own. In WAL mode they
// see a whole state of the file and hold up nobody who writes.
type reader struct {
	path     string
	maxBytes int64
	maxAge   time.Duration
	id       atomic.Pointer[string] // of the store, "" until it was opened
	failing  atomic.Pointer[string]

	mu     sync.Mutex
	db     *sql.DB
	closed bool
}

func newReader(path string) *reader {
	r := &reader{path: path}
	none := ""
	r.id.Store(&none)
	r.failing.Store(&none)
	return r
}

// Reader reads a store that another process may be writing. Use OpenReader.
type Reader struct{ *reader }

// OpenReader returns a Reader of a file, which must exist by the time it is
// asked something.
func OpenReader(path string) *Reader { return &Reader{newReader(path)} }

// Close lets go of the file.
func (r *Reader) Close() error {
	r.close()
	return nil
}

// ID is the store's own name, "" when it was never open.
func (r *reader) ID() string { return *r.id.Load() }

// state notes why nothing is kept, nil when all is well.
func (r *reader) state(err error) {
	why := ""
	if err != nil {
		why = err.Error()
	}
	r.failing.Store(&why)
}

// pool opens connections to the file that is at the path now.
func (r *reader) pool() (*sql.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	if r.db != nil {
		return r.db, nil
	}
	connector, err := sqlite.NewConnector(dsn(r.path, "mode=ro", "_query_only=1",
		fmt.Sprintf("_pragma=busy_timeout(%d)", busyWait.Milliseconds()),
		fmt.Sprintf("_pragma=cache_size(-%d)", readerCache>>10),
		"_pragma=trusted_schema(0)"))
	if err != nil {
		return nil, err
	}
	r.db = sql.OpenDB(connector)
	r.db.SetMaxOpenConns(readersMax)
	r.db.SetConnMaxIdleTime(readerIdle)
	return r.db, nil
}

// forget lets go of a file that is not the store any more.
func (r *reader) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.db != nil {
		// Nothing was written that an error could have lost.
		_ = r.db.Close()
		r.db = nil
	}
}

func (r *reader) close() {
	r.forget()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// view runs do on one state of the file.
func (r *reader) view(ctx context.Context, do func(*sql.Tx) error) error {
	db, err := r.pool()
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(tx)
}

// brief is view for what must not take long.
func (r *reader) brief(ctx context.Context, attempt string, do func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, store.QueryMax)
	defer cancel()
	err := r.view(ctx, func(tx *sql.Tx) error { return do(ctx, tx) })
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took more than %s: ask for less, as by -since", store.QueryMax)
	}
	return explainRead(attempt, r.path, err)
}

func explainRead(attempt, path string, err error) error {
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return err
	}
	return explain(attempt+" "+path, err)
}
