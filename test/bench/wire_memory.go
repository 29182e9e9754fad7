package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"klaxon/internal/track"
)

// wireMemory states the most memory that tocsin has resident while it reads a
// capture: what its tables are given and a fixed amount, whoever sends what.
func wireMemory(b *bench) error {
	for _, k := range []captureKind{captureMixed, captureFlood, captureHeaders} {
		path, err := b.capture(k)
		if err != nil {
			return err
		}
		peak, err := peakOf(filepath.Join(b.dir, "tocsin"), "-r", path)
		if err != nil {
			return err
		}
		most := track.DefaultMemory>>20 + 64
		figure("MiB resident at most, tocsin -r of the capture "+k.name, peak/1024, fmt.Sprintf("<= %d", most))
	}
	return nil
}

// peakOf runs a program and returns the most it had resident, in KiB. A process
// begins with the peak of the one that started it, so a fresh and small one
// starts it.
func peakOf(command ...string) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(self, append([]string{"-peak"}, command...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", cmd, err, &errs)
	}
	return strconv.ParseFloat(strings.TrimSpace(out.String()), 64)
}

// printPeak is peakOf in that process.
func printPeak(command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	if _, err := wall(cmd); err != nil {
		return err
	}
	fmt.Println(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	return nil
}
