package evasion

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"klaxon"
)

var update = flag.Bool("update", false, "with KLAXON_SOAK=1: write docs/evasion.md and what it is made of anew")

const (
	seed       = 1
	longPlays  = 560 // of each family
	shortPlays = 12
	document   = "../../docs/evasion.md"
	recorded   = "testdata/best.json"
)

// TestEvasion searches for scans that nobody sees. The long form writes the
// document, or holds it to what it finds; the short one does a beginning of the
// same search, and plays some of the best again.
func TestEvasion(t *testing.T) {
	if os.Getenv("KLAXON_SOAK") != "" {
		long(t)
		return
	}
	r := load(t)
	if want := r.document(); want != read(t, document) {
		t.Errorf("%s is not made of %s: see its head", document, recorded)
	}
	short(t, r.Seed, klaxon.Established, r.Best)
	short(t, r.Seed, klaxon.Suspect, r.Unseen)
}

// short holds a part of what was found to what is found now.
func short(t *testing.T, seed uint64, floor klaxon.Confidence, best []found) {
	list, n := searchAll(shortPlays, seed, floor)
	t.Logf("%d strategies, down to %s", n, floor)
	for i := range list {
		if list[i].rate() > best[i].rate() {
			t.Errorf("%s, down to %s: %d ports a day by %q, and the document knows of %d: if that is meant, write it anew (see its head)",
				families[i].name, floor, list[i].rate(), list[i].Strategy.words(), best[i].rate())
		}
	}
	for i := range best {
		if i%3 == 0 {
			best[i].replay(t, seed, floor)
		}
	}
}

// replay holds a row of the document to what happens now.
func (f *found) replay(t *testing.T, seed uint64, floor klaxon.Confidence) {
	t.Helper()
	if f.Result.Learned == 0 {
		return
	}
	if got := play(f.Strategy, seed, floor); got != f.Result {
		t.Errorf("%s: %+v, the document has %+v", f.Strategy.words(), got, f.Result)
	}
	s := f.Strategy
	s.Ports++
	if got := play(s, seed, floor); f.Stopped != "" && got.unseen(&s) {
		t.Errorf("%s: %d ports are unseen, too", s.words(), s.Ports)
	}
}

func long(t *testing.T) {
	r := record{Seed: seed, Plays: longPlays}
	var more int
	r.Best, r.Strategies = searchAll(longPlays, seed, klaxon.Established)
	r.Unseen, more = searchAll(longPlays, seed, klaxon.Suspect)
	r.Strategies += more
	if r.Strategies < 10_000 {
		t.Errorf("only %d strategies", r.Strategies)
	}
	b, err := json.MarshalIndent(&r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := r.document()
	if *update {
		write(t, recorded, append(b, '\n'))
		write(t, document, []byte(text))
		return
	}
	if text != read(t, document) || string(b)+"\n" != read(t, recorded) {
		t.Errorf("the search finds something else than %s has: write it anew (see its head), and look at what changed", document)
	}
}

func load(t *testing.T) (r record) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, recorded)), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Best) != len(families) || len(r.Unseen) != len(families) {
		t.Fatalf("%s has %d families, there are %d: write it anew (see the head of %s)", recorded, len(r.Best), len(families), document)
	}
	return r
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
