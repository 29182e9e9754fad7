package sqlite

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/chain"
)

// keptRow is a record that an anchor holds, as somebody with sqlite3(1) sees it.
type keptRow struct {
	table     *table
	seq       uint64
	place, at int64
	line      string
	hash      chain.Hash
}

// intruder has the file of a store while klaxond does not run, and no say in syslog.
type intruder struct {
	t      *testing.T
	r      *rand.Rand
	db     *sql.DB
	id     string
	strand *strand
	rows   []keptRow // of one chain, up to its last anchor
	rest   []keptRow // and from there on
}

// breaksIn opens the file, and picks a chain with records that an anchor holds.
func breaksIn(h *history) *intruder {
	in := &intruder{t: h.t, r: h.r, id: h.s.ID(), db: raw(h.t, h.opts.Path)}
	for _, i := range h.r.Perm(len(strands)) {
		in.strand, in.rows, in.rest = strands[i], nil, nil
		in.look(lastAnchor(h, strands[i].name))
		if len(in.rows) > 2 {
			return in
		}
	}
	return nil
}

// lastAnchor is the place that the last anchor of a chain in the log holds.
func lastAnchor(h *history, name chain.Name) (place uint64) {
	for _, line := range h.lines {
		if a := anchorIn(h.t, line); a.Chain == name && !a.Pruned && a.Store == h.s.ID() {
			place = max(place, a.Seq)
		}
	}
	return place
}

func (in *intruder) look(last uint64) {
	in.t.Helper()
	for _, tab := range in.strand.tables {
		rows, err := in.db.Query("SELECT seq, place, time, line, hash FROM " + tab.name)
		if err != nil {
			in.t.Fatal(err)
		}
		for rows.Next() {
			k := keptRow{table: tab}
			var hash []byte
			if err := rows.Scan(&k.seq, &k.place, &k.at, &k.line, &hash); err != nil {
				in.t.Fatal(err)
			}
			copy(k.hash[:], hash)
			if uint64(k.place) <= last {
				in.rows = append(in.rows, k)
			} else {
				in.rest = append(in.rest, k)
			}
		}
		rows.Close()
	}
	byPlace := func(a, b keptRow) int { return int(a.place - b.place) }
	slices.SortFunc(in.rows, byPlace)
	slices.SortFunc(in.rest, byPlace)
}

func (in *intruder) do(q string, args ...any) {
	in.t.Helper()
	if _, err := in.db.Exec(q, args...); err != nil {
		in.t.Fatalf("%s: %v", q, err)
	}
}

func (in *intruder) any() *keptRow { return &in.rows[in.r.IntN(len(in.rows))] }

func (in *intruder) cell() {
	k := in.any()
	set := []string{"time = time + 1", "place = place + 1000000", "line = line || ' '", "hash = zeroblob(32)", "seq = seq + 1000000", "line = replace(line, '2026', '2025')"}
	in.do(fmt.Sprintf("UPDATE %s SET %s WHERE seq = ?", k.table.name, set[in.r.IntN(len(set))]), k.seq)
}

func (in *intruder) remove(rows []keptRow) {
	for _, k := range rows {
		in.do("DELETE FROM "+k.table.name+" WHERE seq = ?", k.seq)
	}
}

func (in *intruder) one() {
	i := in.r.IntN(len(in.rows))
	in.remove(in.rows[i : i+1])
}

func (in *intruder) run() {
	from := in.r.IntN(len(in.rows))
	in.remove(in.rows[from : from+1+in.r.IntN(len(in.rows)-from)])
}

// swap exchanges two records of different lines, with their times.
func (in *intruder) swap() {
	a, b := in.any(), in.any()
	for range 100 {
		if a.line != b.line {
			break
		}
		b = in.any()
	}
	if a.line == b.line {
		in.one()
		return
	}
	in.do("UPDATE "+a.table.name+" SET line = ?, time = ? WHERE seq = ?", b.line, b.at, a.seq)
	in.do("UPDATE "+b.table.name+" SET line = ?, time = ? WHERE seq = ?", a.line, a.at, b.seq)
}

// anew edits a record and makes the hashes of all that follow anew.
func (in *intruder) anew() {
	i := in.r.IntN(len(in.rows))
	if in.rows[i].table.typ != "touch" {
		in.rows[i].line += " "
	} else {
		in.rows[i].line = strings.Replace(in.rows[i].line, "rexec", "login", 1)
	}
	in.rehash(i)
}

// without deletes a record, and closes the gap: places and hashes of all that follow are
// made anew.
func (in *intruder) without() {
	i := in.r.IntN(len(in.rows))
	in.remove(in.rows[i : i+1])
	in.rows = slices.Delete(in.rows, i, i+1)
	for j := i; j < len(in.rows); j++ {
		in.rows[j].place--
	}
	for j := range in.rest {
		in.rest[j].place--
	}
	in.rehash(i)
}

