//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
)

// stored reads all records of the store.
func (h *house) stored() []record {
	h.t.Helper()
	r := sqlite.OpenReader(h.store())
	defer r.Close()
	var text []byte
	for cursor := uint64(0); ; {
		page, err := r.Query(h.t.Context(), store.Filter{OldestFirst: true, Cursor: cursor, Limit: store.LimitMax})
		h.must(err)
		for _, x := range page.Records {
			text = append(append(text, x.Line...), '\n')
		}
		if cursor = page.Next; cursor == 0 {
			break
		}
	}
	list, broken := records(h.t, text)
	if broken > 0 {
		h.t.Fatalf("%d records of the store are no JSON", broken)
	}
	return list
}

// accounted holds what a klaxond that has ended kept, in both sinks, against the
// touches that were made, and what it said itself.
func (d *daemon) accounted(made int) (inFile, inStore tally) {
	h := d.h
	h.t.Helper()
	lines, broken := records(h.t, read(h.json()))
	inFile, inStore = sum(lines), sum(h.stored())
	if broken > 0 {
		h.t.Errorf("%d lines of the JSON file are none", broken)
	}
	if dropped := inFile.drops["traps"]; dropped > 0 { // in a flood of datagrams
		if n := d.said(`klaxond: (\d+) datagrams were dropped by the kernel`)[0]; n != dropped {
			h.t.Errorf("%d datagrams were dropped, and %d told", n, dropped)
		}
		made -= dropped
	}
	if n := d.said(`klaxond: (\d+) touches taken`)[0]; n != made {
		h.t.Errorf("%d touches were taken, %d made", n, made)
	}
	alarms := d.said(`taken back, in (\d+) records`)[0]
	for name, s := range map[string]tally{"json": inFile, "store": inStore} {
		said := d.said(name + ` +(\d+) touches and (\d+) alarm records told, (\d+) held back, (\d+) lost`)
		if said[0] != s.touches || said[1] != s.alarms || said[2] != s.held || said[3] != s.drops[name] {
			h.t.Errorf("%s has %d touches and %d alarm records and tells of %d held back and %d lost; klaxond said %d",
				name, s.touches, s.alarms, s.held, s.drops[name], said)
		}
		if got, want := s.touches+s.alarms+s.held+s.drops[name], made+alarms; got != want {
			h.t.Errorf("%s: %d touches and %d alarm records kept, %d held back, %d lost, together %d of %d",
				name, s.touches, s.alarms, s.held, s.drops[name], got, want)
		}
	}
	return inFile, inStore
}

// told wants a statement in both sinks.
func told(t *testing.T, what string, sinks ...tally) {
	t.Helper()
	for _, s := range sinks {
		if s.what[what] == 0 {
			t.Errorf("no health record %s: %v", what, s.what)
		}
	}
}

// TestFullDisk fills the disk of JSON file and store below a klaxond: alarms are
// told, what does not fit in the queues is counted exactly, and all goes on when
// there is room.
func TestFullDisk(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		h.must(syscall.Mount("tmpfs", h.disk, "tmpfs", 0, "size=96m,mode=777"))
		d := h.run()
		made := 20
		h.touches(20, 2)
		d.waitOut(`10\.9\.0\.2 touched`)
		ballast := filepath.Join(h.disk, "ballast")
		h.fill(ballast)
		made += 8
		h.touches(8, 0)
		d.waitOut(`output json cannot be written`)
		d.waitOut(`output store cannot be written`)
		d.waitOut(`10\.9\.0\.9 touched`)
		h.datagrams(19_000) // more than a queue holds
		made += 19_000 + 1 + 8
		h.touches(1, 4)
		time.Sleep(100 * time.Millisecond)
		h.datagrams(8) // the kernel tells what it dropped with the next one
		h.must(os.Remove(ballast))
		d.waitOut(`output json.*writing again|on the way to json.*writing again`)
		d.waitOut(`output store.*writing again|on the way to store.*writing again`)
		made++
		h.touches(1, 5)
		d.stop()
		inFile, inStore := d.accounted(made)
		told(t, "disk/json", inFile, inStore)
		told(t, "disk/store", inFile, inStore)
		told(t, "drops/json", inFile, inStore)
		told(t, "drops/store", inFile, inStore)
		if inFile.drops["json"] < 100 || inStore.drops["store"] < 100 {
			t.Errorf("%d and %d records were lost: the queues held them all", inFile.drops["json"], inStore.drops["store"])
		}
		if inFile.drops["store"] != inStore.drops["store"] || inFile.drops["json"] != inStore.drops["json"] {
			t.Errorf("one output tells %v, the other %v", inFile.drops, inStore.drops)
		}
	})
}

