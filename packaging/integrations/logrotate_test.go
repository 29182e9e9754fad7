package integrations

import (
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLogrotate: the real program takes what is shipped, moves both files away,
// makes new ones of mode 0640, and asks klaxond to open them.
func TestLogrotate(t *testing.T) {
	logrotate := program(t, "logrotate")
	dir, bin := t.TempDir(), t.TempDir()
	must(t, os.Chmod(dir, 0o750)) // as tmpfiles.d makes it
	for _, name := range []string{"klaxon.jsonl", "klaxon.log", "klaxon.cef"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("old\n"), 0o640))
	}
	me, err := user.Current()
	must(t, err)
	group, err := user.LookupGroupId(me.Gid)
	must(t, err)
	text := string(read(t, "logrotate/klaxon")) + "\n"
	for old, change := range map[string]string{"/var/log/klaxon/": dir + "/", "su klaxon klaxon": "su " + me.Username + " " + group.Name, "0640 klaxon klaxon": "0640 " + me.Username + " " + group.Name} {
		if !strings.Contains(text, old) {
			t.Fatalf("logrotate/klaxon lacks %q", old)
		}
		text = strings.ReplaceAll(text, old, change)
	}
	config, state := filepath.Join(bin, "klaxon"), filepath.Join(bin, "state")
	must(t, os.WriteFile(config, []byte(text), 0o644))
	if out := ask(t, logrotate, "-d", "-s", state, config); strings.Contains(out, "error:") || !strings.Contains(out, "Handling 1 logs") {
		t.Fatal(out)
	}

	// This process stands for klaxond.
	must(t, os.WriteFile(filepath.Join(bin, "systemctl"), fmt.Appendf(nil, "#!/bin/sh\necho %d\n", os.Getpid()), 0o755))
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	if out, err := run(t, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, logrotate, "-f", "-v", "-s", state, config); err != nil || strings.Contains(out, "error:") {
		t.Fatalf("%v\n%s", err, out)
	}
	select {
	case <-hup:
	case <-time.After(time.Minute):
		t.Error("klaxond was not asked to open its files")
	}
	for _, name := range []string{"klaxon.jsonl", "klaxon.log", "klaxon.cef"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.Size() != 0 || info.Mode().Perm() != 0o640 {
			t.Errorf("the new %s: %v, %v", name, info, err)
		}
		if old := read(t, path+".1"); string(old) != "old" {
			t.Errorf("the old %s holds %q", name, old)
		}
	}
}
