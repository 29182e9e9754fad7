package sqlite

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/chain"
)

// layout1 is what the first klaxond made, with a record and a memory.
const layout1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE touches (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	id TEXT NOT NULL, src BLOB
);
CREATE TABLE memory (name TEXT PRIMARY KEY, time INTEGER NOT NULL, sum BLOB NOT NULL, data BLOB NOT NULL);
INSERT INTO meta VALUES ('store', '00112233aabbccdd');
INSERT INTO touches VALUES (1, 7, '{"type":"touch"}', zeroblob(32), 'x', NULL);
PRAGMA application_id = 0x6b6c7831;
PRAGMA user_version = 1;
PRAGMA journal_mode = wal;
`

// TestOlder: a store of the layout before is kept beside the new one, whole and
// told of; what it remembered of hosts goes on.
func TestOlder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	tamper(t, path, layout1)
	sum := sha256.Sum256([]byte("hosts"))
	if _, err := raw(t, path).Exec("INSERT INTO memory VALUES ('living-hosts', 8, ?, ?)", sum[:], []byte("hosts")); err != nil {
		t.Fatal(err)
	}
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	emitOne(t, s)
	told.only(t, 0, "older klaxond (layout 1, this one writes 2)", "kept as "+path+".older-", "with what it remembered")
	if got, err := s.LoadMemory("living-hosts"); err != nil || string(got) != "hosts" {
		t.Errorf("remembered %q, %v", got, err)
	}
	if s.Head(chain.Touches).Seq != 1 || s.ID() == "00112233aabbccdd" {
		t.Errorf("store %s goes on at %d", s.ID(), s.Head(chain.Touches).Seq)
	}
	moved, err := filepath.Glob(path + ".older-*Z")
	if err != nil || len(moved) != 1 {
		t.Fatalf("%v, %v", moved, err)
	}
	var line string
	if err := raw(t, moved[0]).QueryRow("SELECT line FROM touches").Scan(&line); err != nil || line != `{"type":"touch"}` {
		t.Errorf("its record is %q, %v", line, err)
	}
	r := OpenReader(moved[0])
	defer r.Close()
	if _, err := r.Verify(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "it has layout 1, and this klaxonctl reads 2") {
		t.Errorf("verified: %v", err)
	}
}

// TestOlderEmpty: a file that was made and never filled is begun, not put aside.
func TestOlderEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	var told heard
	emitOne(t, mustOpen(t, Options{Path: path, Tell: told.tell}))
	if len(told) != 0 {
		t.Errorf("told %+v", told)
	}
}
