package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render/rendertest"
	"klaxon/internal/sink/sinktest"
)

func TestTerminal(t *testing.T) {
	sinktest.Run(t, func(*testing.T) (klaxon.Sink, func() []byte) {
		var out bytes.Buffer
		return NewTerminal(&out, time.UTC, false), out.Bytes
	}, func(*klaxon.Touch) string { return "14:02:11  192.0.2.7 touched tcp/512 (rexec)" })
}

// TestTerminalColor: with colour on, one pair of sequences a line, and nothing
// of them from a record.
func TestTerminalColor(t *testing.T) {
	var out bytes.Buffer
	s := NewTerminal(&out, time.UTC, true)
	inside := sinktest.Touch(1)
	inside.Zone = klaxon.ZoneInside
	inside.Service = "\x1b[0m"
	if _, err := s.Emit([]klaxon.Record{inside, &klaxon.Health{}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if !strings.HasPrefix(lines[0], sgrRed) || !strings.HasSuffix(lines[0], sgrReset) || strings.Count(lines[0], "\x1b") != 2 {
		t.Errorf("%q", lines[0])
	}
	if strings.Contains(lines[1], "\x1b") {
		t.Errorf("%q", lines[1])
	}
}

// TestTerminalColorOfAlarms: the colour is the severity, and what is over is
// dim.
func TestTerminalColorOfAlarms(t *testing.T) {
	tests := []struct {
		event    klaxon.Event
		severity int
		want     string
	}{
		{klaxon.EventOpen, 1, sgrDim},
		{klaxon.EventOpen, 2, ""},
		{klaxon.EventOpen, 3, sgrYellow},
		{klaxon.EventUpdate, 4, sgrRed},
		{klaxon.EventOpen, 5, sgrAlarm},
		{klaxon.EventClose, 5, sgrDim},
		{klaxon.EventRetract, 5, sgrDim},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		alarm := sinktest.Alarm("\x1b[0m")
		alarm.Event, alarm.Severity = tt.event, tt.severity
		if _, err := NewTerminal(&out, time.UTC, true).Emit([]klaxon.Record{alarm}); err != nil {
			t.Fatal(err)
		}
		if tt.want == "" && strings.Contains(out.String(), "\x1b") || !strings.HasPrefix(out.String(), tt.want+"14:02:11") {
			t.Errorf("%s of severity %d: %q", tt.event, tt.severity, out.String())
		}
	}
}

// narrow takes so many bytes and then fails.
type narrow int

func (w narrow) Write(p []byte) (int, error) {
	if len(p) > int(w) {
		return int(w), io.ErrShortWrite
	}
	return len(p), nil
}

// TestTerminalCountsWholeLines: a record is out when its newline is.
func TestTerminalCountsWholeLines(t *testing.T) {
	var one bytes.Buffer
	if _, err := NewTerminal(&one, time.UTC, false).Emit([]klaxon.Record{sinktest.Touch(1)}); err != nil {
		t.Fatal(err)
	}
	for room, want := range map[int]int{0: 0, one.Len() - 1: 0, one.Len(): 1, 2*one.Len() + 5: 2} {
		s := NewTerminal(narrow(room), time.UTC, false)
		n, err := s.Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(1), sinktest.Touch(1)})
		if n != want || err == nil {
			t.Errorf("with room for %d bytes: %d, %v; want %d", room, n, err, want)
		}
	}
}

// messages is a syslog daemon that keeps what it is sent.
type messages struct{ out bytes.Buffer }

func (m *messages) Write(severity int, _ time.Time, msg []byte) error {
	fmt.Fprintf(&m.out, "<%d>%s\n", severity, msg)
	return nil
}
func (m *messages) Close() error { return nil }

func TestSyslog(t *testing.T) {
	sinktest.Run(t, func(*testing.T) (klaxon.Sink, func() []byte) {
		var m messages
		return NewSyslog(&m), m.out.Bytes
	}, func(t *klaxon.Touch) string {
		return fmt.Sprintf("<5>ALERT: host 192.0.2.7 accessing port rexec src=192.0.2.7 spt=%d ", t.Seq)
	})
}

