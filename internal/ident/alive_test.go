package ident

import (
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

// pair returns the descriptor of a trap's end and the source's end.
func pair(t *testing.T) (fd int, source *net.TCPConn) {
	t.Helper()
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	f, err := server.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); f.Close() })
	return int(f.Fd()), client.(*net.TCPConn)
}

func TestAlive(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*net.TCPConn)
		want bool
	}{
		{"silent", func(*net.TCPConn) {}, true},
		{"has sent data", func(s *net.TCPConn) { s.Write([]byte("hello")) }, true},
		{"has closed", func(s *net.TCPConn) { s.Close() }, false},
		{"has half-closed", func(s *net.TCPConn) { s.CloseWrite() }, false},
		{"has reset", func(s *net.TCPConn) { s.SetLinger(0); s.Close() }, false},
		{"has sent data and reset", func(s *net.TCPConn) { s.Write([]byte("x")); s.SetLinger(0); s.Close() }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			fd, source := pair(t)
			c.do(source)
			// The kernel may take a moment to deliver what the source did.
			for give := time.Now().Add(patient); Alive(fd) != c.want; runtime.Gosched() {
				if time.Now().After(give) {
					t.Fatalf("Alive is %t", !c.want)
				}
			}
		})
	}
}

func TestAliveOfNoConnection(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, fd := range []int{int(r.Fd()), -1} {
		if Alive(fd) {
			t.Errorf("descriptor %d is no connection and alive", fd)
		}
	}
}