func (in *intruder) rehash(from int) {
	all := append(slices.Clone(in.rows), in.rest...)
	head := chain.Genesis(in.id, in.strand.name)
	switch {
	case from > 0:
		head = chain.Head{Seq: uint64(all[from-1].place), Hash: all[from-1].hash}
	case all[0].place > 1:
		base, err := baseOf(in.t.Context(), in.db, in.strand)
		if err != nil {
			in.t.Fatal(err)
		}
		if base.Seq > 0 { // else the only signature was what he deleted
			head = base
		}
	}
	for _, k := range all[from:] {
		head = head.Next(k.seq, []byte(k.line), moment(k.at))
		in.do("UPDATE "+k.table.name+" SET place = ?, line = ?, hash = ? WHERE seq = ?", int64(head.Seq), k.line, head.Hash[:], k.seq)
	}
}

// sign deletes the oldest records, and signs that off as klaxond does. It says itself
// that no daemon took the announcement, if unsaid.
func (in *intruder) sign(h *history, unsaid bool) {
	through := in.r.IntN(len(in.rows) - 1)
	last := in.rows[through]
	all := append(slices.Clone(in.rows), in.rest...)
	end := all[len(all)-1]
	var number uint64
	for _, tab := range tables {
		var n sql.NullInt64
		if err := in.db.QueryRow("SELECT max(seq) FROM " + tab.name).Scan(&n); err != nil {
			in.t.Fatal(err)
		}
		number = max(number, uint64(n.Int64)+1)
	}
	p := chain.Prune{Time: h.now, Through: uint64(last.place), Hash: last.hash, Why: chain.WhySize, Unsaid: unsaid}
	line := string(p.Line(in.strand.name))
	head := chain.Head{Seq: uint64(end.place), Hash: end.hash}.Next(number, []byte(line), h.now)
	args := []any{number, int64(head.Seq), nanos(h.now), line, head.Hash[:]}
	bytes := ""
	if in.strand.sized {
		e, err := endOf(h.t.Context(), in.db, in.strand, "DESC")
		if err != nil {
			in.t.Fatal(err)
		}
		r := row{table: in.strand.prunes, line: line}
		args, bytes = append(args, e.bytes+int64(r.size())), ",?"
	}
	in.remove(in.rows[:through+1])
	in.do("INSERT INTO "+in.strand.prunes.name+" VALUES (?,?,?,?,?"+bytes+")", args...)
}

// TestForgedHistories: whatever somebody does to the file of a store with any history, up
// to its last anchor, is found. Who signs off what he deleted is found once klaxond went on.
func TestForgedHistories(t *testing.T) {
	each, steps := 2, 40
	if os.Getenv("KLAXON_SOAK") != "" {
		each, steps = 100, 80
	}
	ways := []struct {
		name string
		do   func(*intruder, *history)
		on   bool // klaxond goes on
	}{
		{"a cell", func(in *intruder, _ *history) { in.cell() }, false},
		{"one deleted", func(in *intruder, _ *history) { in.one() }, false},
		{"a run deleted", func(in *intruder, _ *history) { in.run() }, false},
		{"two exchanged", func(in *intruder, _ *history) { in.swap() }, false},
		{"edited, hashes anew", func(in *intruder, _ *history) { in.anew() }, false},
		{"deleted, hashes anew", func(in *intruder, _ *history) { in.without() }, false},
		{"signed off", func(in *intruder, h *history) { in.sign(h, false) }, true},
		{"signed off as unsaid", func(in *intruder, h *history) { in.sign(h, true) }, true},
	}
	accused, doubted := make([]int, len(ways)), make([]int, len(ways))
	for n := range each {
		h := lived(t, uint64(1000+n), steps)
		h.away, h.mute = false, false
		h.emit(60)
		h.tick()
		h.close()
		h.copyFiles("", ".kept")
		was := *h
		for i, way := range ways {
			again := was
			again.copyFiles(".kept", "")
			got := again.forged(way.do, way.on)
			switch {
			case got.OK():
				t.Errorf("%s, seed %d: not found", way.name, 1000+n)
			case got.Whole():
				doubted[i]++
			default:
				accused[i]++
			}
		}
		os.RemoveAll(filepath.Dir(h.opts.Path))
	}
	for i, way := range ways {
		t.Logf("FIGURE: of %d %s: %d accused, %d doubted", each, way.name, accused[i], doubted[i])
	}
}

// forged is what a verification finds once somebody did something to the file.
func (h *history) forged(do func(*intruder, *history), on bool) chain.Report {
	h.t.Helper()
	in := breaksIn(h)
	if in == nil {
		h.t.Fatal("no anchor holds three records")
	}
	do(in, h)
	in.db.Close()
	if on {
		h.goOn()
	}
	return verifyFile(h.t, h.opts.Path, h.lines)
}

// goOn is a klaxond that starts on what is there, forgets nothing and writes anchors.
func (h *history) goOn() {
	h.opts.MaxBytes, h.opts.MaxAge = 0, 0
	h.start()
	h.mute = false
	for range 3 {
		h.emit(50)
		h.tick()
	}
	h.close()
}
