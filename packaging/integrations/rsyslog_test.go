package integrations

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// rsyslogConf is an instance of its own: a socket to write to, and what is shipped.
func rsyslogConf(t *testing.T) (config, socket, file string) {
	t.Helper()
	dir := t.TempDir()
	socket, file = filepath.Join(dir, "log"), filepath.Join(dir, "klaxon-syslog.log")
	const shipped = "rsyslog/30-klaxon.conf"
	text := strings.ReplaceAll(string(read(t, shipped)), "/var/log/klaxon-syslog.log", file)
	if !strings.Contains(text, file) {
		t.Fatalf("%s writes no file", shipped)
	}
	config = filepath.Join(dir, "rsyslog.conf")
	head := "global(workDirectory=\"" + dir + "\")\nmodule(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"" + socket + "\")\n"
	must(t, os.WriteFile(config, []byte(head+text+"\n"), 0o600))
	return config, socket, file
}

// TestRsyslogTakes: rsyslogd finds no fault with what is shipped, the action that is
// a comment included.
func TestRsyslogTakes(t *testing.T) {
	rsyslogd := program(t, "rsyslogd")
	config, _, _ := rsyslogConf(t)
	if out := ask(t, rsyslogd, "-N1", "-f", config); strings.Contains(out, "error") || strings.Contains(out, "warning") {
		t.Error(out)
	}
	text := string(read(t, config))
	whole := regexp.MustCompile(`(?m)^    # `).ReplaceAllString(text, "    ")
	if whole == text {
		t.Fatal("there is no action for a collector to uncomment")
	}
	whole = strings.ReplaceAll(whole, `StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"`, "") // another package
	must(t, os.WriteFile(config, []byte(whole), 0o600))
	if out := ask(t, rsyslogd, "-N1", "-f", config); strings.Contains(out, "error") || strings.Contains(out, "warning") {
		t.Error(out)
	}
}

// TestRsyslogWrites: our lines go to the file, one line each, whatever is in them;
// others do not.
func TestRsyslogWrites(t *testing.T) {
	rsyslogd := program(t, "rsyslogd")
	config, socket, file := rsyslogConf(t)
	cmd := exec.Command(rsyslogd, "-n", "-f", config, "-i", filepath.Join(t.TempDir(), "pid"))
	must(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	conn := dial(t, socket)
	defer conn.Close()
	for _, m := range []string{"<37>Mar  4 12:00:00 klaxon[9]: ALERT: host a accessing port b", "<37>Mar  4 12:00:00 sshd[9]: not ours",
		"<37>Mar  4 12:00:00 klaxon[9]: ALERT: \x1b[2Jtwo\nlines", "<37>Mar  4 12:00:00 tocsin[9]: the last one"} {
		_, err := conn.Write([]byte(m))
		must(t, err)
	}
	var got []string
	for range 100 {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "the last one") {
			got = lines(string(text))
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(got) != 3 || !strings.HasSuffix(got[0], "klaxon[9]: ALERT: host a accessing port b") || strings.Contains(got[1], "\x1b") || !strings.Contains(got[1], "lines") {
		t.Errorf("the file holds %q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

func dial(t *testing.T, socket string) net.Conn {
	t.Helper()
	for range 100 {
		if conn, err := net.Dial("unixgram", socket); err == nil {
			return conn
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("rsyslogd does not listen")
	return nil
}
