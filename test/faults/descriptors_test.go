//go:build linux

package faults

import (
	"fmt"
	"os/exec"
	"testing"

	"klaxon/internal/nstest"
)

// TestFewDescriptors gives klaxond 128 descriptors for more traps than that: what
// could not be armed is told in the records, and the others ring.
func TestFewDescriptors(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		prlimit, err := exec.LookPath("prlimit")
		if err != nil {
			nstest.Skip(t, "no prlimit here (apt-get install util-linux)")
		}
		h.services = fmt.Sprintf(`"tcp/%d-%d"`, firstPort, firstPort+399)
		h.configure("")
		h.under = []string{prlimit, "--nofile=128"}
		d := h.run()
		h.touches(400, 0)
		for from := 2; from <= 9; from++ {
			d.waitOut(fmt.Sprintf(`10\.9\.0\.%d touched`, from))
		}
		d.waitOut(`trap: \d+ traps not armed: descriptors ran out`)
		d.stop()
		inFile, inStore := d.accounted(400)
		if inFile.touches != 400 || inStore.touches != 400 {
			t.Errorf("%d and %d touches kept, of 400", inFile.touches, inStore.touches)
		}
		told(t, "trap", inFile, inStore)
	})
}
