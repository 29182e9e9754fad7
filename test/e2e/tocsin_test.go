//go:build linux

package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/render/rendertest"
	pcapng "klaxon/internal/watch/capture"
)

// scanfile writes a pcapng file with the probes of a raw half-open scan of
// 10.0.0.1, a millisecond apart, and nothing else.
func scanfile(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "scanfile FILE PORTS")
	ports, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	w, err := pcapng.NewWriter(f, []pcapng.Interface{{Name: "eth7", Link: decode.LinkRaw}}, "")
	ts.Check(err)
	for i := range ports {
		data := probe("192.0.2.7", "10.0.0.1", uint16(1000+i))
		at := int64(1_700_000_000_000_000_000 + i*1_000_000)
		ts.Check(w.WriteFrame(pcapng.Frame{Time: at, Length: len(data), Data: data}))
	}
	ts.Check(w.Close())
}

// probe is an IPv4 packet with a SYN whose sequence number is always the same.
func probe(from, to string, port uint16) []byte {
	b := make([]byte, 40)
	b[0], b[3], b[8], b[9] = 0x45, 40, 64, 6
	copy(b[12:], netip.MustParseAddr(from).AsSlice())
	copy(b[16:], netip.MustParseAddr(to).AsSlice())
	binary.BigEndian.PutUint16(b[20:], 40000)
	binary.BigEndian.PutUint16(b[22:], port)
	b[27], b[32], b[33], b[34] = 77, 0x50, 0x02, 4
	return b
}

// valid holds each line of a file against its schema.
func (s *session) valid(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "valid FILE")
	n := 0
	for line := range bytes.Lines([]byte(ts.ReadFile(args[0]))) {
		rendertest.Validate(s.t, line)
		n++
	}
	if n == 0 {
		ts.Fatalf("%s has no lines", args[0])
	}
}

// unprivileged checks that a program has no capability, cannot gain any, and is
// not root.
func unprivileged(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "unprivileged PROGRAM")
	pids := processes(func(name string) bool { return name == args[0] })
	if len(pids) != 1 {
		ts.Fatalf("%d processes %s", len(pids), args[0])
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pids[0]))
	if err != nil || len(threads) < 2 {
		ts.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		ts.Check(err)
		for _, want := range []string{
			`CapInh:\t0+`, `CapPrm:\t0+`, `CapEff:\t0+`, `CapAmb:\t0+`, `NoNewPrivs:\t1`, `Uid:\t([1-9]\d*)\t\d+\t([1-9]\d*)\t([1-9]\d*)`,
		} {
			if !regexp.MustCompile(`(?m)^` + want + `$`).Match(text) {
				ts.Fatalf("no line %s in %s:\n%s", want, path, text)
			}
		}
	}
}

// waitgone waits until no process of that name is left.
func waitgone(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "waitgone PROGRAM")
	if !eventually(func() bool { return len(processes(func(name string) bool { return name == args[0] })) == 0 }) {
		ts.Fatalf("%s is still running after %v", args[0], patience)
	}
}

// nobody runs a command as user nobody, with CAP_NET_RAW or with nothing. It
// sets no stdout of the script: the command's output goes to two files.
func nobody(ts *testscript.TestScript, neg bool, args []string) {
	const form = "nobody [-raw] OUT ERR COMMAND ..."
	if len(args) < 3 {
		ts.Fatalf("usage: %s", form)
	}
	// It ends with the namespace. Pdeathsig would end it with the thread that starts it,
	// which the runtime ends when it likes.
	attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if args[0] == "-raw" {
		attr.AmbientCaps, args = []uintptr{unix.CAP_NET_RAW}, args[1:]
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer errs.Close()
	cmd := exec.Command(args[2], args[3:]...)
	cmd.SysProcAttr, cmd.Stdout, cmd.Stderr, cmd.Dir = attr, out, errs, "/"
	ts.Check(cmd.Start())
	if neg {
		if err := cmd.Wait(); err == nil {
			ts.Fatalf("%s succeeded", strings.Join(args[2:], " "))
		}
		return
	}
	go cmd.Wait()
}
