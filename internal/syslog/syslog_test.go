package syslog

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gosyslog "github.com/leodido/go-syslog/v4/rfc3164"
)

var when = time.Date(2026, 11, 4, 14, 2, 11, 0, time.Local)

func datagrams(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func receive(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 1<<16)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

// TestDatagram also asks a parser of somebody else what it reads.
func TestDatagram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon := datagrams(t, path)
	w, err := OpenAt(path, "klaxon")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Write(Notice, when, []byte("ALERT: host 192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	got := receive(t, daemon)
	rest, ok := strings.CutPrefix(got, "<37>Nov  4 14:02:11 klaxon[")
	if _, msg, cut := strings.Cut(rest, "]: "); !ok || !cut || msg != "ALERT: host 192.0.2.1" {
		t.Fatalf("%q", got)
	}
	// The local form has no host name, so one is put in for the parser.
	m, err := gosyslog.NewParser(gosyslog.WithYear(gosyslog.Year{YYYY: 2026})).Parse([]byte(strings.Replace(got, " klaxon[", " host klaxon[", 1)))
	if err != nil {
		t.Fatal(err)
	}
	p := m.(*gosyslog.SyslogMessage)
	if *p.Facility != auth || *p.Severity != Notice || *p.Appname != "klaxon" || *p.Message != "ALERT: host 192.0.2.1" {
		t.Errorf("parsed %+v", p)
	}
}

func TestControlBytesAndLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	daemon := datagrams(t, path)
	w, err := OpenAt(path, "klaxon")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Write(Err, when, []byte("a\r\n\x00\x1b\x9b\x7fz"))
	if got := receive(t, daemon); !strings.HasPrefix(got, "<35>") || !strings.HasSuffix(got, "]: a??????z") {
		t.Errorf("%q", got)
	}
	w.Write(Err, when, []byte(strings.Repeat("x", maxMessage+1)))
	if got := receive(t, daemon); strings.Count(got, "x") != maxMessage+1 { // one x in klaxon
		t.Errorf("%d of x", strings.Count(got, "x"))
	}
}

func TestStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w, err := OpenAt(path, "klaxon")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := w.Write(Notice, when, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, c); !strings.HasSuffix(got, "]: hello\n") {
		t.Errorf("%q", got)
	}
}

// TestRestartedDaemon: the socket is replaced, as a restart does.
func TestRestartedDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first := datagrams(t, path)
	w, err := OpenAt(path, "klaxon")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	first.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Notice, when, []byte("lost")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a daemon: %v", err)
	}
	second := datagrams(t, path)
	if err := w.Write(Notice, when, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, second); !strings.HasSuffix(got, "again") {
		t.Errorf("%q", got)
	}
}

// TestStuckDaemon: a full socket buffer ends in an error, not in a hang. A
// hang fails by the test's own deadline.
func TestStuckDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	datagrams(t, path) // never reads
	w, err := OpenAt(path, "klaxon")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 10_000 {
		if err = w.Write(Notice, when, []byte("x")); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("%v", err)
	}
}

func TestMissingDaemon(t *testing.T) {
	w, err := OpenAt(filepath.Join(t.TempDir(), "none"), "klaxon")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v", err)
	}
	if err := w.Write(Notice, when, []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
