package netsyslog

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"klaxon"
	"klaxon/internal/render"
	"klaxon/internal/sink/sinktest"
)

// daemon collects messages, an end of line behind each.
type daemon struct {
	addr string
	mu   sync.Mutex
	out  bytes.Buffer
}

func (d *daemon) add(msg []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out.Write(append(msg, '\n'))
}

// wait returns what came once there are n messages.
func (d *daemon) wait(t *testing.T, n int) []byte {
	t.Helper()
	for range 5000 {
		d.mu.Lock()
		got := bytes.Clone(d.out.Bytes())
		d.mu.Unlock()
		if bytes.Count(got, []byte{'\n'}) >= n {
			return got
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d messages did not come", n)
	return nil
}

// stream listens and reads frames that say their length.
func stream(t *testing.T, network, addr string) *daemon {
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					size, err := r.ReadString(' ')
					if err != nil {
						return
					}
					n, err := strconv.Atoi(strings.TrimSpace(size))
					if err != nil {
						d.add([]byte("bad frame " + size))
						return
					}
					msg := make([]byte, n)
					if _, err := io.ReadFull(r, msg); err != nil {
						return
					}
					d.add(msg)
				}
			}()
		}
	}()
	return d
}

func datagrams(t *testing.T, network, addr string) *daemon {
	c, err := net.ListenPacket(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	if u, ok := c.(*net.UDPConn); ok {
		u.SetReadBuffer(8 << 20)
	}
	d := &daemon{addr: c.LocalAddr().String()}
	t.Cleanup(func() { c.Close() })
	go func() {
		for buf := make([]byte, 64<<10); ; {
			n, _, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			d.add(bytes.Clone(buf[:n]))
		}
	}()
	return d
}

// counted remembers how many records a sink took, so that a test knows what to wait
// for.
type counted struct {
	*Sink
	n int
}

func (c *counted) Emit(batch []klaxon.Record) (int, error) {
	n, err := c.Sink.Emit(batch)
	c.n += n
	return n, err
}

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		transport Transport
		listen    func(*testing.T) *daemon
	}{
		{TCP, func(t *testing.T) *daemon { return stream(t, "tcp", "127.0.0.1:0") }},
		{UDP, func(t *testing.T) *daemon { return datagrams(t, "udp", "127.0.0.1:0") }},
		{Unix, func(t *testing.T) *daemon { return datagrams(t, "unixgram", filepath.Join(t.TempDir(), "log")) }},
		{Unix, func(t *testing.T) *daemon { return stream(t, "unix", filepath.Join(t.TempDir(), "log")) }},
	} {
		for _, rfc := range []RFC{RFC5424, RFC3164} {
			t.Run(string(tt.transport)+rfcName(rfc), func(t *testing.T) {
				sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
					d := tt.listen(t)
					s, err := New(Options{Name: "log", Transport: tt.transport, Address: d.addr, RFC: rfc, Format: short})
					if err != nil {
						t.Fatal(err)
					}
					c := &counted{Sink: s}
					return c, func() []byte { return d.wait(t, c.n) }
				}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
			})
		}
	}
}

// short is JSON that fits in a datagram.
func short(dst []byte, r klaxon.Record) []byte {
	if t, ok := r.(*klaxon.Touch); ok {
		less := *t
		less.Payload, less.Ident, less.Source.Name = nil, nil, ""
		r = &less
	}
	return render.AppendJSON(dst, r)
}

func rfcName(r RFC) string { return "-" + string(r) }

