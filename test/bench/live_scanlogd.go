package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/test/debs"
)

// Scanlogd, as Debian builds it, reads a raw socket: it sees what the machine's
// own IP accepts, and nothing else. So for it and for those that it is compared
// with, the flood is addressed to the machine. It tells no numbers; the kernel
// does.

// compareScanlogd compares the highest rate without loss of scanlogd with that of
// tocsin and of the bare counter, on a machine that all of the flood is for.
func compareScanlogd(f *flood, readers []receiver) error {
	program, err := debs.Find("scanlogd")
	if err != nil {
		fmt.Printf("  scanlogd: %v\n", err)
		return nil
	}
	if os.Geteuid() != 0 || !manyUsers() {
		fmt.Println("  scanlogd: needs root, to become its own user")
		return nil
	}
	if err := ownFlood(); err != nil {
		return err
	}
	scanlogd := func(f *flood, rate float64) (outcome, error) { return scanlogdFlooded(f, program, rate) }
	ratios := map[string][]float64{}
	for range liveRounds {
		most, err := highestOf(f, scanlogd, 0)
		if err != nil {
			return err
		}
		fmt.Printf("  scanlogd %7.0f/s without loss, %4.0f ns of CPU a packet\n", most.rate, most.cpu)
		for _, r := range readers {
			same, err := flooded(f, r, most.rate)
			if err != nil {
				return err
			}
			top, err := highest(f, r, 0)
			if err != nil {
				return err
			}
			fmt.Printf("  %-8s %7.0f/s without loss, %4.0f ns of CPU a packet; at scanlogd's rate %d lost, %4.0f ns\n", r.name, top.rate, top.cpu, same.lost, same.cpu)
			ratios[r.name] = append(ratios[r.name], top.rate/most.rate)
			ratios[r.name+" cpu"] = append(ratios[r.name+" cpu"], same.cpu/most.cpu)
		}
	}
	for _, r := range readers {
		figure("rate without loss, "+r.name+" / scanlogd", median(ratios[r.name]), "stated")
		figure("CPU of its own a packet at equal rate, "+r.name+" / scanlogd", median(ratios[r.name+" cpu"]), "stated")
	}
	return nil
}

// manyUsers tells whether there are users to become: in a user namespace of one
// there are none.
func manyUsers() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(b))
	if err != nil || len(fields) != 3 {
		return false
	}
	n, err := strconv.Atoi(fields[2])
	return err == nil && n >= 65536
}

// ownFlood makes the flood one at this machine's own addresses.
func ownFlood() error {
	for _, key := range []string{"all/rp_filter=0", liveTo + "/rp_filter=0"} {
		path, value, _ := strings.Cut(key, "=")
		if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+path, []byte(value), 0); err != nil {
			return err
		}
	}
	for _, command := range []string{
		"link set lo up", "link set " + liveTo + " address 02:00:00:00:00:01", "addr add 10.255.0.1/32 dev " + liveTo,
		"route add local 10.0.0.0/24 dev " + liveTo, "route add default dev " + liveTo,
	} {
		if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w\n%s", command, err, out)
		}
	}
	// What it forks is ours to wait for, with the CPU it took.
	return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// scanlogdFlooded runs scanlogd under a flood.
func scanlogdFlooded(f *flood, program string, rate float64) (outcome, error) {
	self, err := os.Executable()
	if err != nil {
		return outcome{}, err
	}
	cmd := exec.Command(self, "-live", "scanlogd", program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		return outcome{}, fmt.Errorf("scanlogd: %w\n%s", err, out)
	}
	pid, err := daemonOf("scanlogd")
	if err != nil {
		return outcome{}, err
	}
	before, err := delivered()
	if err != nil {
		return outcome{}, err
	}
	sent, took, err := f.run(rate, liveLasting)
	if err != nil {
		return outcome{}, err
	}
	time.Sleep(500 * time.Millisecond) // what is in its socket is read
	after, err := delivered()
	if err != nil {
		return outcome{}, err
	}
	lost, err := rawDrops()
	if err != nil {
		return outcome{}, err
	}
	used, err := end(pid)
	if err != nil {
		return outcome{}, err
	}
	seen := after - before - lost
	// Some of the forged sources are ones that no machine takes packets from.
	lost += max(0, sent*99/100-(after-before)) // dropped before IP, in the queue of the interface
	return outcome{float64(sent) / took.Seconds(), lost, float64(used.Nanoseconds()) / float64(max(seen, 1))}, nil
}

// daemonOf finds the process of a name that was left to us.
func daemonOf(name string) (int, error) {
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return 0, err
	}
	for _, task := range tasks {
		list, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for pid := range strings.FieldsSeq(string(list)) {
			comm, err := os.ReadFile("/proc/" + pid + "/comm")
			if err == nil && strings.TrimSpace(string(comm)) == name {
				return strconv.Atoi(pid)
			}
		}
	}
	return 0, fmt.Errorf("%s does not run", name)
}

// end ends a process and tells what CPU it took.
func end(pid int) (time.Duration, error) {
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		return 0, err
	}
	var used unix.Rusage
	if _, err := unix.Wait4(pid, nil, 0, &used); err != nil {
		return 0, err
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}

// delivered is how many packets IP has passed on to this machine's protocols.
func delivered() (int, error) {
	text, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		return 0, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "Ip:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "InDelivers" {
				return strconv.Atoi(fields[i])
			}
		}
	}
	return 0, errors.New("/proc/net/snmp does not tell what IP delivered")
}

// rawDrops is how many packets the raw sockets of this network had no room for.
func rawDrops() (sum int, err error) {
	text, err := os.ReadFile("/proc/net/raw")
	if err != nil {
		return 0, err
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if n, err := strconv.Atoi(fields[len(fields)-1]); err == nil {
			sum += n
			rows++
		}
	}
	if rows != 1 {
		return 0, fmt.Errorf("%d raw sockets, want that of scanlogd", rows)
	}
	return sum, nil
}

// becomeScanlogd gives it the user and the empty directory that it wants, in a
// mount namespace of its own, and becomes it.
func becomeScanlogd(program string) error {
	users, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return err
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount on /mnt: %w", err)
	}
	if err := os.WriteFile("/mnt/passwd", append(users, "\nscanlogd:x:65533:65533::/:/bin/false\n"...), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll("/mnt/scanlogd/empty", 0o755); err != nil {
		return err
	}
	if err := unix.Mount("/mnt/passwd", "/etc/passwd", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount on /etc/passwd: %w", err)
	}
	if err := unix.Mount("/mnt", "/run", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount on /run: %w", err)
	}
	return unix.Exec(program, []string{"scanlogd"}, os.Environ())
}
