package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	store  = "00112233aabbccdd"
	theirs = "ffffffffffffffff"
)

// stored is a record as a file holds it.
type stored struct {
	seq   uint64
	line  []byte
	hash  Hash
	prune bool
}

// number is what the store calls a record, where the records of another chain stand
// between those of this one.
func number(seq uint64) uint64 { return 2*seq + 1 }

func at(seq uint64) time.Time { return time.Unix(1_800_000_000+int64(seq), 0).UTC() }

// row chains n records, the given ones being prune records.
func row(n int, prunes map[uint64]Prune) []stored {
	var out []stored
	for h := Genesis(store, Touches); int(h.Seq) < n; {
		r := stored{seq: h.Seq + 1, line: fmt.Appendf(nil, `{"seq":%d}`, h.Seq+1)}
		if p, ok := prunes[r.seq]; ok {
			p.Hash = out[p.Through-1].hash
			r.line, r.prune = p.Line(Touches), true
		}
		h = h.Next(number(r.seq), r.line, at(r.seq))
		r.hash = h.Hash
		out = append(out, r)
	}
	return out
}

func anchorsOf(rows []stored, seqs ...uint64) (out []Anchor) {
	for _, s := range seqs {
		out = append(out, Anchor{Store: store, Chain: Touches, Head: Head{s, rows[s-1].hash, at(s)}})
	}
	return out
}

// verify goes the way of a store: the newest prune record says where to begin.
func verify(rows []stored, anchors []Anchor) Report {
	v := NewVerifier(store)
	for _, a := range anchors {
		v.Anchor(a)
	}
	var base Head
	for _, r := range rows {
		if p, err := ParsePrune(r.line, Touches); r.prune && err == nil {
			base = Head{Seq: p.Through, Hash: p.Hash}
		}
	}
	w := v.Chain(Touches)
	w.Begin(base)
	v.Chain(Alarms).Begin(Head{})
	for _, r := range rows {
		w.Record(number(r.seq), r.seq, r.line, r.hash, at(r.seq), r.prune)
	}
	return v.Finish()
}

// rehash makes all hashes from an index on anew, as a careful intruder does.
func rehash(rows []stored, from int) []stored {
	h := Genesis(store, Touches)
	if from > 0 {
		h = Head{rows[from-1].seq, rows[from-1].hash, time.Time{}}
	}
	for i := from; i < len(rows); i++ {
		h = h.Next(number(h.Seq+1), rows[i].line, time.Time{})
		rows[i].seq, rows[i].hash = h.Seq, h.Hash
	}
	return rows
}

func TestVerify(t *testing.T) {
	drop := func(rows []stored, from, to int) []stored {
		return append(append([]stored(nil), rows[:from]...), rows[to:]...)
	}
	for _, c := range []struct {
		name   string
		tamper func([]stored) []stored
		kind   FaultKind // "" for none
		first  uint64
	}{
		{"as it was", func(r []stored) []stored { return r }, "", 0},
		{"an edit", func(r []stored) []stored { r[4].line = []byte(`{"seq":55}`); return r }, FaultChanged, 5},
		{"the hash of one", func(r []stored) []stored { r[4].hash[3] ^= 1; return r }, FaultChanged, 5},
		{"an edit and all hashes", func(r []stored) []stored { r[4].line = []byte("x"); return rehash(r, 4) }, FaultAnchor, 4},
		{"a deletion", func(r []stored) []stored { return drop(r, 6, 7) }, FaultMissing, 7},
		{"a deletion and all hashes", func(r []stored) []stored { return rehash(drop(r, 6, 7), 6) }, FaultAnchor, 4},
		{"the first", func(r []stored) []stored { return r[1:] }, FaultMissing, 1},
		{"two change places", func(r []stored) []stored { r[2].line, r[3].line = r[3].line, r[2].line; return r }, FaultChanged, 3},
		{"two change places whole", func(r []stored) []stored { r[2], r[3] = r[3], r[2]; return r }, FaultMissing, 3},
		{"two change places, all hashes", func(r []stored) []stored {
			r[2].line, r[3].line = r[3].line, r[2].line
			return rehash(r, 2)
		}, FaultAnchor, 1},
		{"the end cut before an anchor", func(r []stored) []stored { return r[:8] }, FaultTruncated, 9},
		{"all of it", func(r []stored) []stored { return nil }, FaultTruncated, 1},
		{"one too many", func(r []stored) []stored {
			return rehash(append(append(append([]stored(nil), r[:5]...), stored{line: []byte("forged")}), r[5:]...), 5)
		}, FaultAnchor, 4},
		{"the end cut after the last anchor", func(r []stored) []stored { return r[:9] }, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := row(12, nil)
			anchors := anchorsOf(rows, 3, 3, 9)
			got := verify(c.tamper(rows), anchors)
			switch {
			case c.kind == "" && !got.OK():
				t.Errorf("found %+v", got.Faults)
			case c.kind != "" && (got.OK() || got.Faults[0].Kind != c.kind || got.Faults[0].First != c.first):
				t.Errorf("found %+v, want %s from %d", got.Faults, c.kind, c.first)
			}
			if got.String() == "" {
				t.Error("no sentence")
			}
		})
	}
}

