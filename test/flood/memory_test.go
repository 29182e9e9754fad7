package flood

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMemoryUnderFlood gives tocsin a capture of 100,000 sources, and one of a
// million, ten million with KLAXON_SOAK: it must not have more than 5 % more
// resident, and must say how many sources it forgot.
func TestMemoryUnderFlood(t *testing.T) {
	many := 1_000_000
	if os.Getenv("KLAXON_SOAK") != "" {
		many = 10_000_000
	}
	tocsin := filepath.Join(t.TempDir(), "tocsin")
	build := exec.Command("go", "build", "-o", tocsin, "klaxon/cmd/tocsin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build tocsin: %v\n%s", err, out)
	}
	few, _ := memoryOf(t, tocsin, 100_000)
	most, summary := memoryOf(t, tocsin, many)
	t.Logf("FIGURE: resident at most: %d KiB with 100,000 forged sources, %d KiB with %d (%+.1f %%)", few, most, many, 100*float64(most-few)/float64(few))
	if float64(most) > 1.05*float64(few) {
		t.Errorf("%d KiB resident at most with %d sources, %d KiB with 100,000: more than 5 %% more", most, many, few)
	}
	seen := regexp.MustCompile(`(?m)^tocsin: ([0-9,]+) sources remembered, ([0-9,]+) forgotten for lack of room`).FindStringSubmatch(summary)
	if seen == nil {
		t.Fatalf("the summary does not tell how many sources were forgotten:\n%s", summary)
	}
	t.Log(seen[0])
	if number(seen[1]) < many*99/100 || number(seen[2]) < many*9/10 {
		t.Errorf("of %d sources: %s", many, seen[0])
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	return n
}

// memoryOf returns the most that tocsin has resident, in KiB, while it reads a
// capture of so many sources, and what it says at the end.
func memoryOf(t *testing.T, tocsin string, sources int) (peak int, summary string) {
	t.Helper()
	cmd := exec.Command(tocsin, "-r", "-", "-seed", "3")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err = writeFlood(in, sources)
	peak = highWater(cmd.Process.Pid) // all but what is in the pipe was read
	if err = errors.Join(err, in.Close(), cmd.Wait()); err != nil {
		t.Fatalf("tocsin -r -: %v\n%s", err, &errs)
	}
	if peak == 0 {
		t.Fatal("the system does not tell what tocsin has resident")
	}
	return peak, errs.String()
}

// highWater is the most that a process had resident so far, in KiB.
func highWater(pid int) (kib int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscan(value, &kib)
		}
	}
	return kib
}

// writeFlood writes a capture of SYNs, each from another source, to the hosts of
// a network in turn, so that no host is flooded and every source is remembered
// for a while.
func writeFlood(w io.Writer, sources int) error {
	out := bufio.NewWriterSize(w, 1<<16)
	head := make([]byte, 24) // pcap, Ethernet
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(head[4:], 2)
	binary.LittleEndian.PutUint16(head[6:], 4)
	binary.LittleEndian.PutUint32(head[16:], 65535)
	binary.LittleEndian.PutUint32(head[20:], 1)
	if _, err := out.Write(head); err != nil {
		return err
	}
	const size = 14 + 20 + 40
	record := make([]byte, 16+size)
	binary.LittleEndian.PutUint32(record[8:], size)
	binary.LittleEndian.PutUint32(record[12:], size)
	frame := record[16:]
	copy(frame, inside[:])
	copy(frame[6:], gateway[:])
	copy(frame[12:], []byte{8, 0, 0x45, 0, 0, size - 14, 0, 0, 0x40, 0, 50, 6})
	copy(frame[34:], []byte{0x80, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 2, 0xfa, 0xf0, 0, 0, 0, 0})
	copy(frame[54:], []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7})
	for n := range sources {
		at := 1_700_000_000_000_000 + 720*n // µs
		binary.LittleEndian.PutUint32(record, uint32(at/1e6))
		binary.LittleEndian.PutUint32(record[4:], uint32(at%1e6))
		from := nth(uint32(n), 3)
		copy(frame[26:30], from[:4])
		copy(frame[30:34], []byte{10, 0, byte(n >> 8 & 3), byte(n)})
		binary.BigEndian.PutUint32(frame[38:], uint32(n)*2654435761)
		if _, err := out.Write(record); err != nil {
			return err
		}
	}
	return out.Flush()
}
