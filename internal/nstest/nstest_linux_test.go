package nstest

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	machine := os.Getenv("MACHINE_NETNS")
	if !Inside(t) {
		machine, _ = os.Readlink("/proc/self/ns/net")
		os.Setenv("MACHINE_NETNS", machine)
	}
	Run(t, func(t *testing.T, n *Net) {
		if os.Getpid() != 1 {
			t.Errorf("the test has pid %d, want a PID namespace", os.Getpid())
		}
		t.Run("cable", func(t *testing.T) { reach(t, n) })
		t.Run("files", privateFiles)
		t.Run("attacker", func(t *testing.T) { differ(t, n, machine) })
	})
}

// reach: every address of the target can be reached from the attacker, at once.
func reach(t *testing.T, n *Net) {
	for _, addr := range []string{Target4, Target6, "10.9.0.10", "fd00:9::a", "fe80::1%eth0"} {
		at := net.JoinHostPort(addr, "1")
		ln, err := net.Listen("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		err = n.Attacker(func() error {
			conn, err := net.Dial("tcp", at)
			if err == nil {
				conn.Close()
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func privateFiles(t *testing.T) {
	for _, path := range []string{"/etc/inetd.conf", "/etc/services", "/run/x", "/dev/log"} {
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"/dev/null", "/dev/ptmx"} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Error(err)
			continue
		}
		f.Close()
	}
	if procs, _ := filepath.Glob("/proc/[0-9]*"); len(procs) != 1 {
		t.Errorf("processes %v, want this one alone", procs)
	}
}

// differ: the two hosts are in two namespaces, and neither is the machine's.
func differ(t *testing.T, n *Net, machine string) {
	target, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // each time on another thread
		err := n.Attacker(func() error {
			attacker, err := os.Readlink("/proc/thread-self/ns/net")
			if attacker == target {
				t.Errorf("the attacker is in the target's namespace, %s", target)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if after, _ := os.Readlink("/proc/self/ns/net"); after != target {
		t.Errorf("the target moved from %s to %s", target, after)
	}
	if target == machine {
		t.Error("the target is in the namespace of the machine")
	}
}

func TestHostIsUntouched(t *testing.T) {
	before, _ := os.ReadFile("/etc/services")
	Run(t, func(t *testing.T, _ *Net) {
		if err := os.WriteFile("/etc/services", []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkdir("/run/klaxon-nstest", 0o755); err != nil {
			t.Fatal(err)
		}
	})
	if Inside(t) {
		return
	}
	after, _ := os.ReadFile("/etc/services")
	if string(before) != string(after) {
		t.Error("/etc/services of the host has changed")
	}
	if _, err := os.Stat("/run/klaxon-nstest"); err == nil {
		t.Error("/run of the host has changed")
	}
}

func TestNeedRoot(t *testing.T) {
	NeedRoot(t)
	if err := os.Chown(t.TempDir(), 1234, 1234); err != nil {
		t.Errorf("NeedRoot let a process pass that cannot: %v", err)
	}
}

func TestSkipReason(t *testing.T) {
	for _, tt := range []struct{ out, want string }{
		{"=== RUN   T\n    a_test.go:3: SKIPPED: needs root\n--- SKIP: T (0.00s)\nPASS\n", "needs root"},
		{"--- SKIP: T (0.00s)\nPASS\n", "no reason given"},
		{"    a_test.go:3: SKIPPED: this one, but not all\n--- PASS: T (0.00s)\n", ""},
	} {
		if got := skipReason(tt.out); got != tt.want {
			t.Errorf("skipReason(%q) = %q, want %q", tt.out, got, tt.want)
		}
	}
}

func TestPattern(t *testing.T) {
	if got, want := pattern("TestA/b.c"), `^TestA$/^b\.c$`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
