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
// twice: at records 20 and 40 of touches, and 20 and 41 of alarms. Evidence is records
// 21 and 42 of alarms, numbers 41 and 82. Of four records that follow each other, the
// last two are touches.
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
		anchors = append(anchors, s.Anchors()...)
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
		chain chain.Name // of the first fault
		first uint64     // and its place there
		kind  chain.FaultKind
	}{
		{"nothing", "", "", 0, ""},
		{"a line of a touch", `UPDATE touches SET line = replace(line, '192.0.2.7', '192.0.2.8') WHERE seq = 7`, chain.Touches, 3, chain.FaultChanged},
		{"a line of an alarm", `UPDATE alarms SET line = replace(line, 'vertical', 'sweep') WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"a line of health", `UPDATE health SET line = replace(line, '"count":1', '"count":0') WHERE seq = 2`, chain.Alarms, 2, chain.FaultChanged},
		{"a hash", `UPDATE touches SET hash = zeroblob(32) WHERE seq = 8`, chain.Touches, 4, chain.FaultChanged},
		{"a hash that is too short", `UPDATE touches SET hash = x'00' WHERE seq = 8`, chain.Touches, 4, chain.FaultChanged},
		{"a time", `UPDATE touches SET time = time + 1 WHERE seq = 7`, chain.Touches, 3, chain.FaultChanged},
		{"an id", `UPDATE touches SET id = 'x' WHERE seq = 7`, chain.Touches, 3, chain.FaultChanged},
		{"a source", `UPDATE touches SET src = x'040a000001' WHERE seq = 7`, chain.Touches, 3, chain.FaultChanged},
		{"no source", `UPDATE touches SET src = NULL WHERE seq = 7`, chain.Touches, 3, chain.FaultChanged},
		{"a severity", `UPDATE alarms SET severity = 1 WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"techniques", `UPDATE alarms SET techniques = '' WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"sources", `UPDATE alarms SET srcs = zeroblob(16) WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"bytes", `UPDATE alarms SET bytes = bytes + 1 WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"packets", `UPDATE evidence SET data = x'00' WHERE seq = 41`, chain.Alarms, 21, chain.FaultChanged},
		{"a deletion", `DELETE FROM touches WHERE seq = 7`, chain.Touches, 3, chain.FaultMissing},
		{"all alarms", `DELETE FROM alarms`, chain.Alarms, 1, chain.FaultMissing},
		{"the oldest", `DELETE FROM touches WHERE seq < 20; DELETE FROM alarms WHERE seq < 20; DELETE FROM health WHERE seq < 20`, chain.Touches, 1, chain.FaultMissing},
		{"two change numbers", `UPDATE touches SET seq = -3 WHERE seq = 3; UPDATE touches SET seq = 3 WHERE seq = 4; UPDATE touches SET seq = 4 WHERE seq = -3`, chain.Touches, 1, chain.FaultMissing},
		{"two change places", `UPDATE touches SET seq = -3, place = 2 WHERE seq = 3; UPDATE touches SET seq = 3, place = 1 WHERE seq = 4; UPDATE touches SET seq = 4 WHERE seq = -3`, chain.Touches, 1, chain.FaultChanged},
		{"one moves", `UPDATE touches SET seq = 500 WHERE seq = 3`, chain.Touches, 1, chain.FaultMissing},
		{"one moves past an alarm", `UPDATE touches SET seq = 83 WHERE seq = 81`, chain.Touches, 40, chain.FaultChanged},
		{"another table", `INSERT INTO touch_prunes SELECT seq, place, time, line, hash FROM touches WHERE seq = 3`, chain.Touches, 1, chain.FaultChanged},
		{"the end", `DELETE FROM touches WHERE seq > 60; DELETE FROM alarms WHERE seq > 60; DELETE FROM health WHERE seq > 60; DELETE FROM evidence WHERE seq > 60`, chain.Touches, 30, chain.FaultTruncated},
		{"the end of alarms", `DELETE FROM alarms WHERE seq > 50; DELETE FROM health WHERE seq > 50; DELETE FROM evidence WHERE seq > 50`, chain.Alarms, 27, chain.FaultTruncated},
		{"an index", `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'health_time') WHERE name = 'touches_time'`, chain.Touches, 1, chain.FaultDamaged},
		{"another index", `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'evidence_id') WHERE name = 'alarms_id'`, chain.Alarms, 1, chain.FaultDamaged},
		{"an alarm among health records", `INSERT INTO health SELECT seq, place, time, line, hash, bytes FROM alarms WHERE seq = 9; DELETE FROM alarms WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"an alarm among touches", `INSERT INTO touches SELECT seq, place, time, line, hash, id, src FROM alarms WHERE seq = 9; DELETE FROM alarms WHERE seq = 9`, chain.Touches, 5, chain.FaultChanged},
		{"a time as bytes", `UPDATE alarms SET time = CAST(CAST(time AS TEXT) AS BLOB) WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"an id as bytes", `UPDATE alarms SET id = CAST(id AS BLOB) WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"a source as text", `UPDATE alarms SET src = CAST(src AS TEXT) WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"techniques as bytes", `UPDATE alarms SET techniques = CAST(techniques AS BLOB) WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"the id of packets as bytes", `UPDATE evidence SET id = CAST(id AS BLOB) WHERE seq = 41`, chain.Alarms, 21, chain.FaultChanged},
		{"a severity as text", `UPDATE alarms SET severity = 'x2' WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"a place as text", `UPDATE alarms SET place = 'abc' WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"bytes as text", `UPDATE alarms SET bytes = 'abc' WHERE seq = 9`, chain.Alarms, 5, chain.FaultChanged},
		{"a trigger", `CREATE TRIGGER x AFTER INSERT ON alarms BEGIN DELETE FROM alarms WHERE seq = new.seq; END`, "", 0, chain.FaultDamaged},
		{"a view", `CREATE VIEW x AS SELECT * FROM alarms`, "", 0, chain.FaultDamaged},
		{"no index", `DROP INDEX alarms_id`, "", 0, chain.FaultDamaged},
		{"another name", `UPDATE meta SET value = '0123456789abcdef'`, chain.Touches, 1, chain.FaultChanged},
	} {
		t.Run(c.what, func(t *testing.T) {
			path, anchors := filled(t)
			if c.sql != "" {
				tamper(t, path, c.sql)
			}
			got := verifyFile(t, path, anchors)
			switch {
			case c.kind == "" && (!got.OK() || got.Records() != 82 || got.Anchors() != 4):
				t.Errorf("%+v", got)
			case c.kind != "" && (got.Whole() || got.Faults[0].Kind != c.kind || got.Faults[0].First != c.first || got.Faults[0].Chain != c.chain):
				t.Errorf("found %+v, want %s at %d of %s", got.Faults, c.kind, c.first, c.chain)
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
	rows, err := db.Query("SELECT seq, line, time FROM touches ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	head := chain.Genesis(a.Store, chain.Touches)
	hashes := make(map[uint64]chain.Hash)
	for rows.Next() {
		var number uint64
		var line []byte
		var at int64
		if err := rows.Scan(&number, &line, &at); err != nil {
			t.Fatal(err)
		}
		head = head.Next(number, line, moment(at))
		hashes[number] = head.Hash
	}
	rows.Close()
	for number, hash := range hashes {
		if _, err := db.Exec("UPDATE touches SET hash = ? WHERE seq = ?", hash[:], number); err != nil {
			t.Fatal(err)
		}
	}
	if got := verifyFile(t, path, nil); !got.OK() {
		t.Fatalf("the intruder was not careful: %+v", got.Faults)
	}
	got := verifyFile(t, path, anchors)
	if got.FaultCount != 1 || got.Faults[0].Kind != chain.FaultAnchor || got.Faults[0].Chain != chain.Touches || got.Faults[0].First != 21 || got.Faults[0].Last != 40 {
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
	told.only(t, 0, "record 36 of touches")
}

// TestForgedPrune: whoever writes the file can sign off what was there, and cannot
// make the log say so.
func TestForgedPrune(t *testing.T) {
	path, anchors := filled(t)
	a, db := anchorIn(t, anchors[2]), raw(t, path)
	last := a.Head // the newest of the touches was anchored
	p := chain.Prune{Time: a.Time, Through: last.Seq, Hash: last.Hash, Why: chain.WhySize}
	next := last.Next(83, p.Line(chain.Touches), p.Time)
	if _, err := db.Exec("DELETE FROM touches"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO touch_prunes VALUES (83, ?, ?, ?, ?)", next.Seq, nanos(p.Time), string(p.Line(chain.Touches)), next.Hash[:]); err != nil {
		t.Fatal(err)
	}
	db.Close()
	// As long as klaxond has not gone on, nobody can tell.
	if got := verifyFile(t, path, anchors); got.OK() || !got.Whole() || got.Unproven != 1 {
		t.Errorf("without a word in the log: %+v", got)
	}
	s := mustOpen(t, Options{Path: path}) // it goes on, and anchors that
	later := s.Anchors()
	// The announcement may have changed places with the last line of the log.
	if got := verifyFile(t, path, append(anchors, later...)); got.OK() || !got.Whole() || got.Unproven != 1 {
		t.Errorf("with one anchor: %+v", got)
	}
	emitOne(t, s)
	later = append(later, s.Anchors()...)
	got := verifyFile(t, path, append(anchors, later...))
	if got.OK() || got.Faults[0].Kind != chain.FaultUnsigned || got.Faults[0].Last != 40 {
		t.Errorf("a forged signature is believed: %+v", got)
	}
	announced := chain.Anchor{Store: a.Store, Chain: chain.Touches, Head: last, Pruned: true}.String()
	if got := verifyFile(t, path, append(append(anchors, announced), later...)); !got.OK() {
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
