package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// memory states what klaxond costs with 5,000 (transport, port) pairs armed on
// both families: its resident memory, and what the kernel's sockets add.
func memory(b *bench) error {
	config := filepath.Join(b.dir, "memory.toml")
	text := fmt.Sprintf("services = [\"tcp/20000-22499\", \"udp/20000-22499\"]\n[output.terminal]\nenabled = false\n[output.syslog]\nenabled = false\n[output.json]\npath = %q\n",
		filepath.Join(b.dir, "memory.jsonl"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	before, err := available()
	if err != nil {
		return err
	}
	cmd := b.klaxond(config)
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }()
	// The banner ends when all is armed.
	out := cmd.Stderr.(*bytes.Buffer)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(out.String(), "records go to"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("klaxond does not come up:\n%s", out)
		}
	}
	resident, err := procField(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid), "VmRSS:")
	if err != nil {
		return err
	}
	after, err := available()
	if err != nil {
		return err
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", cmd.Process.Pid))
	if err != nil {
		return err
	}
	fmt.Printf("  %d descriptors; available memory fell by %.1f MiB in all, kernel sockets included\n", len(fds), (before-after)/1024)
	figure("MiB resident with 5,000 pairs armed on both families", resident/1024, "stated")
	return nil
}

// idleFor is how long klaxond is left alone.
const idleFor = 30 * time.Second

// idle states what klaxond takes of a core while nobody comes, with the traps of
// the default and everything on.
func idle(b *bench) error {
	config := filepath.Join(b.dir, "idle.toml")
	if err := os.WriteFile(config, []byte("[output.syslog]\nenabled = false\n"), 0o600); err != nil {
		return err
	}
	cmd := b.klaxond(config)
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }()
	time.Sleep(5 * time.Second) // all is armed
	before, err := spent(cmd.Process.Pid)
	if err != nil {
		return err
	}
	time.Sleep(idleFor)
	after, err := spent(cmd.Process.Pid)
	if err != nil {
		return err
	}
	figure("percent of a core, idle for 30 s", 100*(after-before).Seconds()/idleFor.Seconds(), "<= 1")
	return nil
}

// spent is the CPU time of a process.
func spent(pid int) (time.Duration, error) {
	var all time.Duration
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("no tasks of process %d: %v", pid, err)
	}
	for _, path := range tasks {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		ns, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if err != nil {
			return 0, err
		}
		all += time.Duration(n)
	}
	return all, nil
}

func available() (float64, error) { return procField("/proc/meminfo", "MemAvailable:") }

// procField reads a number of KiB.
func procField(path, name string) (float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == name {
			return strconv.ParseFloat(fields[1], 64)
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}