// fill takes what is left of the disk.
func (h *house) fill(path string) {
	h.t.Helper()
	f, err := os.Create(path)
	h.must(err)
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		err = nil
	}
}

// TestDiskErrors lets every write to JSON file and store fail, as on a disk that
// became read only, and every fsync alone.
func TestDiskErrors(t *testing.T) {
	for _, c := range []struct {
		name, what, words string
		json              bool
	}{
		{"read only", "write,writev,pwrite64,ftruncate:error=EROFS", "(read-only file system|input/output error)", true},
		{"failed fsync", "fsync,fdatasync:error=EIO", "input/output error", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inside(t, func(t *testing.T, h *house) {
				d := h.run()
				h.touches(4, 2)
				d.waitOut(`10\.9\.0\.2 touched`)
				f := d.inject(c.what, h.json(), h.store(), h.store()+"-wal")
				h.touches(4, 3)
				d.waitOut(`10\.9\.0\.3 touched`)
				d.waitOut(`output store cannot be written.*` + c.words)
				if c.json {
					d.waitOut(`output json cannot be written.*` + c.words)
				}
				h.touches(4, 4)
				d.waitOut(`10\.9\.0\.4 touched`)
				f.over()
				d.waitOut(`output store.*writing again`)
				if c.json {
					d.waitOut(`output json.*writing again`)
				}
				h.touches(4, 5)
				d.stop()
				inFile, inStore := d.accounted(16)
				if inFile.touches != 16 || inStore.touches != 16 {
					t.Errorf("%d and %d touches kept, of 16", inFile.touches, inStore.touches)
				}
				told(t, "disk/store", inFile, inStore)
				if c.json {
					told(t, "disk/json", inFile, inStore)
				}
			})
		})
	}
}

// TestReadOnlyStart starts klaxond on a disk that is read only, as a machine does
// that came up after a crash: its traps ring, and when the disk is writable again
// it keeps what still waits.
func TestReadOnlyStart(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		h.must(syscall.Mount("tmpfs", h.disk, "tmpfs", syscall.MS_RDONLY, "size=32m,mode=777"))
		d := h.start()
		d.waitErr(`try, in another terminal`)
		h.touches(4, 2)
		d.waitOut(`10\.9\.0\.2 touched`)
		d.waitOut(`output json cannot be written.*read-only file system`)
		d.waitOut(`output store cannot be written.*read-only file system`)
		h.must(syscall.Mount("", h.disk, "", syscall.MS_REMOUNT, "size=32m,mode=777"))
		d.waitOut(`output store.*writing again`)
		d.waitOut(`output json.*writing again`)
		d.stop()
		inFile, inStore := d.accounted(4)
		told(t, "disk/json", inFile, inStore)
		told(t, "disk/store", inFile, inStore)
		if inFile.touches != 4 || inStore.touches != 4 {
			t.Errorf("%d and %d touches kept, of 4", inFile.touches, inStore.touches)
		}
	})
}

// TestSlowDisk lets every fsync take a minute: alarms are told and the JSON file
// has them, while the store has not even the first of them.
func TestSlowDisk(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		d := h.run()
		h.touches(4, 2)
		reader := sqlite.OpenReader(h.store())
		defer reader.Close()
		has := func(from int) bool {
			page, err := reader.Query(t.Context(), store.Filter{Types: []store.Type{store.TypeTouch}, Source: host(from)})
			return err == nil && len(page.Records) > 0
		}
		if !eventually(func() bool { return has(2) }) {
			t.Fatal("the store does not keep touches")
		}
		f := d.inject("fsync,fdatasync:delay_enter=60000000")
		for from := 3; from <= 9; from++ {
			h.touches(4, from)
			d.waitOut(fmt.Sprintf(`10\.9\.0\.%d touched`, from))
			d.wait(h.json(), fmt.Sprintf(`"type":"alarm".*"src":{"ip":"10.9.0.%d"`, from))
			if has(from) {
				t.Errorf("the store has a touch of .%d: its fsync does not hang", from)
			}
		}
		f.over()
		d.stop()
		inFile, inStore := d.accounted(32)
		if inFile.touches != 32 || inStore.touches != 32 {
			t.Errorf("%d and %d touches kept, of 32", inFile.touches, inStore.touches)
		}
	})
}
