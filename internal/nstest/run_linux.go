package nstest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// insideEnv holds, in the process that runs inside, the name of its test.
const insideEnv = "KLAXON_NSTEST"

// Run runs body in fresh network, mount, PID and IPC namespaces. For that it
// starts the test binary again, for this test alone: what the test function
// does before Run happens twice. The test may have called t.Parallel.
func Run(t *testing.T, body func(t *testing.T, n *Net)) {
	t.Helper()
	if !Inside(t) {
		runChild(t)
		return
	}
	n, err := enter()
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, exec.ErrNotFound), errors.Is(err, errors.ErrUnsupported):
		Skip(t, "needs namespaces: "+err.Error())
	case err != nil:
		t.Fatal(err)
	}
	body(t, n)
}

// Inside tells whether this process is the one that runs t's body.
func Inside(t *testing.T) bool { return os.Getenv(insideEnv) == t.Name() }

func runChild(t *testing.T) {
	t.Helper()
	// Pdeathsig is bound to the thread that starts the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := command(t)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		Skip(t, fmt.Sprintf("needs root or user namespaces: %v", err))
	case err != nil:
		t.Errorf("inside the namespaces: %v\n%s", err, out)
	case skipReason(string(out)) != "":
		Skip(t, skipReason(string(out)))
	default:
		t.Logf("%s", out)
	}
}

func command(t *testing.T) *exec.Cmd {
	args := []string{"-test.run", pattern(t.Name()), "-test.v", "-test.count=1"}
	if deadline, ok := t.Deadline(); ok {
		// A little earlier than our own, so that its stacks are still told.
		args = append(args, "-test.timeout", max(time.Until(deadline)*9/10, time.Second).String())
	}
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), insideEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// pattern makes the argument of -test.run that selects one test.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// skipReason finds the reason in the output of a test that was skipped.
func skipReason(out string) string {
	if !strings.Contains(out, "--- SKIP: ") {
		return ""
	}
	_, after, ok := strings.Cut(out, SkipPrefix)
	if !ok {
		return "no reason given"
	}
	reason, _, _ := strings.Cut(after, "\n")
	return reason
}

// NeedRoot skips t unless this process may become other users: the root of a
// user namespace, as Run makes them for others, may not.
func NeedRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		Skip(t, "needs root")
	}
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	var inside, outside, size uint64
	if _, err := fmt.Sscan(string(ids), &inside, &outside, &size); err != nil || size < 65536 {
		Skip(t, "needs root: this user namespace has a single user")
	}
}
