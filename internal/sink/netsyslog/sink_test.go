package netsyslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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
