//go:build linux

package faults

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"io"
	"os"
	"testing"

	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
)

// keptFile is the JSON file as it was at the last kill. It is read as it grows:
// to read all of it at every kill takes longer than everything else.
type keptFile struct {
	path  string
	size  int64
	sum   hash.Hash // of that many bytes
	rest  []byte    // those behind the last end of a line
	boots map[string]bool
	fresh map[string][]record // by run, what compare has not seen yet
	torn  int                 // lines that are no JSON
}

func newKeptFile(path string) *keptFile {
	return &keptFile{path: path, sum: sha256.New(), boots: map[string]bool{}, fresh: map[string][]record{}}
}

// from is what the file has behind its first size bytes.
func (f *keptFile) from(t *testing.T) []byte {
	t.Helper()
	file, err := os.Open(f.path)
	if os.IsNotExist(err) && f.size == 0 {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(f.size, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// grow takes what a klaxond that is dead now has added.
func (f *keptFile) grow(t *testing.T) {
	t.Helper()
	more := f.from(t)
	f.size += int64(len(more))
	f.sum.Write(more)
	text := append(f.rest, more...)
	end := bytes.LastIndexByte(text, '\n') + 1
	f.rest = bytes.Clone(text[end:])
	list, torn := records(t, text[:end])
	f.torn += torn
	for _, r := range list {
		f.boots[r.Boot] = true
		f.fresh[r.Boot] = append(f.fresh[r.Boot], r)
	}
}

// unchanged holds the whole file against what was read of it as it grew.
func (f *keptFile) unchanged(t *testing.T) {
	t.Helper()
	file, err := os.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	now := sha256.New()
	if n, err := io.CopyN(now, file, f.size); err != nil {
		t.Fatalf("the JSON file has %d bytes of %d: %v", n, f.size, err)
	}
	if !bytes.Equal(now.Sum(nil), f.sum.Sum(nil)) {
		t.Fatal("lines of the JSON file were changed")
	}
}

// running waits for a line of the klaxond that runs now, and returns its run.
func (f *keptFile) running(t *testing.T) (boot string) {
	t.Helper()
	if !eventually(func() bool {
		list, _ := records(t, f.from(t))
		for _, r := range list {
			if !f.boots[r.Boot] {
				boot = r.Boot
			}
		}
		return boot != ""
	}) {
		t.Fatal("the JSON file has no line of the klaxond that runs now")
	}
	return boot
}

// compare holds what those before left against what was seen of it.
func (k *killing) compare(reader *sqlite.Reader) {
	t := k.h.t
	t.Helper()
	if head := headOf(reader); head < k.seen {
		t.Fatalf("the store ends at %d, and was seen to end at %d", head, k.seen)
	}
	for boot, list := range k.file.fresh {
		numbered(t, "file", boot, list)
		k.touches += sum(list).touches
	}
	// A touch may ring whose maker did not live to count it.
	if k.touches > k.made+3*k.runs {
		t.Fatalf("%d touches were recorded, %d were made", k.touches, k.made)
	}
	for boot, list := range boots(k.since(reader, k.file.running(t))) {
		numbered(t, "store", boot, list)
		for i, r := range k.file.fresh[boot] {
			if i < len(list) && (list[i].ID != r.ID || list[i].Type != r.Type) {
				t.Fatalf("record %d of run %s is %+v in the file and %+v in the store", i+1, boot, r, list[i])
			}
		}
		k.stored += sum(list).touches
	}
	clear(k.file.fresh)
}

// numbered wants the records of a run from the first one on, without a hole.
func numbered(t *testing.T, where, boot string, list []record) {
	t.Helper()
	for i, r := range list {
		if r.Seq != uint64(i+1) {
			t.Fatalf("record %d of run %s has the number %d in the %s", i+1, boot, r.Seq, where)
		}
	}
}

// since reads what the store has since the last time, but for the run of now.
func (k *killing) since(reader *sqlite.Reader, running string) (list []record) {
	t := k.h.t
	t.Helper()
	for cursor := k.read; ; {
		page, err := reader.Query(t.Context(), store.Filter{OldestFirst: true, Cursor: cursor, Limit: store.LimitMax})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			one, broken := records(t, append(r.Line, '\n'))
			if broken > 0 {
				t.Fatalf("record %d of the store is no JSON: %s", r.Seq, r.Line)
			}
			if one[0].Boot != running {
				list = append(list, one[0])
				k.read = r.Seq
			}
		}
		if cursor = page.Next; cursor == 0 {
			return list
		}
	}
}

// boots sorts records by the run they are of.
func boots(list []record) map[string][]record {
	by := map[string][]record{}
	for _, r := range list {
		by[r.Boot] = append(by[r.Boot], r)
	}
	return by
}
