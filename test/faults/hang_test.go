//go:build linux

package faults

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// host is one of the attacker's addresses.
func host(n int) netip.Prefix { return netip.MustParsePrefix(fmt.Sprintf("10.9.0.%d/32", n)) }

// TestHangingOutputs gives klaxond a terminal that stands still and a syslog
// daemon that does not read: both sinks that keep have everything meanwhile, and
// it ends in order for all that.
func TestHangingOutputs(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		h.configure("[output.terminal]\nenabled = true\n")
		h.must(os.WriteFile(h.conf, fmt.Appendf(nil, "sensor = \"house\"\nservices = [\"tcp/%d-%d\"]\nident = \"off\"\nnames = false\n[wire]\ninterfaces = [\"eth0\"]\nmem = \"4M\"\n",
			firstPort, firstPort+3), 0o644))
		log, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log"}) // nobody reads
		h.must(err)
		defer log.Close()
		h.must(os.Chmod("/dev/log", 0o666))
		still, out := fullPipe(t)
		defer still.Close()
		d := h.startWith(out)
		out.Close()
		d.ready()
		for from := 2; from <= 9; from++ {
			h.touches(40, from)
		}
		if !eventually(func() bool { return len(touchesOf(h.stored())) == 320 }) {
			t.Errorf("the store has %d touches of 320", len(touchesOf(h.stored())))
		}
		d.stop()
		inFile, inStore := d.accounted(320)
		if inFile.touches != 320 || inStore.touches != 320 {
			t.Errorf("%d and %d touches kept, of 320", inFile.touches, inStore.touches)
		}
		if n := d.said(`terminal (\d+) alarm records told`)[0]; n != 0 {
			t.Errorf("%d records told to a terminal that stands still", n)
		}
	})
}

func touchesOf(list []record) (touches []record) {
	for _, r := range list {
		if r.Type == "touch" {
			touches = append(touches, r)
		}
	}
	return touches
}

// fullPipe is a pipe that takes nothing more.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := unix.Write(fds[1], make([]byte, 4096)); err == unix.EAGAIN {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.SetNonblock(fds[1], false); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "still"), os.NewFile(uintptr(fds[1]), "full")
}
