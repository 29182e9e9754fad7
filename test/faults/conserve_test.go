//go:build linux

package faults

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/nstest"
	"klaxon/internal/synth"
	"klaxon/internal/watch/packet"
)

// TestConservation follows everything through one klaxond: packets that another
// eye counts on the same interface, connections and datagrams that were made, the
// touches and alarms that both record sinks have, and the lines that people read.
func TestConservation(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		h.quiet()
		eye, err := packet.Open(packet.Config{Interfaces: []string{"eth0"}})
		h.must(err)
		defer eye.Close()
		d := h.run()
		const connections, datagrams, probes = 2000, 2000, 3000
		h.touches(connections, 0)
		h.datagrams(datagrams)
		h.probes(probes)
		// A machine that is busy elsewhere may let the kernel drop datagrams.
		dropped := 0
		if !eventually(func() bool {
			var waiting int
			waiting, dropped = atTrap(t)
			return waiting == 0 && sum(h.stored()).touches == connections+datagrams-dropped
		}) {
			t.Errorf("the store has %d touches, and the kernel dropped %d", len(touchesOf(h.stored())), dropped)
		}
		d.stop()
		inFile, inStore := d.accounted(connections + datagrams)
		if inFile.drops["traps"] != dropped || inStore.drops["traps"] != dropped {
			t.Errorf("%d and %d datagrams told that the kernel dropped, it says %d", inFile.drops["traps"], inStore.drops["traps"], dropped)
		}
		came := datagrams - dropped
		if n := d.said(`: (\d+) connections, (\d+) datagrams, (\d+) handed over`); n[0] != connections || n[1] != came || n[2] != 0 {
			t.Errorf("%d were taken", n)
		}
		if inFile.touches != connections+came || inFile.touches != inStore.touches || inFile.alarms != inStore.alarms {
			t.Errorf("%d and %d touches, %d and %d alarm records", inFile.touches, inStore.touches, inFile.alarms, inStore.alarms)
		}
		counted := looked(t, eye)
		if n := d.said(`(\d+) packets looked at, (\d+) lost by the kernel`); n[0]+n[1] != counted || counted < probes+5*connections {
			t.Errorf("%d packets looked at or lost, and another eye counted %d", n, counted)
		}
		n := d.said(`terminal (\d+) alarm records told, (\d+) for the records alone, (\d+) held back, (\d+) lost`)
		if n[0]+n[1]+n[2]+n[3] != inFile.alarms {
			t.Errorf("of %d alarm records people were told %d", inFile.alarms, n)
		}
		out := read(d.out)
		if lines := len(alarmLine.FindAll(out, -1)); lines != n[0] || lines == 0 {
			t.Errorf("%d alarm records told in %d lines:\n%s", n[0], lines, tail(out))
		}
		said := 0
		for _, m := range heldLine.FindAllSubmatch(out, -1) {
			var k int
			fmt.Sscan(string(m[1]), &k)
			said += k
		}
		if said < n[2] {
			t.Errorf("%d alarm records were held back, and people told of %d:\n%s", n[2], said, tail(out))
		}
		t.Logf("FIGURE: %d packets, %d touches, %d alarm records: all accounted for, %d lines to people", counted, inFile.touches, inFile.alarms, n[0])
	})
}

// atTrap asks the kernel how many bytes wait at the trap over UDP, and how many
// datagrams it dropped there.
func atTrap(t *testing.T) (waiting, dropped int) {
	t.Helper()
	for _, path := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		for line := range strings.Lines(string(read(path))) {
			f := strings.Fields(line)
			if len(f) < 13 || !strings.HasSuffix(f[1], fmt.Sprintf(":%04X", firstPort)) {
				continue
			}
			var sending, queue, lost int
			if n, _ := fmt.Sscanf(f[4]+" "+f[12], "%x:%x %d", &sending, &queue, &lost); n != 3 {
				t.Fatalf("%s has the line %q", path, line)
			}
			waiting, dropped = waiting+queue, dropped+lost
		}
	}
	return waiting, dropped
}

// quiet keeps both hosts from saying anything of their own accord, as IPv6 does:
// the two eyes are not opened at one moment.
func (h *house) quiet() {
	h.t.Helper()
	still := func() error {
		return os.WriteFile("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", []byte("1"), 0)
	}
	h.must(still())
	h.must(h.net.Attacker(still))
}

// The lines of a terminal: an alarm begins with a source, a statement does not.
var (
	alarmLine = regexp.MustCompile(`(?m)^\S+  (10\.9\.0\.\d+|\d+ sources|many) `)
	heldLine  = regexp.MustCompile(`(?m)^\S+  (\d+) more records? held back`)
)

// looked counts what klaxond would look at.
func looked(t *testing.T, c *packet.Capture) (n int) {
	t.Helper()
	var p decode.Packet
	for {
		f, err := c.Next(200 * time.Millisecond)
		if errors.Is(err, packet.ErrIdle) {
			return n + int(c.Drops(0))
		}
		if err != nil {
			t.Fatal(err)
		}
		if (decode.Decoder{}).Decode(f.Link, f.Data, f.Length, &p) == decode.Decoded {
			n++
		}
	}
}

// probes sends SYNs to closed ports from forged addresses.
func (h *house) probes(n int) {
	h.t.Helper()
	const flagSYN = 2
	us := netip.MustParseAddr(nstest.Target4)
	h.must(h.net.Attacker(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for i := range n {
			from := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
			// The kernel fills in length and sum of the header (raw(7)).
			b := make([]byte, 20, 64)
			b[0], b[8], b[9] = 0x45, 64, unix.IPPROTO_TCP
			copy(b[12:], from.AsSlice())
			copy(b[16:], us.AsSlice())
			b = synth.Segment{SrcPort: 40000, DstPort: uint16(1 + i%20), Seq: uint32(i), Flags: flagSYN, Window: 1024}.Append(b, from, us)
			if err := unix.Sendto(fd, b, 0, &unix.SockaddrInet4{Addr: [4]byte{10, 9, 0, 1}}); err != nil {
				return err
			}
			if i%64 == 63 {
				time.Sleep(time.Millisecond)
			}
		}
		return nil
	}))
}
