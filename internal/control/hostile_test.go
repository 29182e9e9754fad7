package control

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"klaxon"
)

func dial(t *testing.T, path string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends bytes and returns the status of the answer, 0 for none.
func answerTo(t *testing.T, path, request string) int {
	t.Helper()
	c := dial(t, path)
	go io.WriteString(c, request) // a server that answers early need not read it all
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	s, path := serve(t, &host{})
	post := func(what, body string) string {
		return fmt.Sprintf("POST /v1/%s HTTP/1.1\r\nHost: k\r\nContent-Length: %d\r\n\r\n%s", what, len(body), body)
	}
	get := func(what string) string { return "GET /v1/" + what + " HTTP/1.1\r\nHost: k\r\n\r\n" }
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"no HTTP":        {"\x00\x01\x02\r\n\r\n", 400},
		"no such thing":  {get("secrets"), 404},
		"another method": {"DELETE /v1/status HTTP/1.1\r\nHost: k\r\n\r\n", 404},
		"no address":     {get("why?addr=example.com"), 400},
		"long address":   {get("why?addr=" + strings.Repeat("1", 3000)), 400},
		"no id":          {get("alarm?id=../../etc/passwd"), 400},
		"unknown filter": {get("records?sevrity=3"), 400},
		"filter twice":   {get("records?severity=3&severity=4"), 400},
		"bad filter":     {get("records?severity=9"), 400},
		"huge page":      {get("records?limit=1000000000"), 400},
		"many types":     {get("records?types=" + strings.Repeat("touch,", 100)), 400},
		"long line":      {get(strings.Repeat("x", 64<<10)), 431},
		"no JSON":        {post("allow", "source=1"), 400},
		"two objects":    {post("allow", `{"source":"1.2.3.4","for":"1h","why":"x"}{}`), 400},
		"unknown key":    {post("allow", `{"sauce":"1.2.3.4"}`), 400},
		"bad length":     {post("learn", `{"for":"tomorrow"}`), 400},
		"deep":           {post("allow", strings.Repeat("[", 9000)), 400},
		"20 KiB":         {post("allow", `{"why":"`+strings.Repeat("x", 20<<10)+`"}`), 413},
		"10 MiB":         {post("allow", `{"why":"`+strings.Repeat("x", 10<<20)+`"}`), 413},
		"endless chunks": {"POST /v1/allow HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("400\r\n"+strings.Repeat(" ", 1024)+"\r\n", 100), 413},
		"well":           {get("status"), 200},
	} {
		if got := answerTo(t, path, c.request); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if n := s.Counts().Oddities; n < 15 {
		t.Errorf("%d oddities were counted", n)
	}
}

// TestErrorsAreSafe: what a client sends comes back as printable ASCII alone.
func TestErrorsAreSafe(t *testing.T) {
	_, path := serve(t, &host{})
	c := dial(t, path)
	io.WriteString(c, "GET /v1/why?addr=%1b%5b31m%c2%9b%e2%80%ae HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !bytes.Contains(answer, []byte("is no address")) {
		t.Fatalf("%q, %v", answer, err)
	}
	for _, b := range answer {
		if b != '\r' && b != '\n' && (b < ' ' || b > '~') {
			t.Fatalf("byte %#x in %q", b, answer)
		}
	}
}

// TestThousandConnections: of a thousand that say nothing, or one byte now and
// then, some are let in and the others told to go, and memory is bounded; when
// they are gone klaxond answers as before.
func TestThousandConnections(t *testing.T) {
	s, path := serve(t, &host{})
	before := runtime.NumGoroutine()
	var conns []net.Conn
	for range 1000 {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "G")
		conns = append(conns, c)
	}
	waitFor(t, "the others to be turned away", func() bool { return s.Counts().Turned == 1000-connectionsMax })
	if n := runtime.NumGoroutine() - before; n > 3*connectionsMax {
		t.Errorf("%d goroutines for %d connections", n, connectionsMax)
	}
	for range 100 {
		if _, err := NewClient(path).Status(t.Context()); err == nil || !strings.Contains(err.Error(), "too many ask already") {
			t.Errorf("one more is told %v", err)
		}
	}
	for _, c := range conns {
		c.Close()
	}
	waitFor(t, "them to be gone", func() bool { return s.door.count() == 0 })
	if _, err := NewClient(path).Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSlowLoris: who does not finish a request is hung up on in time.
func TestSlowLoris(t *testing.T) {
	t.Parallel()
	_, path := serve(t, &host{})
	c := dial(t, path)
	c.SetDeadline(time.Now().Add(4 * readMax))
	go func() {
		for _, b := range []byte("GET /v1/status HTTP/1.1\r\nX: " + strings.Repeat("y", 1000)) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(readMax / 20)
		}
	}()
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a request that never ends is waited for")
	}
}

// TestQuestionsWait: a host that hangs holds up those who ask it, as many as there
// may be, and nobody else.
func TestQuestionsWait(t *testing.T) {
	t.Parallel()
	h := &host{block: make(chan struct{})}
	s, path := serve(t, h)
	var askers sync.WaitGroup
	for range questionsMax {
		askers.Go(func() {
			if _, err := NewClient(path).Status(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, "them to ask", func() bool { return len(s.questions) == questionsMax })
	if _, err := NewClient(path).Status(t.Context()); err == nil || !strings.Contains(err.Error(), "too many questions") {
		t.Errorf("one more is told %v", err)
	}
	if n, err := s.hub.Emit([]klaxon.Record{&klaxon.Health{}}); n != 1 || err != nil {
		t.Errorf("a record meanwhile: %d, %v", n, err)
	}
	close(h.block)
	askers.Wait()
}

// TestOthersAreRefused: by uid, whatever the mode of the socket.
func TestOthersAreRefused(t *testing.T) {
	s, path := serve(t, &host{}, os.Getuid()+1) // whom this test is not
	for range 100 {                             // whether the answer comes before the question or after
		if _, err := NewClient(path).Status(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("another user is told %v", err)
		}
	}
	for range 1000 {
		dial(t, path).Close()
	}
	waitFor(t, "all of them to be refused", func() bool { return s.Counts().Refused >= 1100 })
	if c := s.Counts(); c.Requests != 0 || s.door.count() != 0 {
		t.Errorf("%+v", c)
	}
}

func TestSocket(t *testing.T) {
	_, path := serve(t, &host{})
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := Open(Config{Path: path, UID: -1, GID: -1}, NewHub()); err == nil || !strings.Contains(err.Error(), "another klaxond answers there") {
		t.Errorf("a second one: %v", err)
	}
	// What a killed one left is replaced; what is no socket is not.
	left := filepath.Join(filepath.Dir(path), "left")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	s, err := Open(Config{Path: left, UID: -1, GID: -1}, NewHub())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(left)
	if _, err := Open(Config{Path: left, UID: -1, GID: -1}, NewHub()); err == nil {
		t.Error("a file was replaced")
	}
}

func (d *door) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inside
}

// waitFor waits for what must come. Its patience is only ever spent by a test that
// fails.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
