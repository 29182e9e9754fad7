package owed

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"klaxon"
)

func open(t *testing.T, path string) *List {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// numbered is an entry that is told by its number.
func numbered(n uint64) Entry { return Entry{Kind(1 + n%3), BootOf("b"), n, int64(n) * 1e9} }

// struck stands for what was struck.
const struck = 1 << 62

func numbers(list []Entry) (out []uint64) {
	for i, e := range list {
		if e.Kind == Struck {
			e.Seq = struck
		} else if e != numbered(e.Seq) {
			return append(out, 1<<63+uint64(i))
		}
		out = append(out, e.Seq)
	}
	return out
}

// TestAgainstAModel does what outputs do, at random, and kills the process at any
// moment: what was flushed and is not done is owed afterwards, in order; what is
// done is not.
func TestAgainstAModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "p.owed")
	l := open(t, path)
	var owed []uint64 // what the list should hold
	next, safe := uint64(1), uint64(0)
	for step := range 4_000 {
		switch rng.IntN(8) {
		case 0, 1, 2:
			for range rng.IntN(40) {
				if !l.Add(numbered(next)) {
					t.Fatalf("step %d: no room", step)
				}
				owed, next = append(owed, next), next+1
			}
		case 3, 4:
			n := rng.IntN(len(owed) + 1)
			must(t, l.Done(n))
			owed = owed[n:]
		case 5:
			must(t, l.Flush())
			safe = next - 1
		case 6:
			if rng.IntN(20) > 0 {
				break
			}
			l = open(t, path) // the old one is left as kill -9 leaves it
			owed = slices.DeleteFunc(slices.Clone(owed), func(n uint64) bool { return n&^struck > safe })
		case 7:
			at := rng.IntN(len(owed) + 1)
			n := min(rng.IntN(20), len(owed)-at)
			must(t, l.Strike(at, n))
			for i := range owed[at : at+n] {
				owed[at+i] |= struck
			}
		}
		n, skip := rng.IntN(50), min(rng.IntN(10), len(owed))
		list, err := l.Next(skip, n)
		must(t, err)
		got := numbers(list)
		var want []uint64
		for _, n := range owed[skip:] {
			if n&struck != 0 {
				n = struck
			}
			want = append(want, n)
		}
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) || l.Len() != len(owed) || len(got) == 0 && n > 0 && len(want) > 0 {
			t.Fatalf("step %d: %d owed, want %d; the first are %v, want %v", step, l.Len(), len(owed), got, want[:min(len(want), n)])
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 8<<20 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}

// TestNothingWrittenInTime: of a peer that is faster than the store the file never
// hears.
func TestNothingWrittenInTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.owed")
	l := open(t, path)
	for n := range uint64(1000) {
		l.Add(numbered(n + 1))
		must(t, l.Done(1))
		must(t, l.Flush())
	}
	if info, err := os.Stat(path); err != nil || info.Size() != size {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}

// TestCompaction: a peer that never quite catches up does not make the file grow.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.owed")
	l := open(t, path)
	next := uint64(1)
	for range 300 {
		for range 1000 {
			l.Add(numbered(next))
			next++
		}
		must(t, l.Flush())
		must(t, l.Done(min(1000, l.Len()-100)))
	}
	info, err := os.Stat(path)
	if must(t, err); info.Size() > (2*compactFrom+3000)*size {
		t.Errorf("the file has %d bytes", info.Size())
	}
	l = open(t, path)
	list, err := l.Next(0, 1)
	if must(t, err); l.Len() != 100 || list[0].Seq != next-100 {
		t.Errorf("%d are owed, from %+v", l.Len(), list)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// TestFull: what finds no room is refused, and there is room again when some is
// done.
func TestFull(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "p.owed"))
	n := uint64(0)
	for l.Add(numbered(n + 1)) {
		if n++; n > freshMax {
			break
		}
	}
	if n != freshMax {
		t.Fatalf("%d fit before anything is written", n)
	}
	for must(t, l.Flush()); l.Add(numbered(n + 1)); n++ {
		if n%freshMax == freshMax-1 {
			must(t, l.Flush())
		}
	}
	if n != Max {
		t.Errorf("%d fit, want %d", n, Max)
	}
	must(t, l.Flush())
	must(t, l.Done(1))
	if !l.Add(numbered(n + 1)) {
		t.Error("there is no room for one")
	}
}

// TestDamage: a file that was torn or changed at any byte opens, and names only
// records that were written, in order; one byte costs one at most; what is added
// then is kept.
func TestDamage(t *testing.T) {
	path, whole := twenty(t)
	check := func(what string, at int, data []byte, atLeast int) {
		must(t, os.WriteFile(path, data, 0o600))
		l := open(t, path)
		list, err := l.Next(0, 100)
		must(t, err)
		got := numbers(list)
		for i, n := range got {
			if n < 1 || n > 20 || i > 0 && n <= got[i-1] {
				t.Fatalf("%s at %d: it names %v", what, at, got)
			}
		}
		if len(got) < atLeast {
			t.Fatalf("%s at %d: %d are left, of %d before it", what, at, len(got), atLeast)
		}
		l.Add(numbered(21))
		must(t, l.Close())
		l = open(t, path)
		if l.Len() != len(got)+1 {
			t.Fatalf("%s at %d: then %d of %d are kept", what, at, l.Len(), len(got)+1)
		}
		l.Close()
	}
	for at := 0; at < len(whole); at += 1 + at/size/4*5 {
		before := 0
		if at >= size {
			before = max(at/size-1-5, 0)
		}
		check("cut", at, whole[:at], before)
		changed := bytes.Clone(whole)
		changed[at] ^= 0x10
		check("changed", at, changed, 14)
	}
}

func TestEntryOf(t *testing.T) {
	at := time.Unix(5, 7)
	for i, r := range []klaxon.Record{&klaxon.Touch{Boot: "b", Seq: 9, Time: at}, &klaxon.Alarm{Boot: "b", Seq: 9, Time: at}, &klaxon.Health{Boot: "b", Seq: 9, Time: at}} {
		e := EntryOf(r)
		if e != (Entry{Kind(i + 1), BootOf("b"), 9, 5e9 + 7}) || !e.When().Equal(at) {
			t.Errorf("%T is %+v", r, e)
		}
	}
	if BootOf("5f3c000000000001") == BootOf("5f3c000000000002") {
		t.Error("two runs have one name")
	}
}

// FuzzOpen: whatever is in the file, it opens, and holds no more than that.
func FuzzOpen(f *testing.F) {
	head := appendHead(nil, 1)
	one, two := numbered(1), numbered(2)
	f.Add(two.append(one.append(head)))
	f.Add(appendHead(nil, 1<<63))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "p.owed")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, path)
		list, err := l.Next(0, 1<<20)
		if err != nil || len(list) != l.Len() || len(list)*size > len(data) {
			t.Fatalf("%d of %d, %v", len(list), l.Len(), err)
		}
		touches, alarms, health, err := l.Kinds()
		if int(touches+alarms+health) != len(list) || err != nil {
			t.Fatalf("%d, %d, %d of %d, %v", touches, alarms, health, len(list), err)
		}
	})
}
