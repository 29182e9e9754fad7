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

	"klaxon/internal/nstest"
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
	start(t, rsyslogd, config)
	conn := dial(t, socket)
	defer conn.Close()
	for _, m := range []string{"<37>Mar  4 12:00:00 klaxon[9]: ALERT: host a accessing port b", "<37>Mar  4 12:00:00 sshd[9]: not ours",
		"<37>Mar  4 12:00:00 klaxon[9]: ALERT: \x1b[2Jtwo\nlines", "<37>Mar  4 12:00:00 tocsin[9]: the last one"} {
		_, err := conn.Write([]byte(m))
		must(t, err)
	}
	got := await(t, file, "the last one")
	if len(got) != 3 || !strings.HasSuffix(got[0], "klaxon[9]: ALERT: host a accessing port b") || strings.Contains(got[1], "\x1b") || !strings.Contains(got[1], "lines") {
		t.Errorf("the file holds %q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// start runs rsyslogd until the test ends.
func start(t *testing.T, rsyslogd, config string) {
	t.Helper()
	cmd := exec.Command(rsyslogd, "-n", "-f", config, "-i", filepath.Join(t.TempDir(), "pid"))
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// await returns the lines of a file once one of them ends in last.
func await(t *testing.T, file, last string) []string {
	t.Helper()
	for range 300 {
		if text, err := os.ReadFile(file); err == nil && strings.HasSuffix(strings.TrimSpace(string(text)), last) {
			return lines(string(text))
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s never ends in %q", file, last)
	return nil
}

// TestLoggerBansNobody: what logger(1) writes, in any of the forms in which
// rsyslog puts it into a file, means nothing to fail2ban's filter.
func TestLoggerBansNobody(t *testing.T) {
	rsyslogd := program(t, "rsyslogd")
	logger, err := exec.LookPath("logger")
	if err != nil {
		nstest.Skip(t, "no logger here (apt-get install bsdutils)")
	}
	config, socket, file := rsyslogConf(t)
	files := []string{file}
	more := string(read(t, config)) + "\n"
	for _, template := range []string{"RSYSLOG_TraditionalFileFormat", "RSYSLOG_FileFormat", "RSYSLOG_SyslogProtocol23Format"} {
		other := filepath.Join(filepath.Dir(file), template+".log")
		files = append(files, other)
		more += "*.* action(type=\"omfile\" file=\"" + other + "\" template=\"" + template + "\")\n"
	}
	must(t, os.WriteFile(config, []byte(more), 0o600))
	start(t, rsyslogd, config)
	dial(t, socket).Close()
	const frozen = "ALERT: host x accessing port rexec src=" + gateway + " spt=1 dst=192.0.2.10 dpt=512 proto=tcp"
	stamped := told(t, "log", opened(touch(gateway, nil), nil))[0]
	for _, forged := range append([]string{frozen, frozen + " proof=handshake event=open id=" + id, stamped, "\n" + stamped + "\n"}, "the last one") {
		for _, tag := range []string{"klaxon[1]", "klaxond", "2026-03-04T12:00:00.000000Z"} {
			if forged == "the last one" {
				tag = "klaxon"
			}
			ask(t, logger, "-u", socket, "-p", "auth.notice", "-t", tag, "--", forged)
		}
	}
	var all []string
	for _, path := range files {
		forged := await(t, path, "the last one")
		if len(forged) < 3 || !strings.Contains(strings.Join(forged, ""), gateway) {
			t.Fatalf("%s holds no forgeries: %q", path, forged)
		}
		all = append(all, forged...)
	}
	if got := banned(t, nil, all, "<ip>"); len(got) > 0 {
		t.Errorf("banned %v by one of\n%s", got, strings.Join(all, "\n"))
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
