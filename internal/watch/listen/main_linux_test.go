package listen

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The test binary starts itself again as a client process or inside a network
// namespace; these say so.
const (
	envClient    = "KLAXON_LISTEN_TEST_CLIENT"
	envNamespace = "KLAXON_LISTEN_TEST_NAMESPACE"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(envClient); order != "" {
		if err := obey(order); err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// inNamespace runs the calling test again, alone, in a network namespace of its
// own with loopback up. It returns true inside; outside it has passed on the
// verdict and the caller returns.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(envNamespace) == t.Name() {
		ip(t, "link set lo up")
		return true
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the command ip (package iproute2) is not installed")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), envNamespace+"="+t.Name(), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no network namespace can be made here: %v", err)
	}
	err := cmd.Wait()
	switch {
	case err != nil:
		t.Fatalf("in a namespace: %v\n%s", err, out.String())
	case strings.Contains(out.String(), "--- SKIP"):
		t.Skipf("in a namespace:\n%s", out.String())
	}
	t.Log(out.String())
	return false
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", args, err, out)
	}
}

// veth makes an Ethernet pair e0-e1 in this namespace, both up. e1 is the wire
// alone: it has no addresses, so that nothing is received twice.
func veth(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1").CombinedOutput(); err != nil {
		t.Skipf("the kernel has no veth: %v %s", err, out)
	}
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/e1/disable_ipv6", []byte("1"), 0); err != nil {
		t.Skipf("IPv6 cannot be switched off on one interface: %v", err)
	}
	ip(t, "link set e0 up")
	ip(t, "link set e1 up")
}
