package owed

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDamagedEntries: what is behind a damaged entry is owed still, and how many are
// damaged of those that were owed is known, once.
func TestDamagedEntries(t *testing.T) {
	path, whole := twenty(t)
	for _, c := range []struct {
		what        string
		change      []int // bytes
		cut         int
		first, left int
		lost        uint64
	}{
		{"nothing", nil, 0, 6, 15, 0},
		{"the head", []int{9}, 0, 1, 20, 0},
		{"the head and an entry", []int{9, 41}, 0, 2, 19, 1},
		{"one that was done", []int{41}, 0, 6, 15, 0},
		{"the first that is owed", []int{6*size + 9}, 0, 7, 14, 1},
		{"two, not in a row", []int{8*size + 4, 11*size + 31}, 0, 6, 13, 2},
		{"the last, torn", nil, 20*size + 4, 6, 14, 1},
	} {
		data := bytes.Clone(whole)
		for _, at := range c.change {
			data[at] ^= 0x10
		}
		if c.cut > 0 {
			data = data[:c.cut]
		}
		must(t, os.WriteFile(path, data, 0o600))
		l := open(t, path)
		list, err := l.Next(0, 100)
		if must(t, err); len(list) != c.left || list[0].Seq != uint64(c.first) || l.Damaged() != c.lost {
			t.Errorf("%s: %d are owed, from %v, and %d lost", c.what, len(list), numbers(list), l.Damaged())
		}
		must(t, l.Close())
		if l = open(t, path); l.Len() != c.left || l.Damaged() != 0 {
			t.Errorf("%s: then %d are owed and %d lost", c.what, l.Len(), l.Damaged())
		}
		l.Close()
	}
}

// twenty is a list of as many, of which five are done, and what its file holds.
func twenty(t *testing.T) (path string, whole []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "p.owed")
	l := open(t, path)
	for n := range uint64(20) {
		l.Add(numbered(n + 1))
	}
	must(t, l.Flush())
	must(t, l.Done(5))
	whole, err := os.ReadFile(path)
	must(t, err)
	return path, whole
}