// TestUnanchored shows the limit that the documents state: without an anchor
// whoever hashes everything anew is not found.
func TestUnanchored(t *testing.T) {
	rows := row(5, nil)
	rows[2].line = []byte("forged")
	if got := verify(rehash(rows, 2), nil); !got.OK() || got.Anchors() != 0 {
		t.Errorf("found %+v", got)
	}
}

func TestPruned(t *testing.T) {
	whole := func() []stored {
		return row(20, map[uint64]Prune{10: {Time: at(10), Through: 4, Why: "size"}, 15: {Time: at(15), Through: 8, Why: "size"}})
	}
	for _, c := range []struct {
		name   string
		tamper func([]stored) []stored
		kind   FaultKind
	}{
		{"as pruned", func(r []stored) []stored { return r[8:] }, ""},
		{"signed off and still there", func(r []stored) []stored { return r[6:] }, FaultChanged},
		{"more than signed off", func(r []stored) []stored { return r[9:] }, FaultMissing},
		{"a false signature", func(r []stored) []stored {
			r[14].line = Prune{Time: at(15), Through: 11, Hash: r[10].hash}.Line(Touches)
			return r[11:]
		}, FaultChanged},
		{"the signature is gone", func(r []stored) []stored { return append(append([]stored(nil), r[8:14]...), r[15:]...) }, FaultMissing},
		{"signed off beyond itself", func(r []stored) []stored {
			r[19].line, r[19].prune = Prune{Time: at(20), Through: 30}.Line(Touches), true
			return rehash(r, 19)[8:]
		}, FaultChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := whole()
			said := anchorsOf(whole(), 8)
			said[0].Pruned = true
			got := verify(c.tamper(rows), append(anchorsOf(whole(), 2, 8, 9, 14), said...))
			if c.kind == "" {
				if p := got.Part(Touches); !got.OK() || p.Below != 1 || p.Anchors != 3 || p.Base.Seq != 8 || p.Records != 12 {
					t.Errorf("found %+v", got)
				}
			} else if got.OK() {
				t.Errorf("found nothing wrong: %+v", got)
			}
		})
	}
}

// TestPruneAnchored: an anchor at the place where the pruned part ended holds
// the signed-off hash to what it was.
func TestPruneAnchored(t *testing.T) {
	rows := row(12, map[uint64]Prune{10: {Time: at(10), Through: 4, Why: "age"}})
	anchors := anchorsOf(rows, 4)
	anchors[0].Hash[0] ^= 1
	if got := verify(rows[4:], anchors); got.OK() || got.Faults[0].Kind != FaultAnchor {
		t.Errorf("found %+v", got)
	}
}

func TestOtherStores(t *testing.T) {
	rows := row(3, nil)
	anchors := append(anchorsOf(rows, 2), Anchor{Store: theirs, Chain: Alarms, Head: Head{7, Hash{}, at(7)}}, Anchor{Store: theirs, Chain: Alarms, Head: Head{6, Hash{}, at(6)}})
	got := verify(rows, anchors)
	if got.FaultCount != 1 || got.Faults[0].Kind != FaultForeign || !got.Whole() || !strings.Contains(got.Faults[0].Text, theirs) {
		t.Errorf("found %+v", got.Faults)
	}
}

// TestNext holds the hash to its definition, spelled out.
func TestNext(t *testing.T) {
	for _, size := range []int{0, 1, 463, 464, 465, 5000} {
		line := bytes.Repeat([]byte("r"), size)
		first := sha256.Sum256([]byte("klaxon chain 2\n"))
		gen := sha256.Sum256(append(append(first[:], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24), store+" touches"...))
		want := sha256.Sum256(append(append(gen[:], 0, 0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, byte(size>>8), byte(size)), line...))
		if got := Genesis(store, Touches).Next(263, line, at(1)); hex.EncodeToString(want[:]) != got.Hash.String() || got.Seq != 1 {
			t.Errorf("%d bytes: %s, want %x", size, got.Hash, want)
		}
	}
}

