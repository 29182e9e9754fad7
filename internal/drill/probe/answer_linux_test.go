package probe

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// full is a listener whose queue is full: the kernel answers nobody else there.
func full(t *testing.T) netip.AddrPort {
	t.Helper()
	open := func() int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	l := open()
	if err := errors.Join(unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(l, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(l)
	if err != nil {
		t.Fatal(err)
	}
	at := name.(*unix.SockaddrInet4)
	for range 4 {
		if err := unix.Connect(open(), at); err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
	}
	return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port))
}

// TestNoAnswer: that nobody answers is known after the time that was given, whatever
// signals come meanwhile, as Go's own do.
func TestNoAnswer(t *testing.T) {
	c, err := NewConnection(netip.MustParseAddr("127.1.2.3"), full(t))
	if err != nil {
		t.Fatal(err)
	}
	thread, made := make(chan int, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		made <- c.Make(500 * time.Millisecond)
	}()
	tid := <-thread
	for {
		select {
		case err := <-made:
			if !errors.Is(err, ErrNoAnswer) {
				t.Errorf("%v, want %v", err, ErrNoAnswer)
			}
			return
		case <-time.After(5 * time.Millisecond):
			if err := unix.Tgkill(os.Getpid(), tid, unix.SIGURG); err != nil {
				t.Fatal(err)
			}
		}
	}
}
