package sqlite

import "klaxon/internal/store"

// applicationID marks the file as a store of ours ("klx1"), version its layout.
const (
	applicationID = 0x6b6c7831
	version       = 1
)

// schema is layout 1. In the tables that are chained, seq is the place in the
// chain, which they share, line the record that hash was made of, and the other
// columns repeat what is in the line, for questions. time is in ns since 1970,
// src 4 or 6 and the address; srcs the addresses of several sources, 16 bytes
// each, IPv4 mapped.
//
// The table touches has few columns and indexes, for it is what a flood writes.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE touches (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	id TEXT NOT NULL, src BLOB
);
CREATE INDEX touches_time ON touches (time);
CREATE INDEX touches_src ON touches (src);
CREATE TABLE alarms (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	id TEXT NOT NULL, src BLOB, srcs BLOB, severity INTEGER NOT NULL, techniques TEXT NOT NULL
);
CREATE INDEX alarms_time ON alarms (time);
CREATE INDEX alarms_id ON alarms (id);
CREATE INDEX alarms_src ON alarms (src);
CREATE TABLE health (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL
);
CREATE INDEX health_time ON health (time);
CREATE TABLE evidence (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	id TEXT NOT NULL, data BLOB NOT NULL
);
CREATE INDEX evidence_id ON evidence (id);
CREATE TABLE chain (
	seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL
);
CREATE TABLE memory (name TEXT PRIMARY KEY, time INTEGER NOT NULL, sum BLOB NOT NULL, data BLOB NOT NULL);
`

// table is one of the chained tables.
type table struct {
	name string
	typ  store.Type
	cols string // beside seq, time, line, hash
}

// tables are the chained ones.
var tables = []table{
	{"touches", store.TypeTouch, "id, src"},
	{"alarms", store.TypeAlarm, "id, src, srcs, severity, techniques"},
	{"health", store.TypeHealth, ""},
	{"evidence", store.TypeEvidence, "id, data"},
	{"chain", store.TypePrune, ""},
}

// union joins a SELECT over each chained table.
func union(each func(t *table) string) string {
	var q string
	for i := range tables {
		if i > 0 {
			q += " UNION ALL "
		}
		q += each(&tables[i])
	}
	return q
}
