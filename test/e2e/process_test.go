//go:build linux

package e2e

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

func (s *session) need(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "need PROGRAM ...")
	for _, name := range args {
		var missing *debs.MissingError
		if _, err := debs.Find(name); errors.As(err, &missing) {
			nstest.Skip(s.t, missing.Error())
		} else {
			ts.Check(err)
		}
	}
}

func (s *session) attacker(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "attacker COMMAND ...")
	ts.Check(ts.Exec("nsenter", append([]string{"--net=" + nstest.AttackerNS}, args...)...))
}

func (s *session) signal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "signal NAME PROGRAM")
	sig := unix.SignalNum("SIG" + args[0])
	pids := processes(func(name string) bool { return name == args[1] })
	if sig == 0 || len(pids) == 0 {
		ts.Fatalf("no signal %s, or no process %s", args[0], args[1])
	}
	for _, pid := range pids {
		ts.Check(unix.Kill(pid, sig))
		if sig == unix.SIGSTOP && !eventually(func() bool { return stat(pid).state == "T" }) {
			ts.Fatalf("%s does not stop", args[1])
		}
	}
}

// idle waits until no trap runs: then all that it had to say is said.
func idle(ts *testscript.TestScript) {
	isTrap := func(name string) bool { return name == "klaxon" || name == "klaxon.ident" }
	if !eventually(func() bool { return len(processes(isTrap)) == 0 }) {
		ts.Fatalf("a klaxon is still running after %v", patience)
	}
}

// processes returns the live processes with such a name, as the kernel has it.
func processes(match func(name string) bool) (pids []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if st := stat(pid); st.state != "Z" && match(st.name) {
			pids = append(pids, pid)
		}
	}
	return pids
}

type process struct{ name, state string }

// stat reads the second and third field of /proc/PID/stat; both are "" for a
// process that is gone.
func stat(pid int) process {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(text), "(")
	end := strings.LastIndex(after, ")")
	if end < 0 || len(after) < end+3 {
		return process{}
	}
	return process{name: after[:end], state: after[end+2 : end+3]}
}

func (s *session) ready(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "ready tcp/512 udp/69 ...")
	for _, arg := range args {
		transport, port, ok := strings.Cut(arg, "/")
		n, err := strconv.Atoi(port)
		if !ok || err != nil {
			ts.Fatalf("no such service: %s", arg)
		}
		if !eventually(func() bool { return slices.Contains(listening(transport), n) }) {
			ts.Fatalf("nobody listens on %s", arg)
		}
	}
}

// listening returns the ports of a transport, tcp or udp and either with a 6,
// that the target waits on. Without a 6 both families count.
func listening(transport string) (ports []int) {
	families := []string{transport}
	if !strings.HasSuffix(transport, "6") {
		families = append(families, transport+"6")
	}
	for _, family := range families {
		for _, line := range fileLines("/proc/net/" + family) {
			// sl local_address rem_address st ...
			fields := strings.Fields(line)
			unconnected := fields[3] == "0A" || strings.HasPrefix(family, "udp") && fields[3] == "07"
			if _, port, ok := strings.Cut(fields[1], ":"); ok && unconnected {
				b, _ := hex.DecodeString(port)
				ports = append(ports, int(b[0])<<8|int(b[1]))
			}
		}
	}
	return ports
}
