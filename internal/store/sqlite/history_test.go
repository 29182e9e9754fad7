package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
	"klaxon/internal/store"
)

// history is what happened to a store, at random, and the log that tells of it.
type history struct {
	t    *testing.T
	r    *rand.Rand
	s    *Store
	opts Options
	now  time.Time
	pid  int
	log  *chain.Log
	away bool // no syslog daemon is there
	mute bool // this klaxond has no output syslog

	lines  []string // of the log
	dying  bool     // the next prune is the end of this klaxond
	died   int      // lines that there were then
	prunes int
}

// lived makes a history of so many steps.
func lived(t *testing.T, seed uint64, steps int) *history {
	h := &history{t: t, r: rand.New(rand.NewPCG(seed, 5)), now: time.Date(2026, 11, 24, 14, 2, 11, 0, time.UTC), pid: 100, died: -1}
	h.opts = Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), UID: -1, GID: -1, Now: func() time.Time { return h.now }, Announce: h.announce}
	h.opts.MaxBytes = []int64{0, 200_000, 300_000}[h.r.IntN(3)]
	h.opts.MaxAge = []time.Duration{time.Hour, 2 * time.Hour}[h.r.IntN(2)]
	h.start()
	for range steps {
		h.step()
	}
	return h
}

func (h *history) step() {
	switch n := h.r.IntN(100); {
	case n < 35:
		h.emit(1 + h.r.IntN(80))
	case n < 60:
		h.tick()
	case n < 75:
		h.now = h.now.Add(time.Duration(h.r.IntN(100)) * time.Minute)
		h.emit(1 + h.r.IntN(5))
		h.prune()
	case n < 80:
		h.stop()
		h.start()
	case n < 86: // kill -9
		h.close()
		h.start()
	case n < 90:
		h.diePruning()
	case n < 93:
		h.failPruning()
	case n < 95: // the clock is ahead for a while
		ahead := time.Duration(60+h.r.IntN(20*60)) * time.Minute
		h.now = h.now.Add(ahead)
		h.prune()
		h.now = h.now.Add(-ahead)
	default:
		h.away = !h.away
	}
}

// start is a klaxond that begins: it writes an anchor before anything else.
func (h *history) start() {
	h.pid++
	h.mute = h.r.IntN(12) == 0
	h.log = chain.NewLog(h.write)
	s, err := Open(h.opts)
	if err != nil {
		h.t.Fatal(err)
	}
	h.s = s
	h.anchor()
}

func (h *history) write(line string) error {
	if h.away {
		return errors.New("nobody listens")
	}
	h.lines = append(h.lines, fmt.Sprintf("Nov 24 14:02:11 gate klaxon[%d]: %s", h.pid, line))
	return nil
}

func (h *history) announce(a chain.Anchor) bool {
	said := !h.mute && h.log.Announce(a)
	if h.dying && h.died < 0 {
		h.died = len(h.lines)
		h.copyFiles("", ".then")
	}
	return said
}

func (h *history) anchor() {
	if !h.mute {
		h.log.Anchor(h.s.Heads)
	}
}

func (h *history) tick() {
	h.now = h.now.Add(10 * time.Second)
	h.anchor()
}

