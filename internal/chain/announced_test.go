package chain

import (
	"strings"
	"testing"
	"time"
)

// logged is a log of anchors and announcements, each on a line of its own and of a
// process.
type logged []Anchor

func (l *logged) add(pid uint32, pruned bool, at time.Time, rows []stored, seqs ...uint64) {
	for _, s := range seqs {
		*l = append(*l, Anchor{Store: store, Chain: Touches, Head: Head{s, rows[s-1].hash, at}, Pruned: pruned, PID: pid, Line: len(*l) + 1})
	}
}

// TestAnnounced: records 1 to 8 are gone, and record 15 signs that off. Whoever writes
// the file could have written that, and whether klaxond did is for the log to say.
func TestAnnounced(t *testing.T) {
	long := at(15).Add(-2 * time.Hour)
	for _, c := range []struct {
		name string
		why  string
		log  func(l *logged, rows []stored)
		kind FaultKind
		says string
	}{
		{"as klaxond does it", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 2, 8, 14)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16, 20)
		}, "", ""},
		{"announced again after it died", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14)
			l.add(7, true, at(8), rows, 8)
			l.add(9, true, at(8), rows, 8)
			l.add(9, false, at(16), rows, 16)
		}, "", ""},
		{"by a klaxond that died then", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14)
			l.add(7, true, at(8), rows, 8)
			l.add(9, false, at(16), rows, 16)
		}, "", ""},
		{"by a klaxond that had just begun", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14)
			l.add(9, true, at(8), rows, 8)
			l.add(9, false, at(16), rows, 16)
		}, "", ""},
		{"a log without processes", WhySize, func(l *logged, rows []stored) {
			l.add(0, false, at(1), rows, 14)
			l.add(0, true, at(8), rows, 8)
			l.add(0, false, at(16), rows, 16)
		}, "", ""},
		{"the log ends with it", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14)
			l.add(7, true, at(8), rows, 8)
		}, "", ""},
		{"the log begins later", WhySize, func(l *logged, rows []stored) { l.add(7, false, at(16), rows, 15, 16) }, "", ""},
		{"the log ends before", WhySize, func(l *logged, rows []stored) { l.add(7, false, at(1), rows, 2, 14) },
			FaultUnproven, "take a newer log"},
		{"nothing was announced", WhySize, func(l *logged, rows []stored) { l.add(7, false, at(1), rows, 2, 6, 16, 18) },
			FaultUnsigned, "no line of the log announces that"},
		{"nor of records that are there", WhySize, func(l *logged, rows []stored) { l.add(7, false, at(1), rows, 12, 14, 16, 18) },
			FaultUnsigned, "no line of the log announces that"},
		{"the log is cut behind what an older klaxond announced", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14, 14, 16, 20) // heads that were taken before, and written after
		}, FaultUnproven, "the log begins just before"},
		{"the log is cut before what changed places with its last line", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14, 16, 16)
		}, FaultUnproven, "the log ends just behind record 15"},
		{"another prune was announced", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 2, 3)
			l.add(7, true, at(4), rows, 4)
			l.add(7, false, at(1), rows, 16, 17)
		}, FaultUnsigned, "no line of the log announces that"},
		{"announced when it was done", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14, 16, 18)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 20)
		}, FaultUnsigned, "line 4 of the log announces that only after line 2"},
		{"announced when it was done, often", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14, 16, 18)
			l.add(7, true, at(8), rows, 8, 8, 8)
			l.add(7, false, at(1), rows, 20)
		}, FaultUnsigned, "line 4 of the log announces that only after line 2"},
		{"announced when it was done, and out of order by one line elsewhere", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14, 16, 18)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 20)
			(*l)[0].Line, (*l)[1].Line = 2, 1
		}, FaultUnproven, "in the order in which they were written"},
		{"the newest file first, and of the older one its last line", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14, 16, 18)
			l.add(7, true, at(8), rows, 8)
		}, FaultUnproven, "in the order in which they were written"},
		{"two lines changed places on their way", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14, 16)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 20)
		}, FaultUnproven, "line 4 of the log, which announces that, stands just behind line 3"},
		{"two lines changed places, one of two", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 14, 16)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 20)
		}, "", ""},
		{"one of two was lost", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14, 14)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(1), rows, 16, 20)
		}, "", ""},
		{"no daemon took it, and it died", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 12, 14)
			l.add(9, false, at(1), rows, 16, 20)
		}, FaultUnproven, "no syslog daemon took its announcement"},
		{"a log with its newest file first", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 16, 20)
			l.add(7, false, at(1), rows, 2, 14)
			l.add(7, true, at(8), rows, 8)
		}, FaultUnproven, "join its files the oldest first"},
		{"an age from a time that was not yet", WhyAge, func(l *logged, rows []stored) {
			l.add(7, false, at(7), rows, 7)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16)
		}, FaultUnproven, "see whether the clock was ahead"},
		{"with logger(1)", WhySize, func(l *logged, rows []stored) {
			l.add(7, false, at(1), rows, 14)
			l.add(1, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16)
		}, FaultUnproven, "line 2 of the log, which announces that, is of process 1"},
		{"too young for its age", WhyAge, func(l *logged, rows []stored) {
			l.add(7, false, long, rows, 2)
			l.add(7, false, at(8), rows, 7)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16)
		}, FaultUnsigned, "line 2 of the log has the last of them less than 1h0m0s before"},
		{"old enough", WhyAge, func(l *logged, rows []stored) {
			l.add(7, false, long, rows, 7)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16)
		}, "", ""},
		{"of the future, when the clock was wrong", WhyAge, func(l *logged, rows []stored) {
			l.add(7, false, at(15).Add(time.Hour), rows, 7)
			l.add(7, true, at(8), rows, 8)
			l.add(7, false, at(16), rows, 16)
		}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed := at(15)
			if strings.Contains(c.name, "not yet") {
				signed = signed.Add(1000 * time.Hour)
			}
			unsaid := strings.Contains(c.name, "no daemon")
			rows := row(20, map[uint64]Prune{15: {Time: signed, Through: 8, Why: c.why, Unsaid: unsaid}})
			var log logged
			c.log(&log, rows)
			got := verify(rows[8:], log)
			switch {
			case c.kind == "" && !got.OK():
				t.Errorf("found %+v", got.Faults)
			case c.kind != "" && (got.FaultCount != 1 || got.Faults[0].Kind != c.kind || got.Faults[0].Last != 8 || !strings.Contains(got.Faults[0].Text, c.says)):
				t.Errorf("found %+v, want %s: %s", got.Faults, c.kind, c.says)
			case got.Whole() != (c.kind != FaultUnsigned):
				t.Errorf("whole: %v", got.Whole())
			}
		})
	}
}

// TestPrunedMeanwhile: a log that was read before the last prune says nothing of it.
func TestPrunedMeanwhile(t *testing.T) {
	rows := row(20, map[uint64]Prune{15: {Time: at(15), Through: 8, Why: WhySize}})
	v, w := walkOf(anchorsOf(rows, 2, 14), Head{})
	w.Begin(Head{Seq: 8, Hash: rows[7].hash})
	w.take(rows[8:])
	if got := v.Finish(); !got.OK() {
		t.Errorf("%+v", got.Faults)
	}
}
