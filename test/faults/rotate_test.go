//go:build linux

package faults

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// TestRotation lets the real logrotate turn over the JSON file under load, as the
// packages tell it to: no record is lost, doubled or torn on the way from one file
// to the next.
func TestRotation(t *testing.T) {
	inside(t, func(t *testing.T, h *house) {
		logrotate, err := debs.Find("logrotate")
		if err != nil {
			nstest.Skip(t, err.Error())
		}
		d := h.run()
		var made atomic.Int64
		var enough atomic.Bool
		done := make(chan error)
		go func() {
			done <- h.net.Attacker(func() error {
				for !enough.Load() {
					if err := touch(2, 0); err != nil {
						return err
					}
					made.Add(1)
					time.Sleep(time.Millisecond) // a source has 10,000 at once, and the machine may be slow
				}
				return nil
			})
		}()
		for range 3 {
			if !eventually(func() bool { return len(read(h.json())) > 0 }) {
				t.Fatalf("klaxond does not write to the new file:\n%s", read(d.err))
			}
			h.rotate(logrotate)
		}
		enough.Store(true)
		h.must(<-done)
		d.stop()
		var text []byte
		for _, name := range []string{".3.gz", ".2.gz", ".1", ""} {
			text = append(text, h.unpacked(h.json()+name)...)
		}
		list, broken := records(t, text)
		if n := int(made.Load()); broken > 0 || sum(list).touches != n || sum(h.stored()).touches != n {
			t.Errorf("%d touches were made; the files have %d and %d broken lines, the store has %d", n, sum(list).touches, broken, sum(h.stored()).touches)
		}
		for boot, list := range boots(list) {
			numbered(t, "files", boot, list)
		}
	})
}

// rotate runs logrotate on a machine without systemd.
func (h *house) rotate(logrotate string) {
	h.t.Helper()
	text := string(read("../../packaging/integrations/logrotate/klaxon"))
	// klaxond, started by root where there is no user klaxon, is nobody.
	for old, change := range map[string]string{"/var/log/klaxon/": h.disk + "/", "su klaxon klaxon": "su nobody nogroup", "0640 klaxon klaxon": "0640 nobody nogroup"} {
		if !strings.Contains(text, old) {
			h.t.Fatalf("the snippet for logrotate lacks %q", old)
		}
		text = strings.ReplaceAll(text, old, change)
	}
	conf, systemctl := filepath.Join(h.dir, "rotate"), filepath.Join(h.dir, "systemctl")
	h.must(os.WriteFile(conf, []byte(text), 0o644))
	h.must(os.WriteFile(systemctl, []byte("#!/bin/sh\nexit 1\n"), 0o755))
	cmd := exec.Command(logrotate, "-f", "-s", filepath.Join(h.dir, "rotated"), conf)
	cmd.Env = append(os.Environ(), fmt.Sprintf("PATH=%s:%s", h.dir, os.Getenv("PATH")))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		h.t.Fatalf("logrotate: %v\n%s", err, out)
	}
}

// unpacked is the text of a file, compressed or not.
func (h *house) unpacked(path string) []byte {
	h.t.Helper()
	f, err := os.Open(path)
	h.must(err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		r, err = gzip.NewReader(f)
		h.must(err)
	}
	text, err := io.ReadAll(r)
	h.must(err)
	return text
}
