package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"klaxon/internal/store"
)

// SaveMemory implements store.Store.
func (s *Store) SaveMemory(name string, data []byte) error {
	if !store.ValidMemory(name) || len(data) > store.MemoryMax {
		return fmt.Errorf("keep memory %.80q of %d bytes: want a name of small letters, digits and hyphens, and at most %d bytes", name, len(data), store.MemoryMax)
	}
	if data == nil {
		data = []byte{} // nil would be NULL
	}
	sum := sha256.Sum256(data)
	now := nanos(s.opts.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transact("keep memory "+name+" in", func(ctx context.Context) error {
		var others int
		if err := s.conn.QueryRowContext(ctx, "SELECT count(*) FROM memory WHERE name <> ?", name).Scan(&others); err != nil {
			return err
		}
		if others >= store.MemoriesMax {
			return fmt.Errorf("keep memory %s: there are %d of them, which is all that may be: %w", name, others, errRefused)
		}
		return s.exec(ctx, "INSERT INTO memory (name, time, sum, data) VALUES (?1, ?2, ?3, ?4) "+
			"ON CONFLICT (name) DO UPDATE SET time = ?2, sum = ?3, data = ?4", name, now, sum[:], data)
	}, func() {})
}

// LoadMemory implements store.Store. It reads by the connections that answer:
// whoever loads has what was saved last.
func (s *Store) LoadMemory(name string) (data []byte, err error) {
	var sum []byte
	err = s.brief(context.Background(), "load memory "+name+" from", func(ctx context.Context, tx *sql.Tx) error {
		return orNotFound(tx.QueryRowContext(ctx, "SELECT sum, data FROM memory WHERE name = ?", name).Scan(&sum, &data))
	})
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("load memory %s from %s: it is not what was saved; it is saved anew in time", name, s.path)
	}
	return data, nil
}