// TestReadBack has another's parsers read what hostile records became.
func TestReadBack(t *testing.T) {
	s, err := New(Options{Name: "log", Transport: UDP, Address: "127.0.0.1:1", Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	p5424, p3164 := rfc5424.NewParser(), rfc3164.NewParser()
	for _, touch := range sinktest.HostileTouches() {
		for _, r := range []klaxon.Record{touch, sinktest.Alarm(touch.Service), &klaxon.Health{Sensor: touch.Sensor, Time: touch.Time, Detail: touch.Service}} {
			body := render.AppendJSON(nil, r)
			m, err := p5424.Parse(s.append5424(nil, headOf(r), body))
			if err != nil {
				t.Fatalf("%v: %s", err, s.append5424(nil, headOf(r), body))
			}
			msg := m.(*rfc5424.SyslogMessage)
			if *msg.Message != string(body) || *msg.Appname != "klaxon" || *msg.Facility != 4 || !msg.Timestamp.Equal(headOf(r).at.Truncate(time.Microsecond)) {
				t.Errorf("read back as %+v", msg)
			}
			if data := msg.StructuredData; headOf(r).seq != 0 && (*data)["meta"]["sequenceId"] != strconv.FormatUint(headOf(r).seq, 10) {
				t.Errorf("structured data %v", data)
			}
			old, err := p3164.Parse(s.append3164(nil, headOf(r), body))
			if err != nil {
				t.Fatalf("%v: %s", err, s.append3164(nil, headOf(r), body))
			}
			if got := old.(*rfc3164.SyslogMessage); *got.Message != string(body) || *got.Appname != "klaxon" {
				t.Errorf("read back as %+v", got)
			}
		}
	}
}

// TestDaemonRestarts: nothing goes into a connection that the daemon has closed.
func TestDaemonRestarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	s, err := New(Options{Name: "log", Transport: TCP, Address: addr, RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
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
	cert, roots := certificate(t)
	for _, transport := range []Transport{TCP, TLS} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := New(Options{Name: "log", Transport: TCP, Address: l.Addr().String(), RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.ReadFull(c, make([]byte, 100))
			c.Close() // with the rest unread
		}
	}()
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := New(Options{Name: "log", Transport: TCP, Address: l.Addr().String(), RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			c.Close()
		}
	}()
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			for {
				if _, err := c.Write(make([]byte, 4096)); err != nil {
					break
				}
			}
		}
	}()
	s, err := New(Options{Name: "log", Transport: TCP, Address: l.Addr().String(), RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Emit([]klaxon.Record{sinktest.Touch(1)})
	if s.stream != nil {
		awaitEnd(t, s)
	}
}

// TestNobodyListensForDatagrams: not one record counts as told.
func TestNobodyListensForDatagrams(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := c.LocalAddr().String()
	c.Close()
	s, err := New(Options{Name: "log", Transport: UDP, Address: addr, RFC: RFC5424, Format: short})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 6 {
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(2), sinktest.Touch(3)}); n != 0 || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%d, %v", n, err)
		}
	}
}

// TestDaemonHangs: one that reads nothing ends a delivery at its deadline.
func TestDaemonHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := New(Options{Name: "log", Transport: TCP, Address: l.Addr().String(), RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	batch := make([]klaxon.Record, 50_000)
	for i := range batch {
		batch[i] = sinktest.Touch(uint16(i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if n, err := s.Deliver(ctx, batch); n == len(batch) || err == nil {
		t.Errorf("took %d, %v", n, err)
	}
	tls, err := New(Options{Name: "log", Transport: TLS, Address: l.Addr().String(), RFC: RFC5424, Format: render.AppendJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer tls.Close()
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if n, err := tls.Deliver(ctx, batch); n != 0 || err == nil {
		t.Errorf("took %d, %v", n, err)
	}
}

// TestTooLongForADatagram: it is refused, and the next one goes.
func TestTooLongForADatagram(t *testing.T) {
	d := datagrams(t, "udp", "127.0.0.1:0")
	s, err := New(Options{Name: "log", Transport: UDP, Address: d.addr, RFC: RFC5424, Format: func(dst []byte, r klaxon.Record) []byte {
		if r.(*klaxon.Touch).Seq == 1 {
			return append(dst, make([]byte, maxDatagram)...)
		}
		return render.AppendJSON(dst, r)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)})
	var no *klaxon.Refusal
	if n != 0 || !errors.As(err, &no) || no.Count != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	d.wait(t, 1)
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// FuzzMessage has another's parser read back whatever a record holds.
func FuzzMessage(f *testing.F) {
	s, err := New(Options{Name: "log", Transport: UDP, Address: "127.0.0.1:1", Location: time.UTC})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("x\n<0>1 - - - - - -", uint64(1)<<31, int64(1_800_000_000))
	f.Fuzz(func(t *testing.T, nasty string, seq uint64, at int64) {
		h := head{time.Unix(at%(1<<33), 0), nasty, nasty, seq, notice}
		m, err := rfc5424.NewParser().Parse(s.append5424(nil, h, []byte("body")))
		if err != nil {
			t.Fatalf("%v: %s", err, s.append5424(nil, h, []byte("body")))
		}
		if got := m.(*rfc5424.SyslogMessage); *got.Message != "body" || *got.Appname != "klaxon" {
			t.Fatalf("read back as %+v", got)
		}
	})
}
