package systemd

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestNotify(t *testing.T) {
	if err := Notify("READY=1"); err != nil {
		t.Errorf("without a manager: %v", err)
	}
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), "@klaxon-test-" + strconv.Itoa(os.Getpid())} {
		manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer manager.Close()
		t.Setenv("NOTIFY_SOCKET", name)
		if err := Notify("READY=1"); err != nil {
			t.Fatal(err)
		}
		if err := NotifyReloading(); err != nil {
			t.Fatal(err)
		}
		manager.SetReadDeadline(time.Now().Add(10 * time.Second))
		buf := make([]byte, 256)
		n, err := manager.Read(buf)
		if err != nil || string(buf[:n]) != "READY=1" {
			t.Errorf("%q, %v", buf[:n], err)
		}
		n, err = manager.Read(buf)
		stamp, ok := strings.CutPrefix(string(buf[:n]), "RELOADING=1\nMONOTONIC_USEC=")
		if usec, parseErr := strconv.Atoi(stamp); err != nil || !ok || parseErr != nil || usec <= 0 {
			t.Errorf("%q, %v", buf[:n], err)
		}
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	if err := Notify("READY=1"); err == nil {
		t.Error("nobody there went unnoticed")
	}
}

func TestWatchdogInterval(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0}, {"10000000", "", 10 * time.Second}, {"500000", self, 500 * time.Millisecond},
		{"500000", "1", 0}, {"-1", "", 0}, {"x", "", 0}, {"0", "", 0},
	} {
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		if got := WatchdogInterval(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestListeners runs itself as a child that a manager starts with two sockets.
func TestListeners(t *testing.T) {
	if os.Getenv("KLAXON_TEST_CHILD") != "" {
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())) // a manager knows it before exec
		got, err := Listeners()
		if err != nil || len(got) != 2 || got[0].Name != "exec" || got[1].Name != "" || os.Getenv("LISTEN_FDS") != "" {
			t.Fatalf("%+v, %v", got, err)
		}
		l, err := net.FileListener(got[0].File)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := l.(*net.TCPListener); !ok {
			t.Fatalf("%T", l)
		}
		p, err := net.FilePacketConn(got[1].File)
		if err != nil {
			t.Fatalf("%T: %v", p, err)
		}
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	lf, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer lf.Close()
	uf, err := u.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer uf.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestListeners$")
	cmd.Env = append(os.Environ(), "KLAXON_TEST_CHILD=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=exec")
	cmd.ExtraFiles = []*os.File{lf, uf}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestListenersOfSomebodyElse(t *testing.T) {
	for _, c := range []struct {
		pid, fds string
		wantErr  bool
	}{{"", "3", false}, {"1", "3", false}, {strconv.Itoa(os.Getpid()), "-1", true}, {strconv.Itoa(os.Getpid()), "99999999", true}, {strconv.Itoa(os.Getpid()), "", true}} {
		t.Setenv("LISTEN_PID", c.pid)
		t.Setenv("LISTEN_FDS", c.fds)
		if got, err := Listeners(); len(got) != 0 || (err != nil) != c.wantErr {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}
