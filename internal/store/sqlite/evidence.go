package sqlite

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"klaxon/internal/store"
)

// evidenceLine is the chained record of an alarm's packets: they themselves are
// beside it, and their hash in it.
type evidenceLine struct {
	V      int       `json:"v"`
	Type   string    `json:"type"`
	Time   time.Time `json:"time"`
	ID     string    `json:"id"`
	Len    int       `json:"len"`
	SHA256 string    `json:"sha256"`
}

// SaveEvidence implements store.Store. What was kept of the alarm before stays
// until it is pruned, for it is in the chain; the newest is what is asked for.
func (s *Store) SaveEvidence(alarm string, data []byte) error {
	if !store.ValidID(alarm) {
		return fmt.Errorf("keep evidence: %.40q is no identifier of an alarm", alarm)
	}
	if len(data) == 0 || len(data) > store.EvidenceMax {
		return fmt.Errorf("keep evidence of %s: it has %d bytes, 1 to %d are kept", alarm, len(data), store.EvidenceMax)
	}
	now := s.opts.Now()
	// Texts, numbers and times of our clock cannot fail.
	line, _ := json.Marshal(evidenceLine{1, string(store.TypeEvidence), now.UTC(), alarm, len(data), fmt.Sprintf("%x", sha256.Sum256(data))})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep([]row{{table: evidenceTable, time: now, line: string(line), args: []any{alarm, data}, extra: len(data)}})
}
