//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// fault is something that system calls of a running klaxond meet.
type fault struct {
	d   *daemon
	cmd *exec.Cmd
}

// inject lets calls on files, or on all when none are named, meet a fault, as
// strace(1) describes it with -e inject.
func (d *daemon) inject(what string, files ...string) *fault {
	t := d.h.t
	t.Helper()
	strace, err := debs.Find("strace")
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	calls, _, _ := strings.Cut(what, ":")
	args := []string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=" + what, "-p", fmt.Sprint(d.pid())}
	for _, f := range files {
		args = append(args, "-P", f)
	}
	f := &fault{d: d, cmd: exec.Command(strace, args...)}
	f.cmd.Stderr = os.Stderr
	d.h.must(f.cmd.Start())
	if !eventually(f.on) {
		t.Fatal("strace does not attach")
	}
	return f
}

// on tells whether every thread is traced.
func (f *fault) on() bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", f.d.pid()))
	for _, task := range tasks {
		if text := string(read(task)); text != "" && strings.Contains(text, "TracerPid:\t0\n") {
			return false
		}
	}
	return len(tasks) > 0
}

// over ends the fault. The kernel lets go of what strace held.
func (f *fault) over() {
	f.cmd.Process.Signal(syscall.SIGKILL)
	_ = f.cmd.Wait() // it was killed, which is an error
}
