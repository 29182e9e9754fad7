//go:build linux

package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon/internal/nstest"
)

// clockFile says by how many seconds the clock of a klaxond built by
// buildWithClock is off.
const clockFile = "/run/house/clock"

// TestClockAYearOff sets the clock below a running klaxond a year ahead, and then
// a year behind what it was: traps ring, it is told, and nothing is forgotten. A
// test must not set the machine's clock, and libfaketime reaches no program
// without a libc: what the kernel lends klaxond to read the clock by is changed.
func TestClockAYearOff(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		d, set := h.runWithClock()
		h.yearOff(d, set)
	})
}

// TestClockAYearOffAnywhere does the same by a klaxond that is built with a
// package time that adds what a file says, on any machine.
func TestClockAYearOffAnywhere(t *testing.T) {
	if os.Getenv("KLAXON_SOAK") == "" {
		nstest.Skip(t, "KLAXON_SOAK is not set: a clock that any machine can set takes building all of klaxond anew")
	}
	if os.Getenv(binEnv) == "" {
		t.Setenv(binEnv, buildWithClock(t))
	}
	inside(t, func(t *testing.T, h *house) {
		h.setClock(0)
		h.yearOff(h.run(), h.setClock)
	})
}

// yearOff sets the clock of a klaxond.
func (h *house) yearOff(d *daemon, set func(time.Duration)) {
	t := h.t
	t.Helper()
	const year = 365 * 24 * time.Hour
	h.touches(4, 2)
	d.waitOut(`10\.9\.0\.2 touched`)
	set(year)
	d.waitOut(`clock: .*set forward by 87`)
	h.touches(4, 3)
	d.waitOut(`10\.9\.0\.3 touched`)
	set(-year)
	d.waitOut(`clock: .*set back by 175`)
	h.touches(4, 4)
	d.waitOut(`10\.9\.0\.4 touched`)
	set(0)
	d.waitOut(`(?s)clock: .*set forward by 87.*set forward by 87`)
	d.stop()
	inFile, inStore := d.accounted(12)
	if inFile.touches != 12 || inStore.touches != 12 {
		t.Errorf("%d and %d touches kept, of 12", inFile.touches, inStore.touches)
	}
	if inFile.what["clock"] != 3 || inStore.what["clock"] != 3 {
		t.Errorf("the clock was set 3 times, and that was told %d and %d times", inFile.what["clock"], inStore.what["clock"])
	}
	opened := 0
	for _, r := range h.stored() {
		if r.Type == "alarm" && r.Event == "open" {
			opened++
		}
	}
	if opened != 3 {
		t.Errorf("%d alarms for 3 sources", opened)
	}
}

// setClock has klaxond's clock be off by that much.
func (h *house) setClock(off time.Duration) {
	h.t.Helper()
	next := clockFile + ".next"
	h.must(os.WriteFile(next, fmt.Appendf(nil, "%d\n", int(off.Seconds())), 0o644))
	h.must(os.Rename(next, clockFile))
}

// buildWithClock builds klaxond with the other package time.
func buildWithClock(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text := string(read(source))
	const call = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(text, call) != 1 {
		t.Fatalf("%s has no %q any more: find another way to set its clock", source, call)
	}
	text = strings.Replace(text, call, call+"\tsec += injected.Load()\n", 1)
	text = strings.Replace(text, "import (\n", "import (\n\t\"sync/atomic\"\n", 1)
	text += fmt.Sprintf(`
var injected atomic.Int64

func init() { go inject() }

func inject() {
	for ; ; Sleep(10 * Millisecond) {
		fd, err := open(%q)
		if err != nil {
			continue
		}
		var b [32]byte
		n, _ := read(fd, b[:])
		closefd(fd)
		var off, sign int64 = 0, 1
		for _, c := range b[:max(n, 0)] {
			switch {
			case c == '-':
				sign = -1
			case c >= '0' && c <= '9':
				off = 10*off + int64(c-'0')
			}
		}
		injected.Store(sign * off)
	}
}
`, clockFile)
	dir := t.TempDir()
	other, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(other, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: other}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		t.Fatal(err)
	}
	return build(t, "-overlay", overlay)
}
