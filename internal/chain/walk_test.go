package chain

import (
	"strings"
	"testing"
	"time"
)

// walkOf begins a walk of the chain of touches with anchors.
func walkOf(anchors []Anchor, base Head) (*Verifier, *Walk) {
	v := NewVerifier(store)
	for _, a := range anchors {
		v.Anchor(a)
	}
	v.Chain(Alarms).Begin(Head{})
	w := v.Chain(Touches)
	w.Begin(base)
	return v, w
}

func (w *Walk) take(rows []stored) {
	for _, r := range rows {
		w.Record(number(r.seq), r.seq, r.line, r.hash, at(r.seq), r.prune)
	}
}

// TestBeginAgain: records are pruned while a walk is under way. Those that it did
// not come to are signed off by a record that it comes to, or that is a fault.
func TestBeginAgain(t *testing.T) {
	whole := row(20, map[uint64]Prune{15: {Time: at(15), Through: 8, Why: "size"}})
	base := Head{Seq: 8, Hash: whole[7].hash}
	for _, c := range []struct {
		name   string
		before int // records that were looked at before
		base   Head
		rest   []stored
		kind   FaultKind
		below  int
	}{
		{"none was missed", 12, base, whole[12:], "", 0},
		{"some were missed", 4, base, whole[8:], "", 1},
		{"more than was signed off", 4, base, whole[10:], FaultMissing, 1},
		{"not signed off", 4, base, whole[8:14], FaultUnsigned, 1},
		{"signed off elsewhere", 4, Head{Seq: 8, Hash: whole[6].hash}, whole[8:], FaultChanged, 1},
		{"nothing was pruned", 4, Head{}, whole[4:14], "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, w := walkOf(anchorsOf(whole, 2, 6, 9), Head{})
			w.take(whole[:c.before])
			w.Begin(c.base)
			w.take(c.rest)
			got := v.Finish()
			p := got.Part(Touches)
			switch {
			case c.kind == "" && (!got.OK() || p.Below != c.below || p.Anchors != 3-c.below || p.Records != uint64(c.before+len(c.rest))):
				t.Errorf("%+v", got)
			case c.kind != "" && (got.OK() || got.Faults[0].Kind != c.kind):
				t.Errorf("found %+v, want %s", got.Faults, c.kind)
			}
		})
	}
}

// TestLive: what a klaxond that runs says is its newest record has to be there, or
// to have been pruned.
func TestLive(t *testing.T) {
	rows := row(12, map[uint64]Prune{10: {Time: at(10), Through: 4, Why: "age"}})
	base := Head{Seq: 4, Hash: rows[3].hash}
	newest := func(seq uint64, hash Hash) Anchor {
		return Anchor{Store: store, Chain: Touches, Head: Head{seq, hash, at(seq)}}
	}
	for name, c := range map[string]struct {
		live Anchor
		here bool
		kind FaultKind
	}{
		"it is the last":         {newest(12, rows[11].hash), true, ""},
		"more came after it":     {newest(9, rows[8].hash), true, ""},
		"pruned":                 {newest(3, rows[2].hash), false, ""},
		"cut off":                {newest(14, rows[2].hash), false, FaultTruncated},
		"made anew":              {newest(9, rows[2].hash), false, FaultAnchor},
		"of another store":       {Anchor{Store: theirs, Chain: Touches, Head: Head{9, rows[2].hash, at(9)}}, false, ""},
		"of a chain we know not": {Anchor{Store: store, Chain: "x", Head: Head{9, rows[2].hash, at(9)}}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, w := walkOf(nil, base)
			v.Live(c.live)
			w.take(rows[4:])
			got := v.Finish()
			if p := got.Part(Touches); p.Live != c.here || p.Anchors != 0 || got.OK() != (c.kind == "") || c.kind != "" && got.Faults[0].Kind != c.kind {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestMadeUp: lines that anybody can write with logger(1). Those of another store
// leave this one whole; those that name it are told with the line where they stand.
func TestMadeUp(t *testing.T) {
	rows := row(12, nil)
	log := "klaxon[7]: " + anchorsOf(rows, 3)[0].String() + "\nklaxon[1]: CHAIN: store=" + theirs + " seq=9 hash=" + Hash{}.String() + " time=2026-01-01T00:00:00Z\n"
	read := func(log string) Report {
		v := NewVerifier(store)
		if err := ReadAnchors(strings.NewReader(log), v.Anchor); err != nil {
			t.Fatal(err)
		}
		v.Chain(Alarms).Begin(Head{})
		w := v.Chain(Touches)
		w.Begin(Head{})
		w.take(rows)
		return v.Finish()
	}
	got := read(log)
	if got.OK() || !got.Whole() || got.Foreign != 1 || !strings.HasPrefix(got.String(), "every record is as it was chained, but the log has anchors of another store") || !strings.Contains(got.String(), "in line 2") {
		t.Errorf("%+v: %s", got, got.String())
	}
	forged := anchorsOf(rows, 5)[0]
	forged.Hash[0] ^= 1
	got = read(log + "klaxon[1]: " + forged.String())
	if got.Whole() || got.Faults[0].Kind != FaultAnchor || !strings.Contains(got.String(), "line 3 of the log") {
		t.Errorf("%+v: %s", got, got.String())
	}
}

// TestOwnChain: a record of one chain is none of the other, and an anchor of one
// says nothing of the other.
func TestOwnChain(t *testing.T) {
	rows := row(3, nil)
	v, w := walkOf(nil, Head{})
	w.take(rows)
	other := NewVerifier(store)
	other.Chain(Touches).Begin(Head{})
	a := other.Chain(Alarms)
	a.Begin(Head{})
	a.take(rows)
	if got := v.Finish(); !got.OK() {
		t.Errorf("%+v", got)
	}
	if got := other.Finish(); got.OK() || got.Faults[0].Kind != FaultChanged || got.Faults[0].First != 1 || got.Faults[0].Chain != Alarms {
		t.Errorf("touches pass as alarms: %+v", got)
	}
	moved := Genesis(store, Touches).Next(7, []byte("x"), time.Time{})
	if moved.Hash == Genesis(store, Touches).Next(8, []byte("x"), time.Time{}).Hash {
		t.Error("the number of a record is not in its hash")
	}
}
