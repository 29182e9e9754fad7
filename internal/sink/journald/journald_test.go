package journald

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render"
	"klaxon/internal/sink/sinktest"
)

// journal keeps the fields of entries, read as systemd reads them: a line each,
// where there is an equals sign in it.
type journal struct {
	path string
	mu   sync.Mutex
	list []map[string]string
}

var fieldName = regexp.MustCompile(`^[A-Z][A-Z_]*$`)

func start(t *testing.T, path string) *journal {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	j := &journal{path: path}
	go func() {
		for buf := make([]byte, 256<<10); ; {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			fields := map[string]string{}
			for _, line := range strings.Split(strings.TrimSuffix(string(buf[:n]), "\n"), "\n") {
				name, value, ok := strings.Cut(line, "=")
				if _, twice := fields[name]; !ok || twice || !fieldName.MatchString(name) {
					t.Errorf("a field %q", line)
				}
				fields[name] = value
			}
			j.mu.Lock()
			j.list = append(j.list, fields)
			j.mu.Unlock()
		}
	}()
	return j
}

func (j *journal) wait(t *testing.T, n int) []map[string]string {
	t.Helper()
	for range 5000 {
		j.mu.Lock()
		list := j.list
		j.mu.Unlock()
		if len(list) >= n {
			return list
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d entries did not come", n)
	return nil
}

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
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		j := start(t, filepath.Join(t.TempDir(), "socket"))
		c := &counted{Sink: New(Options{Name: "journald", Path: j.path, Format: render.AppendJSON})}
		return c, func() []byte {
			var out bytes.Buffer
			for _, fields := range j.wait(t, c.n) {
				out.WriteString(fields["MESSAGE"] + "\n")
			}
			return out.Bytes()
		}
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
}

func TestFields(t *testing.T) {
	j := start(t, filepath.Join(t.TempDir(), "socket"))
	s := New(Options{Name: "journald", Path: j.path, Format: render.AppendJSON})
	defer s.Close()
	a := sinktest.Alarm("x\nPRIORITY=0\n_UID=0")
	a.ID = "x\nPRIORITY=0"
	if n, err := s.Emit([]klaxon.Record{a, sinktest.Touch(7)}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	list := j.wait(t, 2)
	for name, want := range map[string]string{"PRIORITY": "2", "KLAXON_TYPE": "alarm", "KLAXON_EVENT": "open", "KLAXON_SEVERITY": "5",
		"KLAXON_ID": `x\x0aPRIORITY\x3d0`, "KLAXON_SOURCE": "fe80::7", "SYSLOG_IDENTIFIER": "klaxon"} {
		if got := list[0][name]; got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
	if got := list[1]["KLAXON_SOURCE"] + " " + list[1]["KLAXON_SEQ"]; got != "192.0.2.7 7" {
		t.Error(got)
	}
}

// TestJournalRestarts: what it did not take is offered again, and goes to the new
// socket.
func TestJournalRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	s := New(Options{Name: "journald", Path: path, Format: render.AppendJSON})
	defer s.Close()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
		t.Fatal(n, err)
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	c.Close()
	os.Remove(path)
	j := start(t, path)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 0 || err == nil {
		t.Fatal(n, err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	j.wait(t, 1)
}

// TestPriority: what somebody should look at stands out, and a drill does not.
func TestPriority(t *testing.T) {
	grave, drill := sinktest.Alarm("x"), sinktest.Alarm("x")
	drill.Marks = []klaxon.Mark{klaxon.MarkDrill}
	blind, seeing := &klaxon.Health{What: klaxon.HealthSilence, Count: 2}, &klaxon.Health{What: klaxon.HealthSilence}
	if got := string([]byte{priority(grave), priority(drill), priorityOfHealth(blind), priorityOfHealth(seeing)}); got != "2624" {
		t.Errorf("%s, want 2624", got)
	}
}
