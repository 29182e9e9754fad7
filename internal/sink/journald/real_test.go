//go:build linux

package journald

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/nstest"
	"klaxon/internal/render"
	"klaxon/internal/sink/sinktest"
	"klaxon/test/debs"
)

// journald is the real one, from Debian, with a /run of its own.
type journald struct {
	program, reader string
	cmd             *exec.Cmd
}

const journals = "/run/log/journal"

func realJournal(t *testing.T) *journald {
	t.Helper()
	j := &journald{}
	var err error
	if j.program, err = debs.Find("systemd-journald"); err == nil {
		j.reader, err = debs.Find("journalctl")
	}
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	for _, dir := range []string{"/run/systemd/journal", journals, "/etc/systemd"} {
		must(t, os.MkdirAll(dir, 0o755))
	}
	must(t, os.WriteFile("/etc/machine-id", []byte("3d1219c7c4c5404aaa1f6d2a48adfda4\n"), 0o644))
	must(t, os.WriteFile("/etc/systemd/journald.conf", []byte("[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nRateLimitIntervalSec=0\n"), 0o644))
	j.start(t)
	return j
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (j *journald) start(t *testing.T) {
	t.Helper()
	if err := os.Remove(Socket); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var said bytes.Buffer
	j.cmd = exec.Command(j.program)
	j.cmd.Stdout, j.cmd.Stderr = &said, &said
	must(t, j.cmd.Start())
	t.Cleanup(j.stop)
	eventually(t, "systemd-journald", func() bool {
		_, err := os.Stat(Socket)
		return err == nil
	})
}

func (j *journald) stop() {
	j.cmd.Process.Kill()
	j.cmd.Wait()
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// entries are what journalctl reads of ours, in its order: all fields but its own.
func (j *journald) entries(t *testing.T, n int) (list []map[string]string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d entries", n), func() bool {
		out, err := exec.Command(j.reader, "--directory="+journals, "--output=json", "--all", "--no-pager", "SYSLOG_IDENTIFIER=klaxon").Output()
		must(t, err)
		list = list[:0]
		for line := range bytes.Lines(out) {
			fields := map[string]string{}
			must(t, json.Unmarshal(line, &fields))
			maps.DeleteFunc(fields, func(name, _ string) bool { return strings.HasPrefix(name, "_") })
			list = append(list, fields)
		}
		return len(list) >= n
	})
	return list
}

// TestRealJournal: the real systemd-journald has every record, hostile ones among
// them, in order, with the fields that we gave and no other; and one that it did not
// take when it was restarted it has once it is back.
func TestRealJournal(t *testing.T) {
	nstest.Run(t, func(t *testing.T, _ *nstest.Net) {
		j := realJournal(t)
		var batch []klaxon.Record
		for i := range 200 {
			batch = append(batch, sinktest.Touch(uint16(i+1)))
		}
		for _, touch := range sinktest.HostileTouches() {
			a := sinktest.Alarm(touch.Service)
			a.ID = touch.Service + "\nPRIORITY=0\n_UID=0"
			batch = append(batch, touch, a, &klaxon.Health{What: klaxon.HealthDrops, Output: touch.Service, ID: touch.Service})
		}
		s := New(Options{Name: "journald", Format: render.AppendJSON})
		defer s.Close()
		if n, err := s.Emit(batch); n != len(batch) || err != nil {
			t.Fatal(n, err)
		}
		list := j.entries(t, len(batch))
		for i, fields := range list {
			if fields["MESSAGE"] != string(render.AppendJSON(nil, batch[i])) {
				t.Fatalf("entry %d is %s, want %s", i, fields["MESSAGE"], render.AppendJSON(nil, batch[i]))
			}
			judge(t, batch[i], fields)
		}
		if len(list) != len(batch) {
			t.Errorf("%d entries of %d records", len(list), len(batch))
		}
		j.restarted(t, s, len(batch))
	})
}

// judge holds fields against what a record may have.
func judge(t *testing.T, r klaxon.Record, fields map[string]string) {
	t.Helper()
	may := []string{"MESSAGE", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "KLAXON_TYPE", "KLAXON_ID", "KLAXON_SEQ"}
	kind, priority := "touch", "5"
	switch r := r.(type) {
	case *klaxon.Touch:
		may = append(may, "KLAXON_SOURCE")
	case *klaxon.Alarm:
		kind, priority = "alarm", string(wantPriority(r))
		may = append(may, "KLAXON_SOURCE", "KLAXON_EVENT", "KLAXON_SEVERITY", "KLAXON_CONFIDENCE")
	case *klaxon.Health:
		kind, priority = "health", "4"
		may = append(may, "KLAXON_WHAT")
	}
	for name := range fields {
		if !slices.Contains(may, name) {
			t.Errorf("a field %s=%q of a %s", name, fields[name], kind)
		}
	}
	if fields["KLAXON_TYPE"] != kind || fields["PRIORITY"] != priority || fields["SYSLOG_FACILITY"] != "4" {
		t.Errorf("a %s has %v", kind, fields)
	}
}

// wantPriority: severity 5 is critical to syslog, 1 is information, and what is over is no
// news.
func wantPriority(a *klaxon.Alarm) []byte {
	if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract {
		return []byte("6")
	}
	return []byte{map[int]byte{1: '6', 2: '5', 3: '4', 4: '3', 5: '2'}[a.Severity]}
}

func (j *journald) restarted(t *testing.T, s *Sink, had int) {
	t.Helper()
	j.stop()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
		t.Fatalf("a journal that is gone took %d, %v", n, err)
	}
	j.start(t)
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(7)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	list := j.entries(t, had+1)
	if got := list[len(list)-1]["KLAXON_SEQ"]; len(list) != had+1 || got != "7" {
		t.Errorf("%d entries, the last is %s", len(list), got)
	}
}
