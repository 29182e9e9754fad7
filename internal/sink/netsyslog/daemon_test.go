package netsyslog

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/outbound/outboundtest"
	"klaxon/internal/render"
	"klaxon/internal/sink/sinktest"
)

// What daemons do that end, hang, or say what they should not.

func listening(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serve has f take one connection after the other.
func serve(l net.Listener, f func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		f(c)
	}
}

func sinkTo(t *testing.T, transport Transport, addr string) *Sink {
	t.Helper()
	s, err := New(Options{Name: "log", Transport: transport, Address: addr, RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestDaemonRestarts: nothing goes into a connection that the daemon has closed.
func TestDaemonRestarts(t *testing.T) {
	l := listening(t)
	addr := l.Addr().String()
	s := sinkTo(t, TCP, addr)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(c, make([]byte, 8))
	l.Close()
	c.Close()
	awaitEnd(t, s)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 0 || err == nil {
		t.Errorf("nobody took %d: %v", n, err)
	}
	d := stream(t, "tcp", addr)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := d.wait(t, 1); !bytes.Contains(got, []byte(`"seq":2,`)) {
		t.Errorf("%s", got)
	}
}

// awaitEnd waits until the sink could know that the daemon closed.
func awaitEnd(t *testing.T, s *Sink) {
	t.Helper()
	for range 5000 {
		if _, over := s.stream.Ended(); over {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the end was not seen")
}

// TestDaemonThatSpeaksRestarts: what a daemon says before it closes, as the end of TLS
// or a banner, does not hide that it closed; and the next record goes to the new one.
func TestDaemonThatSpeaksRestarts(t *testing.T) {
	cert, roots := outboundtest.Certificate(t)
	for _, transport := range []Transport{TCP, TLS} {
		l := listening(t)
		got := make(chan string, 10)
		accept := func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if transport == TLS {
				c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
			}
			io.WriteString(c, "welcome\r\n")
			b := make([]byte, 4096)
			n, _ := c.Read(b)
			got <- string(b[:n])
			c.Close()
		}
		s, err := New(Options{Name: "log", Transport: transport, Address: l.Addr().String(), TLS: &tls.Config{RootCAs: roots}, RFC: RFC5424, Format: render.AppendJSON})
		if err != nil {
			t.Fatal(err)
		}
		go accept()
		// The daemon closes right after it read, so that this one may not count.
		if _, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); err == nil {
			<-got
			awaitEnd(t, s)
		} else {
			<-got
		}
		go accept()
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n == 0 && !errors.Is(err, errLeft) {
			t.Fatalf("%s: %d, %v", transport, n, err)
		}
		if text := <-got; !strings.Contains(text, `"seq":2,`) {
			t.Errorf("%s: the new one has %q", transport, text)
		}
		s.Close()
	}
}

// TestDaemonLeavesUnread: what a daemon had not read when it was killed has to come
// again, however much of it the kernel had taken.
func TestDaemonLeavesUnread(t *testing.T) {
	l := listening(t)
	s := sinkTo(t, TCP, l.Addr().String())
	go serve(l, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 100))
		c.Close() // with the rest unread
	})
	var batch []klaxon.Record
	for i := range 20_000 {
		batch = append(batch, sinktest.Touch(uint16(i)))
	}
	for range 3 {
		if n, err := s.Emit(batch); n != 0 || err == nil {
			t.Errorf("%d are out: %v", n, err)
		}
	}
}

// TestOneConnectionEach: a daemon that closes after each message is not sent the same
// for ever.
func TestOneConnectionEach(t *testing.T) {
	l := listening(t)
	s := sinkTo(t, TCP, l.Addr().String())
	go serve(l, func(c net.Conn) {
		c.Read(make([]byte, 4096))
		c.Close()
	})
	tries := 0
	for out := 0; out < 10; tries++ {
		n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)})
		if out += n; n == 0 && err == nil || tries > 20 {
			t.Fatalf("%d of 10 after %d tries: %v", out, tries, err)
		}
	}
}

// TestDaemonThatChatters does not have us read for ever.
func TestDaemonThatChatters(t *testing.T) {
	l := listening(t)
	go serve(l, func(c net.Conn) {
		for {
			if _, err := c.Write(make([]byte, 4096)); err != nil {
				break
			}
		}
	})
	s := sinkTo(t, TCP, l.Addr().String())
	s.Emit([]klaxon.Record{sinktest.Touch(1)})
	if s.stream != nil {
		awaitEnd(t, s)
	}
}

// TestDaemonHangs: one that reads nothing ends a delivery at its deadline.
func TestDaemonHangs(t *testing.T) {
	l := listening(t)
	s := sinkTo(t, TCP, l.Addr().String())
	batch := make([]klaxon.Record, 50_000)
	for i := range batch {
		batch[i] = sinktest.Touch(uint16(i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if n, err := s.Deliver(ctx, batch); n == len(batch) || err == nil {
		t.Errorf("took %d, %v", n, err)
	}
	tls := sinkTo(t, TLS, l.Addr().String())
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if n, err := tls.Deliver(ctx, batch); n != 0 || err == nil {
		t.Errorf("took %d, %v", n, err)
	}
}
