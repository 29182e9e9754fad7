package sqlite

import (
	"strings"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// applicationID marks the file as a store of ours ("klx1"), version its layout.
// Layout 1 had one chain for all records.
const (
	applicationID = 0x6b6c7831
	version       = 2
)

// schema is layout 2. In the tables that are chained, seq is the number of a record,
// in the order of keeping, which all tables share; place is where it stands in its
// chain, line the record that hash was made of, and the other columns repeat what
// is in the line, for questions. time is in ns since 1970, src 4 or 6 and the
// address; srcs the addresses of several sources, 16 bytes each, IPv4 mapped. bytes
// is how much the chain has ever taken, with the record: two of them tell how much
// lies between, without a look at it.
//
// The table touches has few columns and indexes, for it is what a flood writes.
// Indexes of sources and names begin anew with every 16,384 records of a chain
// (blockBits): those that come now change a few dozen pages of them, and not as
// many as there are sources.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE touches (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	id TEXT NOT NULL, src BLOB
);
CREATE INDEX touches_time ON touches (time);
CREATE INDEX touches_src ON touches (place >> 14, src);
CREATE TABLE touch_prunes (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL
);
CREATE TABLE alarms (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	bytes INTEGER NOT NULL, id TEXT NOT NULL, src BLOB, srcs BLOB, severity INTEGER NOT NULL, techniques TEXT NOT NULL
);
CREATE INDEX alarms_time ON alarms (time);
CREATE INDEX alarms_id ON alarms (place >> 14, id);
CREATE INDEX alarms_src ON alarms (place >> 14, src);
CREATE TABLE health (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	bytes INTEGER NOT NULL
);
CREATE INDEX health_time ON health (time);
CREATE TABLE evidence (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	bytes INTEGER NOT NULL, id TEXT NOT NULL, data BLOB NOT NULL
);
CREATE INDEX evidence_id ON evidence (id);
CREATE TABLE alarm_prunes (
	seq INTEGER PRIMARY KEY, place INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL, hash BLOB NOT NULL,
	bytes INTEGER NOT NULL
);
CREATE TABLE memory (name TEXT PRIMARY KEY, time INTEGER NOT NULL, sum BLOB NOT NULL, data BLOB NOT NULL);
`

// blockBits: a block is 16,384 records. That many have some 100 pages of index, which
// a batch of 1,024 fills well, and 2.3 million, as many as 1 GiB holds, are 140
// blocks, each a look-up of its own for whoever asks for a source.
const (
	blockBits = 14
	sameBlock = "i.place >> 14 = t.place >> 14 AND "
)

// table is one of the chained tables.
type table struct {
	name    string
	typ     store.Type
	cols    []string // beside those that all have
	indexes []index
	strand  *strand // the chain that it is in
}

// index is one of a table, with the condition that two rows are the same in it.
type index struct{ name, same string }

// strand is one of the two chains: the tables that it goes through.
type strand struct {
	name   chain.Name
	tables []*table
	prunes *table // which of them signs off
	sized  bool   // its records tell how much it takes
	cost   int64  // of a record beside its line
}

// The tables.
var (
	touchTable = &table{name: "touches", typ: store.TypeTouch, cols: []string{"id", "src"}, indexes: []index{
		{"touches_time", "i.time = t.time"}, {"touches_src", sameBlock + "i.src IS t.src"}}}
	touchPrunes = &table{name: "touch_prunes", typ: store.TypePrune}
	alarmTable  = &table{name: "alarms", typ: store.TypeAlarm, cols: []string{"bytes", "id", "src", "srcs", "severity", "techniques"}, indexes: []index{
		{"alarms_time", "i.time = t.time"}, {"alarms_id", sameBlock + "i.id = t.id"}, {"alarms_src", sameBlock + "i.src IS t.src"}}}
	healthTable = &table{name: "health", typ: store.TypeHealth, cols: []string{"bytes"}, indexes: []index{
		{"health_time", "i.time = t.time"}}}
	evidenceTable = &table{name: "evidence", typ: store.TypeEvidence, cols: []string{"bytes", "id", "data"}, indexes: []index{
		{"evidence_id", "i.id = t.id"}}}
	alarmPrunes = &table{name: "alarm_prunes", typ: store.TypePrune, cols: []string{"bytes"}}
)

// The chains, in the order of chain.Names.
var (
	touchStrand = join(chain.Touches, touchPrunes, touchTable, touchPrunes)
	alarmStrand = join(chain.Alarms, alarmPrunes, alarmTable, healthTable, evidenceTable, alarmPrunes)
	strands     = []*strand{touchStrand, alarmStrand}
	tables      = append(append([]*table(nil), touchStrand.tables...), alarmStrand.tables...)
)

func join(name chain.Name, prunes *table, tables ...*table) *strand {
	s := &strand{name: name, tables: tables, prunes: prunes, cost: touchCost}
	if name == chain.Alarms {
		s.sized, s.cost = true, alarmCost
	}
	for _, t := range tables {
		t.strand = s
	}
	return s
}

// common are the columns that all tables have.
var common = []string{"seq", "place", "time", "line", "hash"}

// union joins a SELECT over each of some tables. SQLite merges them as it goes when
// each is in the order that is asked for.
func union(tables []*table, each func(t *table) string) string {
	var q []string
	for _, t := range tables {
		q = append(q, each(t))
	}
	return strings.Join(q, " UNION ALL ")
}
