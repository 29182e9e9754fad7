package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"time"

	"klaxon/test/debs"
)

const wireRuns = 7 // interleaved, of which the best of each side counts

// wireRead compares the wall time of the whole tocsin with that of tcpdump on
// the same capture, which is in memory by then.
func wireRead(b *bench) error {
	tcpdump, err := findTcpdump()
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	path, err := b.capture(captureMixed)
	if err != nil {
		return err
	}
	var ours, theirs []float64
	for range wireRuns {
		t, err := wall(exec.Command(filepath.Join(b.dir, "tocsin"), "-r", path))
		if err != nil {
			return err
		}
		ours = append(ours, t)
		// As root it becomes another user, unless it is told which.
		if t, err = wall(exec.Command(tcpdump, "-Z", me.Username, "-r", path, "-w", "/dev/null")); err != nil {
			return err
		}
		theirs = append(theirs, t)
	}
	mine, reference := slices.Min(ours), slices.Min(theirs)
	fmt.Printf("  tocsin %.3f s, %.0f packets a second  tcpdump %.3f s, best of %d\n", mine, capturePackets/mine, reference, wireRuns)
	figure("wall time of tocsin -r / of tcpdump -r -w /dev/null", mine/reference, "<= 3, aim 2")
	return nil
}

func findTcpdump() (string, error) {
	path, err := debs.Find("tcpdump")
	if err != nil {
		path, err = exec.LookPath("tcpdump")
	}
	return path, err
}

// wall runs a program to its end and returns how long that took, in s.
func wall(cmd *exec.Cmd) (float64, error) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	cmd.Stdout = null
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", cmd, err, &errs)
	}
	return time.Since(begin).Seconds(), nil
}
