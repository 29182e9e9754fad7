//go:build linux

// Package e2e runs the programs as their users do: klaxon under real inetds,
// touched by another host, with a real syslog; tocsin on a real wire. Each script in testdata/script is one
// session, in namespaces of its own, and reads like one. Beside the commands of
// testscript a script has these:
//
//	need PROGRAM ...            skip the script unless these are here
//	ready tcp/512 udp/69 ...    wait until the target listens there
//	signal STOP PROGRAM         send a signal to every process of that name
//	attacker COMMAND ...        run a command on the attacker's host
//	touch [-from IP[:PORT]] tcp|udp ADDR:PORT ...
//	                            one connection or datagram from the attacker; a
//	                            connection must be closed without a byte
//	reset ADDR:PORT ...         connect and reset at once
//	datagrams N EVERY ADDR:PORT send that many, one in each interval
//	silent                      no datagram has been answered
//	syslogd                     start a small syslog daemon on /dev/log
//	waitlog [-file F] N REGEXP  wait for lines and for every klaxon to end: then
//	                            exactly N lines match
//	tally N|FILE REGEXP [REST]  wait until the lines that match, and the number that
//	                            the group of REST finds in others, are together N,
//	                            or as many as FILE has lines
//	identd IP MODE              an ident server at that address of the attacker
//	capture VAR REGEXP          set a variable to the first group in stdout
//	sniff PORT, sniffed N       count connection attempts to a port on the cable
//	still ADDR                  the target's kernel sends nothing of itself, and what
//	                            is sent to ADDR, which nobody has, comes to it
//	hear, [!] heard N           count the frames that the target sends
//	scanfile FILE PORTS         write a capture of a half-open scan
//	valid FILE                  each line follows its JSON Schema
//	unprivileged PROGRAM        it has no capability and can gain none
//	waitgone PROGRAM            wait until it has ended
//	nobody [-raw] OUT ERR COMMAND ...
//	                            start a command as nobody, with CAP_NET_RAW; with !
//	                            wait for it and want failure
package e2e

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// patience is how long anything may take that is not measured. It is only ever
// spent in full by a test that fails.
const patience = 20 * time.Second

// binEnv names the directory with the programs under test.
const binEnv = "KLAXON_E2E_BIN"

func TestMain(m *testing.M) {
	flag.Parse()
	// The scripts wait far more than they compute.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestScripts(t *testing.T) {
	if os.Getenv(binEnv) == "" {
		t.Setenv(binEnv, build(t))
	}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			t.Parallel()
			nstest.Run(t, func(t *testing.T, n *nstest.Net) { runScript(t, n, script) })
		})
	}
}

// build makes the programs as `make build` does, and returns their directory.
func build(t *testing.T) string {
	dir := t.TempDir()
	for name, p := range map[string]struct{ source, ldflags string }{
		"klaxon":       {"klaxon", "-s -w"},
		"klaxon.ident": {"klaxon", "-s -w -X main.identDefault=on"},
		"klaxond":      {"klaxond", "-s -w"},
		"tocsin":       {"tocsin", "-s -w"},
		"klaxonctl":    {"klaxonctl", "-s -w"},
	} {
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", p.ldflags, "-o", filepath.Join(dir, name), "klaxon/cmd/"+p.source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	return dir
}

func runScript(t *testing.T, n *nstest.Net, script string) {
	nstest.NeedRoot(t) // for a trap gives up root for another user
	s := &session{t: t, net: n}
	testscript.RunT(inline{t}, testscript.Params{
		Files: []string{script},
		Setup: s.setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"need":      s.need,
			"ready":     s.ready,
			"signal":    s.signal,
			"attacker":  s.attacker,
			"touch":     s.touch,
			"reset":     s.reset,
			"datagrams": s.datagrams,
			"silent":    s.silent,
			"capture":   capture,
			"syslogd":   s.startSyslog,
			"waitlog":   s.waitlog,
			"tally":     s.tally,
			"identd":    s.identd,
			"sniff":     s.sniff,
			"sniffed":   s.sniffed,
			"still":     s.still,
			"hear":      s.hear,
			"heard":     s.heard,

			"scanfile":     scanfile,
			"valid":        s.valid,
			"unprivileged": unprivileged,
			"waitgone":     waitgone,
			"nobody":       nobody,
		},
	})
}

// inline runs a script in the test that it is given, not in one below.
type inline struct{ *testing.T }

func (t inline) Run(_ string, f func(testscript.T)) { f(t) }
func (t inline) Parallel()                          {}
func (t inline) Verbose() bool                      { return testing.Verbose() }

// session is the state of one script.
type session struct {
	t      *testing.T
	net    *nstest.Net
	syslog *syslogd   // nil until started
	udp    []net.Conn // sockets that sent a datagram
	syns   *sniffer   // nil until started
	cable  *cable     // likewise
}

// trapDir is where the README puts the traps.
const trapDir = "/etc/local/klaxon"

// wireDir holds tocsin and klaxonctl, where any user may run them.
const wireDir = "/run/local/bin"

func (s *session) setup(env *testscript.Env) error {
	// klaxond writes and keeps its records here; the machine's own are none of
	// its business.
	for _, dir := range []string{"/var/log", "/var/lib"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	for _, name := range []string{"klaxon", "klaxon.ident", "klaxond"} {
		if err := install(trapDir, name, 0o700); err != nil {
			return err
		}
	}
	for _, name := range []string{"tocsin", "klaxonctl"} {
		if err := install(wireDir, name, 0o755); err != nil {
			return err
		}
	}
	path := []string{filepath.Join(debs.Dir(), "bin"), trapDir, wireDir, env.Getenv("PATH"), "/usr/sbin", "/sbin"}
	env.Setenv("PATH", strings.Join(path, ":"))
	return nil
}

// install puts a program into a directory of that mode, which is its own too.
func install(dir, name string, mode os.FileMode) error {
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(os.Getenv(binEnv), name))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), text, mode)
}

// usage ends the script unless the command was given at least n arguments.
func usage(ts *testscript.TestScript, neg bool, args []string, n int, form string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", form)
	}
}

// eventually waits until ok holds, and tells whether it ever did.
func eventually(ok func() bool) bool {
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// capture lets a script use what a program printed.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "capture VAR REGEXP")
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	m := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("stdout has no group that matches %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}
