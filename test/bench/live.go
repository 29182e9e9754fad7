package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	liveRounds  = 3               // interleaved, of which the median counts
	liveLasting = 3 * time.Second // of a flood
	liveFrom    = "flood0"        // where it is sent
	liveTo      = "flood1"        // where it arrives
)

// receiver is a program that counts what arrives at an interface.
type receiver struct {
	name string
	args []string
}

// live compares the highest rate of a flood of SYNs at which tocsin loses none
// in the kernel with that of a loop that does nothing but count, on a ring of
// the same size without a filter. Between them stands a loop that captures and
// decodes. A network namespace of its own holds the cable.
func live(b *bench) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-live", "compare", b.dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd.Run()
}

// liveInside is what the processes inside the namespace do.
func liveInside(args []string) error {
	switch args[0] {
	case "bare":
		return bareCount(liveTo)
	case "decode":
		return decodeCount(liveTo)
	case "scanlogd":
		return becomeScanlogd(args[1])
	}
	return compareLive(args[1])
}

func compareLive(dir string) error {
	if err := liveCable(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bare := receiver{"bare", []string{self, "-live", "bare"}}
	others := []receiver{
		{"decode", []string{self, "-live", "decode"}},
		{"tocsin", []string{filepath.Join(dir, "tocsin"), "-i", liveTo}},
	}
	f, err := newFlood(liveFrom)
	if err != nil {
		return err
	}
	defer f.close()
	ratios := map[string][]float64{}
	for range liveRounds {
		most, err := highest(f, bare, 0)
		if err != nil {
			return err
		}
		fmt.Printf("  bare   %7.0f/s, %4.0f ns of CPU a packet\n", most.rate, most.cpu)
		for _, r := range others {
			got, err := highest(f, r, most.rate)
			if err != nil {
				return err
			}
			ratios[r.name] = append(ratios[r.name], got.rate/most.rate)
			fmt.Printf("  %s %7.0f/s, %4.0f ns of CPU a packet  ratio %.2f\n", r.name, got.rate, got.cpu, got.rate/most.rate)
		}
	}
	figure("rate without loss, capturing and decoding / bare counter", median(ratios["decode"]), "stated")
	figure("rate without loss, tocsin in a flood / bare counter", median(ratios["tocsin"]), ">= 0.5")
	return compareScanlogd(f, []receiver{bare, others[1]})
}

// liveCable makes two interfaces joined by a cable, on which nobody speaks.
func liveCable() error {
	for _, conf := range []string{"all", "default"} {
		err := os.WriteFile("/proc/sys/net/ipv6/conf/"+conf+"/disable_ipv6", []byte("1"), 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, command := range []string{
		"link add " + liveFrom + " type veth peer name " + liveTo,
		"link set " + liveFrom + " up", "link set " + liveTo + " up",
	} {
		if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w\n%s", command, err, out)
		}
	}
	return nil
}

// outcome is what a receiver made of a flood.
type outcome struct {
	rate float64 // packets a second that were sent
	lost int     // packets, in the kernel
	cpu  float64 // ns of the receiver's CPU for each packet it saw
}

// highest finds the highest rate at which a receiver loses nothing: what it was
// sent at, from a limit (0 for what can be sent at all) down in tenths. An
// outcome of rate 0 is one of losses at all of them.
func highest(f *flood, r receiver, limit float64) (outcome, error) {
	return highestOf(f, func(f *flood, rate float64) (outcome, error) { return flooded(f, r, rate) }, limit)
}

// highestOf is highest for whatever can be flooded.
func highestOf(f *flood, under func(*flood, float64) (outcome, error), limit float64) (outcome, error) {
	for tenth := 10; tenth > 0; tenth-- {
		got, err := under(f, limit*float64(tenth)/10)
		if err != nil || got.lost == 0 {
			return got, err
		}
		if limit == 0 {
			limit = got.rate
		}
	}
	return outcome{}, nil
}

// flooded runs a receiver under a flood of a rate, 0 for all that can be sent.
func flooded(f *flood, r receiver, rate float64) (outcome, error) {
	cmd := exec.Command(r.args[0], r.args[1:]...)
	said, err := cmd.StderrPipe()
	if err != nil {
		return outcome{}, err
	}
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	var all bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(said, &all))
	for lines.Scan() && !strings.Contains(lines.Text(), "listening on") {
	}
	sent, took, err := f.run(rate, liveLasting)
	if err != nil {
		return outcome{}, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	time.Sleep(500 * time.Millisecond) // what is in the ring is read
	cmd.Process.Signal(syscall.SIGINT)
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		return outcome{}, fmt.Errorf("%s: %w\n%s", r.name, err, all.Bytes())
	}
	seen, lost, err := counted(all.String())
	if err == nil && seen+lost != sent {
		err = fmt.Errorf("%d packets were sent, %d seen and %d lost", sent, seen, lost)
	}
	if err != nil {
		return outcome{}, fmt.Errorf("%s: %w\n%s", r.name, err, all.Bytes())
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return outcome{float64(sent) / took.Seconds(), lost, float64(cpu.Nanoseconds()) / float64(max(seen, 1))}, nil
}

var (
	seenPackets = regexp.MustCompile(`([0-9,]+) packets`)
	lostPackets = regexp.MustCompile(`([0-9,]+) lost by the kernel`)
)

// counted reads a closing summary.
func counted(text string) (seen, lost int, err error) {
	for _, c := range []struct {
		words *regexp.Regexp
		n     *int
	}{{seenPackets, &seen}, {lostPackets, &lost}} {
		m := c.words.FindStringSubmatch(text)
		if m == nil {
			return 0, 0, fmt.Errorf("no %q in its summary", c.words)
		}
		if *c.n, err = strconv.Atoi(strings.ReplaceAll(m[1], ",", "")); err != nil {
			return 0, 0, err
		}
	}
	return seen, lost, nil
}