func TestSyslogPassesOverLoggedTouches(t *testing.T) {
	var m messages
	s := NewSyslog(&m)
	logged := sinktest.Touch(1)
	logged.Logged = true
	if n, err := s.Emit([]klaxon.Record{logged, sinktest.Touch(2)}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if got := m.out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "spt=2 ") {
		t.Errorf("%s", got)
	}
}

func TestJSON(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		path := filepath.Join(t.TempDir(), "klaxon.jsonl")
		s, err := NewJSON(path)
		if err != nil {
			t.Fatal(err)
		}
		return s, func() []byte {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}, func(t *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, t.Seq) })
}

func TestJSONMatchesItsSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.jsonl")
	s, err := NewJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, touch := range sinktest.HostileTouches() {
		if _, err := s.Emit([]klaxon.Record{touch, sinktest.Alarm(touch.Service)}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		rendertest.Validate(t, line)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o027 != 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestJSONReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.jsonl")
	s, err := NewJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Emit([]klaxon.Record{sinktest.Touch(1)})
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	s.Emit([]klaxon.Record{sinktest.Touch(2)}) // still to the old file
	if err := s.Reopen(); err != nil {
		t.Fatal(err)
	}
	s.Emit([]klaxon.Record{sinktest.Touch(3)})
	old, _ := os.ReadFile(path + ".1")
	now, _ := os.ReadFile(path)
	if bytes.Count(old, []byte("\n")) != 2 || bytes.Count(now, []byte("\n")) != 1 {
		t.Errorf("old:\n%s\nnew:\n%s", old, now)
	}
	// A path that cannot be opened leaves the file in use.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := s.Reopen(); err == nil {
		t.Error("reopened a directory")
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(4)}); n != 1 || err != nil {
		t.Errorf("after a failed reopen: %d, %v", n, err)
	}
}

// TestJSONAfterPowerCut: a line that an earlier run left torn is ended, so that
// it spoils no other; a whole one is left as it is.
func TestJSONAfterPowerCut(t *testing.T) {
	for before, want := range map[string]int{"": 1, "{}\n": 2, "{}\n{\"v\":1,\"ty": 3} {
		path := filepath.Join(t.TempDir(), "klaxon.jsonl")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := NewJSON(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
		if !bytes.HasPrefix(text, []byte(before)) || len(lines) != want {
			t.Errorf("%q became %q", before, text)
		}
		rendertest.Validate(t, lines[len(lines)-1])
	}
}

// TestJSONToStandardOutput: it is a duplicate, which Close may close, and is
// never cut.
func TestJSONToStandardOutput(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	saved := os.Stdout
	os.Stdout = file
	defer func() { os.Stdout = saved }()
	s, err := NewJSON("/dev/stdout")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	s.file.Load().takeBack(3)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(2)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("mine\n"); err != nil {
		t.Errorf("the program's own output is closed: %v", err)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil || bytes.IndexByte(text, 0) >= 0 || bytes.Count(text, []byte("\n")) != 4 {
		t.Errorf("%q, %v", text, err)
	}
}

func TestJSONReopenAfterClose(t *testing.T) {
	s, err := NewJSON(filepath.Join(t.TempDir(), "klaxon.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Reopen after Close: %v", err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
		t.Errorf("a closed sink took %d, %v", n, err)
	}
}

func TestJSONRefuses(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "passwd")
	link := filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("root"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dir, filepath.Join(dir, "missing", "file")} {
		if s, err := NewJSON(path); err == nil {
			s.Close()
			t.Errorf("opened %s", path)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("the error does not name %s: %v", path, err)
		}
	}
}

func requireLines(t *testing.T, path string, want int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n != want || len(text) > 0 && text[len(text)-1] != '\n' {
		t.Fatalf("the file holds %d lines, %d were taken; it ends in %q", n, want, text[max(0, len(text)-20):])
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		rendertest.Validate(t, line)
	}
}
