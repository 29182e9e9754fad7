package sqlite

import (
	"context"
	"fmt"
)

// adopt takes over what a store of an older layout remembered beside its records,
// and says so. The records stay where they are: in another layout they would be a
// new chain, which no anchor of theirs fits.
func (s *Store) adopt(aside string) (kept string) {
	ctx := context.Background()
	if err := s.exec(ctx, "ATTACH DATABASE ? AS older", aside); err != nil {
		return fmt.Sprintf(" without what it remembered (%v)", err)
	}
	// A database that stays attached is read by nobody.
	defer func() { _ = s.exec(ctx, "DETACH DATABASE older") }()
	if err := s.exec(ctx, "INSERT OR IGNORE INTO memory (name, time, sum, data) SELECT name, time, sum, data FROM older.memory"); err != nil {
		return fmt.Sprintf(" without what it remembered (%v)", err)
	}
	return " with what it remembered of hosts and passers-by; its records stay there"
}
