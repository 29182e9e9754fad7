package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// filled makes a store of touches, alarms, health records and evidence, anchored
// at records 40 and 81; evidence is records 41 and 82.
func filled(t *testing.T) (path string, anchors []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "klaxon.db")
	s := mustOpen(t, Options{Path: path})
	for round := range 2 {
		var batch []klaxon.Record
		for i := range 40 {
			switch i % 4 {
			case 0:
				batch = append(batch, sinktest.Alarm(fmt.Sprint(round, i)))
			case 1:
				batch = append(batch, &klaxon.Health{Time: sinktest.Touch(1).Time, What: klaxon.HealthDrops, Count: uint64(i)})
			default:
				batch = append(batch, sinktest.Touch(uint16(100*round+i)))
			}
		}
		if _, err := s.Emit(batch); err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, s.Anchor())
		if err := s.SaveEvidence(sinktest.Alarm("").ID, []byte("packets")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, anchors
}

// raw opens a file as somebody with sqlite3(1) does.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// anchorIn reads a line of an anchor.
func anchorIn(t *testing.T, line string) chain.Anchor {
	t.Helper()
	a, err := chain.ParseAnchor(line)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tamper does to a file what somebody with sqlite3(1) may do.
func tamper(t *testing.T, path, q string) {
	t.Helper()
	db := raw(t, path)
	defer db.Close()
	if _, err := db.Exec(q); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

func verifyFile(t *testing.T, path string, anchors []string) chain.Report {
	t.Helper()
	r := OpenReader(path)
	defer r.Close()
	report, err := r.Verify(t.Context(), strings.NewReader(strings.Join(anchors, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestTamper(t *testing.T) {
	for _, c := range []struct {
		what  string
		sql   string
		first uint64 // the first fault
		kind  chain.FaultKind
	}{
		{"nothing", "", 0, ""},
		{"a line of a touch", `UPDATE touches SET line = replace(line, '192.0.2.7', '192.0.2.8') WHERE seq = 7`, 7, chain.FaultChanged},
		{"a line of an alarm", `UPDATE alarms SET line = replace(line, 'vertical', 'sweep') WHERE seq = 9`, 9, chain.FaultChanged},
		{"a line of health", `UPDATE health SET line = replace(line, '"count":1', '"count":0') WHERE seq = 2`, 2, chain.FaultChanged},
		{"a hash", `UPDATE touches SET hash = zeroblob(32) WHERE seq = 8`, 8, chain.FaultChanged},
		{"a hash that is too short", `UPDATE touches SET hash = x'00' WHERE seq = 8`, 8, chain.FaultChanged},
		{"a time", `UPDATE touches SET time = time + 1 WHERE seq = 7`, 7, chain.FaultChanged},
		{"an id", `UPDATE touches SET id = 'x' WHERE seq = 7`, 7, chain.FaultChanged},
		{"a source", `UPDATE touches SET src = x'040a000001' WHERE seq = 7`, 7, chain.FaultChanged},
		{"no source", `UPDATE touches SET src = NULL WHERE seq = 7`, 7, chain.FaultChanged},
		{"a severity", `UPDATE alarms SET severity = 1 WHERE seq = 9`, 9, chain.FaultChanged},
		{"techniques", `UPDATE alarms SET techniques = '' WHERE seq = 9`, 9, chain.FaultChanged},
		{"sources", `UPDATE alarms SET srcs = zeroblob(16) WHERE seq = 9`, 9, chain.FaultChanged},
		{"packets", `UPDATE evidence SET data = 'other' WHERE seq = 41`, 41, chain.FaultChanged},
		{"a deletion", `DELETE FROM touches WHERE seq = 7`, 7, chain.FaultMissing},
		{"all alarms", `DELETE FROM alarms`, 1, chain.FaultMissing},
		{"the oldest", `DELETE FROM touches WHERE seq < 20; DELETE FROM alarms WHERE seq < 20; DELETE FROM health WHERE seq < 20`, 1, chain.FaultMissing},
		{"two change places", `UPDATE touches SET seq = -3 WHERE seq = 3; UPDATE touches SET seq = 3 WHERE seq = 4; UPDATE touches SET seq = 4 WHERE seq = -3`, 3, chain.FaultChanged},
		{"one moves", `UPDATE touches SET seq = 500 WHERE seq = 3`, 3, chain.FaultMissing},
		{"another table", `INSERT INTO health SELECT seq, time, line, hash FROM touches WHERE seq = 3`, 3, chain.FaultChanged},
		{"the end", `DELETE FROM touches WHERE seq > 60; DELETE FROM alarms WHERE seq > 60; DELETE FROM health WHERE seq > 60; DELETE FROM evidence WHERE seq > 60`, 61, chain.FaultTruncated},
		{"an index", `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'health_time') WHERE name = 'touches_time'`, 0, chain.FaultDamaged},
		{"an alarm among health records", `INSERT INTO health SELECT seq, time, line, hash FROM alarms WHERE seq = 9; DELETE FROM alarms WHERE seq = 9`, 9, chain.FaultChanged},
		{"an alarm among touches", `INSERT INTO touches SELECT seq, time, line, hash, id, src FROM alarms WHERE seq = 9; DELETE FROM alarms WHERE seq = 9`, 9, chain.FaultChanged},
		{"a time as bytes", `UPDATE alarms SET time = CAST(CAST(time AS TEXT) AS BLOB) WHERE seq = 9`, 9, chain.FaultChanged},
		{"an id as bytes", `UPDATE alarms SET id = CAST(id AS BLOB) WHERE seq = 9`, 9, chain.FaultChanged},
		{"a source as text", `UPDATE alarms SET src = CAST(src AS TEXT) WHERE seq = 9`, 9, chain.FaultChanged},
		{"techniques as bytes", `UPDATE alarms SET techniques = CAST(techniques AS BLOB) WHERE seq = 9`, 9, chain.FaultChanged},
		{"the id of packets as bytes", `UPDATE evidence SET id = CAST(id AS BLOB) WHERE seq = 41`, 41, chain.FaultChanged},
		{"a trigger", `CREATE TRIGGER x AFTER INSERT ON alarms BEGIN DELETE FROM alarms WHERE seq = new.seq; END`, 0, chain.FaultDamaged},
		{"a view", `CREATE VIEW x AS SELECT * FROM alarms`, 0, chain.FaultDamaged},
		{"no index", `DROP INDEX alarms_id`, 0, chain.FaultDamaged},
		{"another name", `UPDATE meta SET value = '0123456789abcdef'`, 1, chain.FaultChanged},
	} {
		t.Run(c.what, func(t *testing.T) {
			path, anchors := filled(t)
			if c.sql != "" {
				tamper(t, path, c.sql)
			}
			got := verifyFile(t, path, anchors)
			switch {
			case c.kind == "" && (!got.OK() || got.Records != 82):
				t.Errorf("%+v", got)
			case c.kind != "" && (got.OK() || got.Faults[0].Kind != c.kind || got.Faults[0].First != c.first):
				t.Errorf("found %+v, want %s at %d", got.Faults, c.kind, c.first)
			}
		})
	}
}

// TestTamperAnew: who changes a record and hashes all that follow is found by
// the anchors.
func TestTamperAnew(t *testing.T) {
	path, anchors := filled(t)
	a, db := anchorIn(t, anchors[0]), raw(t, path)
	if _, err := db.Exec(`UPDATE touches SET line = replace(line, 'rexec', 'login') WHERE seq = 44`); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(chained(""))
	if err != nil {
		t.Fatal(err)
	}
	head := chain.Genesis(a.Store)
	hashes := make(map[uint64]chain.Hash)
	for rows.Next() {
		l, err := scanChained(rows)
		if err != nil {
			t.Fatal(err)
		}
		head = head.Next(l.line, moment(l.at))
		hashes[l.seq] = head.Hash
	}
	rows.Close()
	for seq, hash := range hashes {
		for _, tab := range tables {
			if _, err := db.Exec("UPDATE "+tab.name+" SET hash = ? WHERE seq = ?", hash[:], seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := verifyFile(t, path, nil); !got.OK() {
		t.Fatalf("the intruder was not careful: %+v", got.Faults)
	}
	got := verifyFile(t, path, anchors)
	if got.FaultCount != 1 || got.Faults[0].Kind != chain.FaultAnchor || got.Faults[0].First != 41 || got.Faults[0].Last != 81 {
		t.Errorf("found %+v", got.Faults)
	}
}

// TestTailTold: a broken chain is told when the file is opened, and goes on.
func TestTailTold(t *testing.T) {
	path, _ := filled(t)
	tamper(t, path, `DELETE FROM touches WHERE seq = 72`)
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	told.only(t, 1, "record 73")
}

// TestForgedPrune: whoever writes the file can sign off what was there, and cannot
// make the log say so.
func TestForgedPrune(t *testing.T) {
	path, anchors := filled(t)
	a, db := anchorIn(t, anchors[1]), raw(t, path)
	var hash []byte
	if err := db.QueryRow("SELECT hash FROM evidence WHERE seq = 82").Scan(&hash); err != nil {
		t.Fatal(err)
	}
	last := chain.Head{Seq: 82, Hash: chain.Hash(hash), Time: a.Time}
	p := chain.Prune{Time: a.Time, Through: 82, Hash: last.Hash, Why: "age"}
	next := last.Next(p.Line(), p.Time)
	for _, q := range []string{"touches", "alarms", "health", "evidence"} {
		if _, err := db.Exec("DELETE FROM " + q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO chain VALUES (?, ?, ?, ?)", next.Seq, nanos(p.Time), string(p.Line()), next.Hash[:]); err != nil {
		t.Fatal(err)
	}
	later := chain.Anchor{Store: a.Store, Head: next}.String() // klaxond goes on and anchors it
	got := verifyFile(t, path, append(anchors, later))
	if got.OK() || got.Faults[0].Kind != chain.FaultUnsigned || got.Faults[0].Last != 82 {
		t.Errorf("a forged signature is believed: %+v", got)
	}
	announced := chain.Anchor{Store: a.Store, Head: last, Pruned: true}.String()
	if got := verifyFile(t, path, append(anchors, announced, later)); !got.OK() {
		t.Errorf("one that was announced is not: %+v", got.Faults)
	}
}

// TestStrangeLayout: a file with a trigger is put aside when it is opened, for what
// it does to records nobody knows.
func TestStrangeLayout(t *testing.T) {
	path, _ := filled(t)
	tamper(t, path, `CREATE TRIGGER x AFTER INSERT ON alarms BEGIN DELETE FROM alarms WHERE seq = new.seq; END`)
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	if n, err := s.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	told.only(t, 0, `a "trigger" called "x"`)
}
