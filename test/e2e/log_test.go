//go:build linux

package e2e

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// syslogd keeps what is written to /dev/log, one entry for each datagram.
type syslogd struct {
	mu    sync.Mutex
	lines []string
}

const devLog = "/dev/log"

func (s *session) startSyslog(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, "syslogd")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: devLog})
	ts.Check(err)
	ts.Check(os.Chmod(devLog, 0o666))
	s.syslog = &syslogd{}
	go s.syslog.read(conn)
}

func (d *syslogd) read(conn *net.UnixConn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.lines = append(d.lines, readable(string(buf[:n])))
		d.mu.Unlock()
	}
}

// rfc3164 is how a local program talks to syslog: priority, local time without
// the year, tag and text. The text is one line of printable ASCII.
var rfc3164 = regexp.MustCompile(`^<(\d{1,3})>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d ([!-~]+: [ -~]*)$`)

// readable turns "<37>Nov 24 03:16:02 klaxon[9]: ALERT" into
// "auth.notice klaxon[9]: ALERT".
func readable(datagram string) string {
	m := rfc3164.FindStringSubmatch(datagram)
	if m == nil {
		return "malformed: " + strconv.Quote(datagram)
	}
	priority, _ := strconv.Atoi(m[1])
	severity := []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[priority%8]
	facility := map[int]string{3: "daemon", 4: "auth", 10: "authpriv"}[priority/8]
	return fmt.Sprintf("%s.%s %s", facility, severity, m[2])
}

// barrier is what flush writes; no program of ours says it.
const barrier = "end of what was written before"

// flush returns once everything written to /dev/log so far has been read.
func (d *syslogd) flush(ts *testscript.TestScript) {
	conn, err := net.Dial("unixgram", devLog)
	ts.Check(err)
	defer conn.Close()
	_, err = conn.Write([]byte("<15>Jan  1 00:00:00 test: " + barrier))
	ts.Check(err)
	is := func(line string) bool { return strings.HasSuffix(line, barrier) }
	seen := eventually(func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		before := len(d.lines)
		d.lines = slices.DeleteFunc(d.lines, is)
		return len(d.lines) < before
	})
	if !seen {
		ts.Fatalf("the log of the test itself has stopped")
	}
}

func (d *syslogd) snapshot() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func (s *session) waitlog(ts *testscript.TestScript, neg bool, args []string) {
	const form = "waitlog [-file F] N REGEXP"
	usage(ts, neg, args, 2, form)
	lines := func() []string { return s.syslog.snapshot() }
	if args[0] == "-file" {
		usage(ts, neg, args, 4, form)
		path := ts.MkAbs(args[1])
		lines = func() []string { return fileLines(path) }
		args = args[2:]
	} else if s.syslog == nil {
		ts.Fatalf("there is no syslogd yet")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	re, err := regexp.Compile(args[1])
	ts.Check(err)

	matching := func() int { return count(lines(), re) }
	eventually(func() bool { return matching() >= want })
	idle(ts)
	if s.syslog != nil {
		s.syslog.flush(ts)
	}
	if got := matching(); got != want {
		ts.Fatalf("%d lines match %s, want %d, of\n%s", got, re, want, strings.Join(lines(), "\n"))
	}
}

func (s *session) tally(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "tally N|FILE REGEXP [REST]")
	res := make([]*regexp.Regexp, 2)
	for i, arg := range args[1:min(len(args), 3)] {
		re, err := regexp.Compile(arg)
		ts.Check(err)
		res[i] = re
	}
	want := func() int { return len(fileLines(ts.MkAbs(args[0]))) }
	if n, err := strconv.Atoi(args[0]); err == nil {
		want = func() int { return n }
	}
	told := func() int {
		lines := s.syslog.snapshot()
		return count(lines, res[0]) + sum(lines, res[1])
	}
	eventually(func() bool { return told() == want() && want() > 0 })
	idle(ts)
	s.syslog.flush(ts)
	if got := told(); got != want() || got == 0 {
		ts.Fatalf("%d touches were told, want %d, by\n%s", got, want(), strings.Join(s.syslog.snapshot(), "\n"))
	}
}

// sum adds up what the first group of re finds; re may be nil.
func sum(lines []string, re *regexp.Regexp) (total int) {
	for _, line := range lines {
		if re == nil {
			break
		}
		if m := re.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			total += n
		}
	}
	return total
}

func count(lines []string, re *regexp.Regexp) (n int) {
	for _, line := range lines {
		if re.MatchString(line) {
			n++
		}
	}
	return n
}

// fileLines returns nothing while the file does not exist yet.
func fileLines(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
