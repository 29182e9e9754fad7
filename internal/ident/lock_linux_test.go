package ident

import (
	"net/netip"
	"testing"
)

func TestLockWithinOneProcess(t *testing.T) {
	unlock, ok := Lock(netip.MustParseAddr("192.0.2.78"))
	if !ok {
		t.Fatal("the first did not get the lock")
	}
	defer unlock()
	if _, ok := Lock(netip.MustParseAddr("::ffff:192.0.2.78")); ok {
		t.Error("two hold the lock of one peer")
	}
	if other, ok := Lock(netip.MustParseAddr("192.0.2.79")); ok {
		other()
	} else {
		t.Error("the lock of another peer was held too")
	}
}

// TestLockOfAnImpossibleName: a zone longer than a socket address holds.
func TestLockOfAnImpossibleName(t *testing.T) {
	zone := string(make([]byte, 200))
	if _, ok := Lock(netip.MustParseAddr("fe80::1").WithZone(zone)); ok {
		t.Error("a name that cannot be bound was locked")
	}
}