func TestAnchorLine(t *testing.T) {
	a := Anchor{Store: store, Chain: Alarms, Head: Head{42, Genesis(store, Alarms).Hash, time.Date(2026, 11, 25, 16, 0, 0, 5, time.UTC)}}
	line := a.String()
	h := a.Hash.String()
	if want := "CHAIN: store=00112233aabbccdd seq=42 hash=" + h + " time=2026-11-25T16:00:00.000000005Z"; line != want {
		t.Errorf("%s, want %s", line, want)
	}
	for good, pid := range map[string]uint32{line: 0, "Nov 25 16:00:00 gate klaxon[77]: " + line: 77, "<37>klaxon[1]: " + line + "\r\n": 1} {
		a.PID = pid
		if got, err := ParseAnchor(good); err != nil || got != a {
			t.Errorf("%q: %+v, %v", good, got, err)
		}
	}
	for _, bad := range []string{
		"", "CHAIN: ", line + " more=1", line[:len(line)-1] + "?", strings.Replace(line, "seq=42", "seq=-1", 1),
		strings.Replace(line, "seq=42", "seq=18446744073709551615", 1), strings.Replace(line, h, strings.ToUpper(h), 1),
		strings.Replace(line, store, "00112233aabbccd!", 1), "gate other[1]: " + line, "gate klaxon[x]: " + line,
		"gate klaxon[1]: ALERT: scan why=\"klaxon[2]: " + line, "gate klaxon[1]: note " + line,
	} {
		if got, err := ParseAnchor(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func TestReadAnchors(t *testing.T) {
	a := Anchor{Store: store, Chain: Alarms, Head: Head{1, Hash{}, at(1)}}
	b := a
	b.Seq = 2
	text := "noise\nklaxon[1]: " + a.String() + "\n" + strings.Repeat("y", 3*maxLine) + a.String() + "\nklaxon[1]: " + b.String()
	var got []uint64
	if err := ReadAnchors(strings.NewReader(text), func(a Anchor) { got = append(got, a.Seq) }); err != nil || fmt.Sprint(got) != "[1 2]" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReportJSON(t *testing.T) {
	rows := row(4, nil)
	r := verify(rows, anchorsOf(rows, 2))
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%s: %v", text, err)
	}
}

func FuzzParseAnchor(f *testing.F) {
	f.Add("klaxon[1]: " + Anchor{Store: store, Head: Head{42, Hash{}, at(1)}}.String())
	f.Fuzz(func(t *testing.T, line string) {
		if a, err := ParseAnchor(line); err == nil {
			if again, err := ParseAnchor(a.String()); err != nil || !again.Time.Equal(a.Time) || again.Seq != a.Seq || again.Hash != a.Hash || again.Chain != a.Chain || again.Pruned != a.Pruned {
				t.Errorf("%q read as %+v, which reads as %+v, %v", line, a, again, err)
			}
		}
	})
}

func FuzzParsePrune(f *testing.F) {
	f.Add(Prune{Time: at(1), Through: 7, Hash: Hash{1}, Why: WhySize}.Line(Touches))
	f.Fuzz(func(t *testing.T, line []byte) {
		if p, err := ParsePrune(line, Touches); err == nil && p.Through == 0 {
			t.Errorf("%q signs off nothing", line)
		}
	})
}

// FuzzTamper changes a chain of anchored records in any one way; whatever is
// not as it was must be found, and nothing that comes before is blamed.
func FuzzTamper(f *testing.F) {
	for how := range byte(5) {
		f.Add(how, byte(5), byte(3), how%2 == 0)
	}
	f.Fuzz(func(t *testing.T, how, where, bit byte, anew bool) {
		rows := row(32, map[uint64]Prune{20: {Time: at(20), Through: 8, Why: "size"}})
		anchors := anchorsOf(rows, 16, 32)
		rows = rows[8:]
		i := int(where) % (len(rows) - 1)
		switch how % 5 {
		case 0:
			rows[i].line[int(bit)%len(rows[i].line)] ^= 1 << (bit % 8)
		case 1:
			rows = append(rows[:i], rows[i+1:]...)
		case 2:
			rows[i].line, rows[i+1].line = rows[i+1].line, rows[i].line
			rows[i].prune, rows[i+1].prune = rows[i+1].prune, rows[i].prune
		case 3:
			rows = rows[:i]
		case 4:
			rows = append(rows[:i+1], rows[i:]...)
		}
		if anew && i > 0 && i < len(rows) {
			rehash(rows, i)
		}
		got := verify(rows, anchors)
		if got.OK() {
			t.Fatalf("way %d at %d, anew %v: nothing found", how%5, i, anew)
		}
		if anew {
			return // found at an anchor, which may be far
		}
		for _, f := range got.Faults {
			// With the prune record harmed, what it signed off is missed, or record 9 does not follow it.
			if f.Last > 9 && f.Last < uint64(9+i) {
				t.Errorf("way %d at record %d: found %+v", how%5, 9+i, f)
			}
		}
	})
}

// TestAnnouncement: the line that announces a prune is told from an anchor, and
// from what only looks like one.
func TestAnnouncement(t *testing.T) {
	a := Anchor{Store: store, Chain: Touches, Head: Head{7, Genesis(store, Touches).Hash, at(7)}, Pruned: true, PID: 1}
	if got, err := ParseAnchor("klaxon[1]: " + a.String()); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{a.String() + " ", a.String() + "x", a.String() + " pruned", strings.TrimSuffix(a.String(), "pruned") + "Pruned"} {
		if got, err := ParseAnchor(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, got)
		}
	}
}
