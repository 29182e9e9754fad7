package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/store"
)

var _ store.Store = (*Store)(nil)

// Options say where a store is and what its limits are.
type Options struct {
	Path     string
	MaxBytes int64         // 0: no limit
	MaxAge   time.Duration // 0: no limit
	UID, GID int           // who owns the files that are made; negative: whoever runs this

	// Pace is the least time from one small batch to the next. What comes
	// meanwhile is one batch: a commit costs a sync, and every page it touches.
	Pace time.Duration

	// Tell takes what the store says of itself; nil for nobody. It is called
	// while the store is locked and must not call it.
	Tell func(klaxon.Health)
	// Announce takes what is to be written where anchors go, before records are forgotten,
	// and tells whether that was done: a prune that no line announced was not klaxond's,
	// or says so itself. nil for nobody. As for Tell, the store is locked.
	Announce func(chain.Anchor) bool
	// Now is the clock, nil for time.Now.
	Now func() time.Time
}

// Store is a store in a file. Use Open.
type Store struct {
	*reader
	opts Options

	paced time.Time // when Emit began last

	mu     sync.Mutex
	closed bool
	lock   *os.File
	file   os.FileInfo // which file it is that is open
	db     *sql.DB     // nil while failing
	conn   *sql.Conn   // the one connection that writes
	insert map[*table]*sql.Stmt
	args   []any // of the record before, for its room
	at     state // receipts were given up to here
	known  bool  // at is known: the file was open in this run
	damage error // what showed that the file is damaged, after it was opened
	grown  int   // bytes of records since the size was looked at
	held   bool  // that somebody holds up the log was told
	clock  clock
	start  time.Time // by the monotonic clock
}

// Open opens the file or makes it, mode 0640, and its folder, 0750. The Store is
// good even beside an error: it tries again at each Emit. It is nil when the
// options themselves are wrong.
func Open(o Options) (*Store, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil || o.Path == "" {
		return nil, fmt.Errorf("open a store: %q is no path of a file", o.Path)
	}
	o.Path = path
	if o.Tell == nil {
		o.Tell = func(klaxon.Health) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{reader: newReader(path), opts: o, start: time.Now()}
	s.maxBytes, s.maxAge = o.MaxBytes, o.MaxAge
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.open()
	s.state(err)
	return s, err
}

// Name implements klaxon.Sink.
func (*Store) Name() string { return "store" }

// Emit implements klaxon.Sink: one transaction, and a count only after fsync.
func (s *Store) Emit(batch []klaxon.Record) (int, error) {
	rows := make([]row, len(batch))
	for i, r := range batch {
		rows[i] = rowOf(r)
	}
	// Emit is called by one goroutine at a time, and nothing else looks at paced.
	time.Sleep(s.wait(len(batch), time.Now()))
	s.paced = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.keep(rows); err != nil {
		return 0, err
	}
	s.mind()
	return len(batch), nil
}

// wait is how long a batch waits: a small one that comes soon after the last.
func (s *Store) wait(size int, now time.Time) time.Duration {
	if size >= smallBatch || s.paced.IsZero() {
		return 0
	}
	return max(0, s.opts.Pace-now.Sub(s.paced))
}

// keep chains rows and commits them.
func (s *Store) keep(rows []row) error {
	var at state
	return s.transact("write", func(ctx context.Context) error {
		at = s.at // known only once the file is open
		for i := range rows {
			if err := s.put(ctx, &at, &rows[i]); err != nil {
				return err
			}
			s.grown += rows[i].size()
		}
		return nil
	}, func() { s.at = at })
}

// transact runs one transaction, opening the file first where need be. committed
// is called once it is durable. After an error nothing of it is, and the file is
// closed: what it holds is looked at before the next one.
//
// BEGIN and COMMIT are plain statements, because a sql.Tx would compile each of
// the prepared ones anew.
func (s *Store) transact(attempt string, do func(context.Context) error, committed func()) error {
	if s.closed {
		return errClosed
	}
	if err := s.ready(); err != nil {
		return err
	}
	ctx := context.Background()
	err := s.exec(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		if err = do(ctx); err == nil {
			err = s.exec(ctx, "COMMIT")
		} else if back := s.exec(ctx, "ROLLBACK"); back != nil && errors.Is(err, errRefused) {
			err = back // else the file is closed in any case, for a better reason
		}
	}
	switch {
	case errors.Is(err, errRefused):
		return err
	case err != nil:
		err = s.explain(attempt, err)
		s.fail(err)
		return err
	}
	committed()
	return nil
}

func (s *Store) exec(ctx context.Context, q string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, q, args...)
	return err
}

// put chains and inserts one row.
func (s *Store) put(ctx context.Context, at *state, r *row) error {
	head := at.follow(r)
	args := append(s.args[:0], int64(at.last), int64(head.Seq), nanos(r.time), r.line, head.Hash[:])
	if r.table.strand.sized {
		args = append(args, at.bytes)
	}
	s.args = append(args, r.args...)
	_, err := s.insert[r.table].ExecContext(ctx, s.args...)
	return err
}

// Head implements store.Store.
func (s *Store) Head(name chain.Name) chain.Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range strands {
		if st.name == name {
			return *s.at.head(st)
		}
	}
	return chain.Head{}
}

// Anchors implements store.Store.
func (s *Store) Anchors() (lines []string) {
	for _, a := range s.Heads() {
		lines = append(lines, a.String())
	}
	return lines
}

// Heads are those of Anchors, for a chain.Log.
func (s *Store) Heads() (heads []chain.Anchor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	for _, st := range strands {
		if head := *s.at.head(st); head.Seq > 0 {
			heads = append(heads, chain.Anchor{Store: s.ID(), Chain: st.name, Head: head})
		}
	}
	return heads
}

// Close implements klaxon.Sink.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.reader.close() // first: the last to close folds the log in, and readers cannot
	err := s.shut()
	if s.lock != nil {
		s.lock.Close()
	}
	return s.explain("close", err)
}

func (s *Store) tell(what klaxon.HealthWhat, count uint64, detail string) {
	now := s.opts.Now()
	s.opts.Tell(klaxon.Health{What: what, Since: now, Count: count, Output: "store", Detail: detail})
}