func (h *history) emit(n int) {
	batch := make([]klaxon.Record, n)
	for i := range batch {
		switch h.r.IntN(6) {
		case 0:
			batch[i] = &klaxon.Health{Time: h.now, What: klaxon.HealthDrops, Count: uint64(h.r.IntN(1000)), Detail: strings.Repeat("x", h.r.IntN(400))}
		default:
			touch := sinktest.Touch(uint16(h.r.IntN(60000)))
			touch.Time = h.now
			batch[i] = touch
		}
	}
	if _, err := h.s.Emit(batch); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) prune() {
	p, err := h.s.Prune(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if p.Touches+p.Others > 0 {
		h.prunes++
	}
}

// diePruning is a kill -9 between the announcement of a prune and its commit.
func (h *history) diePruning() {
	h.dying = true
	h.prune()
	h.close()
	if h.died >= 0 {
		h.copyFiles(".then", "")
		h.lines = h.lines[:h.died]
	}
	h.dying, h.died = false, -1
	h.start()
}

// failPruning is a prune whose sync failed, and that is in the file after all.
func (h *history) failPruning() {
	h.s.mu.Lock()
	before := h.s.at
	if _, n, err := h.s.pruneOnce(); err != nil || n == 0 {
		h.s.mu.Unlock()
		return
	}
	h.s.at = before
	h.s.fail(errors.New("a test closes it"))
	h.s.mu.Unlock()
	if h.r.IntN(2) == 0 {
		h.tick()
	}
	h.emit(1)
}

// stop is an orderly end.
func (h *history) stop() {
	h.anchor()
	h.close()
}

func (h *history) close() {
	if err := h.s.Close(); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) copyFiles(from, to string) {
	for _, end := range beside {
		text, err := os.ReadFile(h.opts.Path + from + end)
		if errors.Is(err, os.ErrNotExist) || end == "-shm" {
			os.Remove(h.opts.Path + to + end)
			continue
		}
		if err == nil {
			err = os.WriteFile(h.opts.Path+to+end, text, 0o640)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// onItsWay is what may honestly become of a log: lines are lost singly (of three in
// a row at most one), neighbours change places, it is cut in front and at its end, and its files are joined in a wrong order.
func onItsWay(r *rand.Rand, lines []string) (out []string, how string) {
	if r.IntN(4) == 0 {
		how += " of an older klaxond" // a line of which may not be lost
		out = asOlder(lines)
	} else if r.IntN(2) == 0 {
		how += " lost"
		there := 0 // since the last that was lost
		for _, line := range lines {
			if there >= 2 && r.IntN(4) == 0 {
				there = 0
				continue
			}
			there++
			out = append(out, line)
		}
	} else {
		out = append(out, lines...)
	}
	if r.IntN(2) == 0 {
		how += " exchanged"
		for i := 0; i+1 < len(out); i++ {
			if r.IntN(4) == 0 || r.IntN(2) == 0 && strings.HasSuffix(out[i], " pruned") {
				out[i], out[i+1] = out[i+1], out[i]
				i++
			}
		}
	}
	if r.IntN(2) == 0 && len(out) > 0 {
		how += " cut in front"
		out = out[r.IntN(len(out)):]
	}
	if r.IntN(3) == 0 && len(out) > 0 {
		how += " cut at the end"
		out = out[:1+r.IntN(len(out))]
	}
	switch r.IntN(6) {
	case 0:
		how += " newest file first"
		at, then := r.IntN(len(out)+1), r.IntN(len(out)+1)
		at, then = min(at, then), max(at, then)
		out = append(append(append([]string(nil), out[then:]...), out[at:then]...), out[:at]...)
	case 1:
		how += " newest line first"
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out, how
}

// asOlder is the log of a klaxond that announced a prune once.
func asOlder(lines []string) (out []string) {
	seen := make(map[string]bool)
	for _, line := range lines {
		pruned := strings.HasSuffix(line, " pruned")
		if !seen[line] || !pruned && out[len(out)-1] != line && !strings.HasSuffix(out[len(out)-1], " pruned") {
			out = append(out, line)
		}
		seen[line] = true
	}
	return out
}

// read is the file of a store, read once to be held against many logs.
type read struct {
	id    string
	bases map[*strand]chain.Head
	links map[*strand][]link
}

func readWhole(t *testing.T, path string) *read {
	t.Helper()
	r := OpenReader(path)
	defer r.Close()
	f := &read{links: make(map[*strand][]link)}
	_, bases, known, err := r.begin(t.Context())
	if err != nil || !known {
		t.Fatal(known, err)
	}
	f.bases = bases
	err = r.view(t.Context(), func(tx *sql.Tx) error {
		if err := tx.QueryRow("SELECT value FROM meta WHERE key = 'store'").Scan(&f.id); err != nil {
			return err
		}
		for _, st := range strands {
			rows, err := tx.Query(st.chained(true), -1, 1<<40)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				l, err := scanChained(rows)
				if err != nil {
					return err
				}
				f.links[st] = append(f.links[st], l)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// verify is that of a reader, without a look at the columns beside the lines.
func (f *read) verify(t *testing.T, log []string) chain.Report {
	t.Helper()
	v := chain.NewVerifier(f.id)
	if err := chain.ReadAnchors(strings.NewReader(strings.Join(log, "\n")), v.Anchor); err != nil {
		t.Fatal(err)
	}
	for _, st := range strands {
		w := v.Chain(st.name)
		w.Begin(f.bases[st])
		for _, l := range f.links[st] {
			w.Record(uint64(l.number), uint64(l.place), l.line, l.hash, moment(l.at), l.typ == store.TypePrune)
		}
	}
	return v.Finish()
}

// TestHonestHistories: whatever happens to an honest store and to its log, it is not
// accused. It may be doubted.
func TestHonestHistories(t *testing.T) {
	seeds, steps, ways := uint64(8), 40, 200
	if os.Getenv("KLAXON_SOAK") != "" {
		seeds, steps, ways = 300, 100, 500
	}
	var well, prunes, whole int
	for seed := range seeds {
		h := lived(t, seed, steps)
		h.close()
		prunes += h.prunes
		got := verifyFile(t, h.opts.Path, h.lines)
		if !got.Whole() {
			t.Fatalf("seed %d: an honest store is accused: %+v\n%s", seed, got.Faults, strings.Join(h.lines, "\n"))
		}
		if got.OK() {
			whole++
		}
		file := readWhole(t, h.opts.Path)
		for range ways {
			log, how := onItsWay(h.r, h.lines)
			got := file.verify(t, log)
			if !got.Whole() {
				t.Fatalf("seed %d, log%s: an honest store is accused: %+v\n%s", seed, how, got.Faults, strings.Join(log, "\n"))
			}
			if got.OK() {
				well++
			}
		}
		os.RemoveAll(filepath.Dir(h.opts.Path))
	}
	if all := int(seeds) * ways; prunes == 0 || whole == 0 || well == 0 || well == all {
		t.Errorf("%d prunes, %d well with whole logs, %d of %d after their way: nothing was tested", prunes, whole, well, all)
	}
	t.Logf("FIGURE: %d honest histories with %d calls of Prune that forgot something: none accused; with their whole logs %d well, with %d of those after their way %d",
		seeds, prunes, whole, int(seeds)*ways, well)
}
