package listen

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// ports makes n TCP traps that end with port 65535.
func ports(n int) []Trap {
	traps := make([]Trap, n)
	for i := range traps {
		traps[i] = Trap{klaxon.TCP, uint16(65535 - n + 1 + i), "range"}
	}
	return traps
}

func TestThousandsOfPorts(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	traps := ports(2000)
	raiseDescriptorLimit()
	if free := descriptorCap(); free < 2*len(traps)+64 {
		t.Skipf("the hard limit of descriptors leaves %d, %d are needed", free, 2*len(traps)+64)
	}
	r := armed(t, Config{Traps: traps})
	for _, st := range r.Status() {
		if st.State != StateArmed {
			t.Fatalf("%+v", st)
		}
	}
	goroutines := runtime.NumGoroutine()
	r.run(t)
	if n := runtime.NumGoroutine() - goroutines; n > 1 {
		t.Errorf("%d goroutines for %d traps, want 1", n, len(traps))
	}
	for _, trap := range traps {
		fd, err := rawConnect(fmt.Sprintf("127.0.0.1:%d", trap.Port), "")
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
	}
	seen := make(map[uint16]bool)
	for range traps {
		seen[r.next(t).Target.Port] = true
	}
	if len(seen) != len(traps) {
		t.Errorf("%d ports told, want %d", len(seen), len(traps))
	}
	r.quiet(t)
}

// The set's own memory, without the 64 KiB for a datagram, which it has once.
func TestHeapOfEachSocket(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	traps := ports(2000)
	before := heap()
	r, err := Open(Config{Traps: traps, Addrs: addrs("127.0.0.1")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := len(r.sockets)
	if n != len(traps) {
		t.Skipf("%d of %d traps armed for lack of descriptors", n, len(traps))
	}
	each := (heap() - before - datagramCap) / n
	t.Logf("%d bytes of heap for each socket", each)
	if each > 200 {
		t.Errorf("%d bytes of heap for each socket, want 200 at most", each)
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // a second one frees what had a finalizer
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// limitDescriptors lowers this process's limits, soft and hard, and brings
// them back.
func limitDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &before) })
}

func TestTooFewDescriptorsToArm(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	limitDescriptors(t, 128)
	r := armed(t, Config{Traps: ports(200)})
	count := make(map[State]int)
	for _, st := range r.Status() {
		count[st.State]++
		if st.State == StateDenied && (!errors.Is(st.Err, unix.EMFILE) || !strings.Contains(st.Err.Error(), "of 128 descriptors")) {
			t.Fatalf("%v is denied because %v, want EMFILE and the limit", st.Trap, st.Err)
		}
	}
	if count[StateArmed] == 0 || count[StateArmed] >= 128-descriptorsKept || count[StateArmed]+count[StateDenied] != 400 {
		t.Errorf("states %v: want a few armed, and all 400 told of", count)
	}
	if n := len(eatDescriptors(t)); n < descriptorsKept {
		t.Errorf("%d descriptors are left for the rest, want %d or more", n, descriptorsKept)
	}
}

// eatDescriptors takes every descriptor there is.
func eatDescriptors(t *testing.T) []int {
	t.Helper()
	var eaten []int
	for {
		fd, err := unix.Open("/dev/null", unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EMFILE) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		eaten = append(eaten, fd)
	}
	t.Cleanup(func() {
		for _, fd := range eaten {
			unix.Close(fd)
		}
	})
	return eaten
}

const crowd = 300

func TestConnectionsHeldOpenBeyondTheLimit(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	c := startClient(t, "hold", 23, crowd)
	limitDescriptors(t, 128)
	var kept []Conn
	r := rigUp(t, Config{Traps: both(23, "telnet")}, func(c Conn) {
		if c.FD() >= 0 {
			kept = append(kept, c)
		}
	})
	c.begin(t)
	r.run(t)
	for range crowd {
		r.next(t)
	}
	r.quiet(t)
	c.await(t)
	n := r.Counters()
	if n.Accepted != crowd || n.ReserveUsed != crowd-uint64(len(kept)) || len(n.AcceptErrors) != 0 {
		t.Errorf("%+v with %d kept, want %d accepted and the rest on reserve", n, len(kept), crowd)
	}
	if len(kept) == 0 || len(kept) >= 128-descriptorsKept {
		t.Errorf("%d connections kept, want some, but %d descriptors left alone", len(kept), descriptorsKept)
	}
	for _, conn := range kept {
		conn.Close()
	}
}

func TestNoDescriptorLeftButTheReserve(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	c := startClient(t, "hold", 23, crowd)
	limitDescriptors(t, 128)
	r := armed(t, Config{Traps: both(23, "telnet")})
	c.begin(t)
	c.await(t)
	eatDescriptors(t)
	r.run(t)
	for range crowd {
		r.next(t)
	}
	r.quiet(t)
	if n := r.Counters(); n.Accepted != crowd || n.ReserveUsed != crowd || len(n.AcceptErrors) != 0 {
		t.Errorf("%+v, want all %d on the reserve", n, crowd)
	}
}

func TestReserveLostToo(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	c := startClient(t, "hold", 23, crowd)
	limitDescriptors(t, 128)
	r := armed(t, Config{Traps: both(23, "telnet")})
	c.begin(t)
	c.await(t)
	unix.Close(r.reserve)
	r.reserve = -1
	eaten := eatDescriptors(t)
	began := time.Now()
	r.run(t)
	until(t, func() bool { return r.Counters().AcceptErrors["EMFILE"] >= 3 })
	// At most one try for each pause: the loop does not spin.
	if n, most := r.Counters().AcceptErrors["EMFILE"], 2+uint64(time.Since(began)/pauseFor); n > most {
		t.Errorf("%d tries in %v, want at most %d", n, time.Since(began), most)
	}
	if n := r.Counters(); n.Accepted != 0 {
		t.Fatalf("%+v: the test has left a descriptor", n)
	}
	for _, fd := range eaten[:len(eaten)/2] {
		unix.Close(fd)
	}
	for range crowd {
		r.next(t)
	}
	r.quiet(t)
}

func TestPrivilegedPortDenied(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const netBindService = 10 // linux/capability.h
	runtime.LockOSThread()    // and never unlocked: the thread ends with the test
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&header, &caps[0]); err != nil {
		t.Fatal(err)
	}
	caps[0].Effective &^= 1 << netBindService
	if err := unix.Capset(&header, &caps[0]); err != nil {
		t.Fatal(err)
	}
	r := armed(t, Config{Traps: []Trap{{klaxon.TCP, 23, "telnet"}, {klaxon.TCP, 2323, "telnet"}}, Addrs: addrs("0.0.0.0")})
	all := r.Status()
	if got := all[0]; got.State != StateDenied || !errors.Is(got.Err, os.ErrPermission) ||
		!strings.Contains(got.Err.Error(), "ports below 1024 need root or CAP_NET_BIND_SERVICE") {
		t.Errorf("without the capability: %+v", got)
	}
	if got := all[1]; got.State != StateArmed {
		t.Errorf("an unprivileged port: %+v", got)
	}
	caps[0].Effective |= 1 << netBindService
	if err := unix.Capset(&header, &caps[0]); err != nil {
		t.Fatal(err)
	}
	r.Retry()
	if got := r.Status()[0]; got.State != StateArmed || got.Err != nil {
		t.Errorf("with the capability back: %+v", got)
	}
}
