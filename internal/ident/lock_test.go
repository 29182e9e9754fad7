package ident

import (
	"net/netip"
	"os"
	"os/exec"
	"testing"
)

func TestLock(t *testing.T) {
	peer := netip.MustParseAddr("192.0.2.77")
	unlock, ok := Lock(peer)
	if !ok {
		t.Fatal("the first did not get the lock")
	}
	if heldElsewhere(t) {
		t.Error("two processes hold the lock of one peer")
	}
	unlock()
	if !heldElsewhere(t) {
		t.Error("the lock outlived its holder")
	}
	again, ok := Lock(peer)
	if !ok {
		t.Fatal("the lock outlived the process that held it")
	}
	again()
}

// heldElsewhere reports whether another process gets the lock.
func heldElsewhere(t *testing.T) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), "KLAXON_TEST_LOCK=::ffff:192.0.2.77")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	return string(out[:3]) == "yes"
}

// TestLockChild is the other process of TestLock: it takes the lock and ends
// without giving it back.
func TestLockChild(t *testing.T) {
	peer := os.Getenv("KLAXON_TEST_LOCK")
	if peer == "" {
		return
	}
	if _, ok := Lock(netip.MustParseAddr(peer)); ok {
		os.Stdout.WriteString("yes")
	} else {
		os.Stdout.WriteString("no ")
	}
	os.Exit(0)
}
