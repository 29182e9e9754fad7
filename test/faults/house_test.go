//go:build linux

package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
)

// patience is how long anything may take that is not measured. It is only ever
// spent in full by a test that fails.
const patience = 30 * time.Second

// binEnv names the program under test.
const binEnv = "KLAXON_FAULTS_BIN"

// inside runs a test in namespaces of its own, with klaxond built.
func inside(t *testing.T, body func(*testing.T, *house)) {
	if os.Getenv(binEnv) == "" {
		t.Setenv(binEnv, build(t))
	}
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		nstest.NeedRoot(t) // for klaxond gives up root for another user
		body(t, newHouse(t, n))
	})
}

func build(t *testing.T, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "klaxond")
	cmd := exec.Command("go", append(append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", path}, flags...), "klaxon/cmd/klaxond")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build klaxond: %v\n%s", err, out)
	}
	return path
}

// house is the machine that klaxond runs on, and where it leaves things.
type house struct {
	t     *testing.T
	net   *nstest.Net
	dir   string // may be read and written by whom klaxond becomes
	disk  string // the folder of JSON file and store
	conf  string
	env   []string
	under []string        // what klaxond is started by, e.g. prlimit
	begin func(*exec.Cmd) // starts it another way, unless nil

	services string // its traps
}

// firstPort is the first of four traps over TCP, and the number of one over UDP.
const firstPort = 20_000

func newHouse(t *testing.T, n *nstest.Net) *house {
	h := &house{t: t, net: n, dir: "/run/house"}
	h.disk = filepath.Join(h.dir, "disk")
	h.conf = filepath.Join(h.dir, "klaxon.toml")
	h.services = fmt.Sprintf(`"tcp/%d-%d", "udp/%d"`, firstPort, firstPort+3, firstPort)
	for _, dir := range []string{h.dir, h.disk} {
		h.must(os.Mkdir(dir, 0o755))
		h.must(os.Chmod(dir, 0o777))
	}
	h.configure("")
	return h
}

// configure writes the configuration, with more of it.
func (h *house) configure(more string) {
	h.t.Helper()
	h.must(os.WriteFile(h.conf, fmt.Appendf(nil, `sensor = "house"
services = [%s]
ident = "off"
names = false
%s
[wire]
interfaces = ["eth0"]
mem = "4M"
[output.syslog]
enabled = false
`, h.services, more), 0o644))
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) json() string  { return filepath.Join(h.disk, "klaxon.jsonl") }
func (h *house) store() string { return filepath.Join(h.disk, "klaxon.db") }

// daemon is one run of klaxond.
type daemon struct {
	h        *house
	cmd      *exec.Cmd
	out, err string // files
}

// start starts klaxond and returns at once.
func (h *house) start() *daemon { return h.startWith(nil) }

// startWith has klaxond write its lines to out, unless that is nil.
func (h *house) startWith(out *os.File) *daemon {
	h.t.Helper()
	d := &daemon{h: h, out: filepath.Join(h.dir, "out"), err: filepath.Join(h.dir, "err")}
	args := append(append([]string{}, h.under...), os.Getenv(binEnv), "-config", h.conf)
	d.cmd = exec.Command(args[0], args[1:]...)
	d.cmd.Env = append(append(os.Environ(), "STATE_DIRECTORY="+h.disk, "LOGS_DIRECTORY="+h.disk, "RUNTIME_DIRECTORY="+h.dir), h.env...)
	if out == nil {
		var err error
		out, err = os.Create(d.out)
		h.must(err)
		defer out.Close()
	}
	errs, err := os.Create(d.err)
	h.must(err)
	defer errs.Close()
	d.cmd.Stdout, d.cmd.Stderr = out, errs
	if h.begin != nil {
		h.begin(d.cmd)
		return d
	}
	h.must(d.cmd.Start())
	return d
}

// run starts klaxond and waits until its traps ring.
func (h *house) run() *daemon {
	h.t.Helper()
	d := h.start()
	d.ready()
	return d
}

// ready waits until all is armed: the greeting ends then.
func (d *daemon) ready() { d.h.t.Helper(); d.waitErr(isReady) }

const isReady = "and are kept for klaxonctl"

func (d *daemon) pid() int { return d.cmd.Process.Pid }

// proc is the path of what the kernel says of klaxond.
func (d *daemon) proc(name string) string { return fmt.Sprintf("/proc/%d/%s", d.pid(), name) }

// waitErr waits until klaxond has said something.
func (d *daemon) waitErr(words string) { d.h.t.Helper(); d.wait(d.err, words) }

// waitOut waits until klaxond has told something.
func (d *daemon) waitOut(words string) { d.h.t.Helper(); d.wait(d.out, words) }

// wait waits until a file has something that matches.
func (d *daemon) wait(path, pattern string) {
	d.h.t.Helper()
	re := regexp.MustCompile(pattern)
	if !eventually(func() bool { return re.Match(read(path)) }) {
		d.h.t.Fatalf("%s has no %q:\n%s\nklaxond said:\n%s", path, pattern, tail(read(path)), tail(read(d.err)))
	}
}

// stop ends klaxond in order.
func (d *daemon) stop() {
	d.h.t.Helper()
	d.h.must(d.cmd.Process.Signal(syscall.SIGTERM))
	if err := d.cmd.Wait(); err != nil {
		d.h.t.Fatalf("klaxond: %v\n%s", err, tail(read(d.err)))
	}
}

// said finds numbers in what klaxond said at its end.
func (d *daemon) said(pattern string) (numbers []int) {
	d.h.t.Helper()
	plain := regexp.MustCompile(`(\d),(\d{3})`).ReplaceAll(read(d.err), []byte("$1$2"))
	m := regexp.MustCompile(pattern).FindSubmatch(plain)
	if m == nil {
		d.h.t.Fatalf("klaxond did not say %q:\n%s", pattern, tail(read(d.err)))
	}
	for _, text := range m[1:] {
		n, err := strconv.Atoi(string(text))
		d.h.must(err)
		numbers = append(numbers, n)
	}
	return numbers
}

func eventually(ok func() bool) bool {
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// read returns a file's bytes, none of one that is not there.
func read(path string) []byte {
	text, _ := os.ReadFile(path)
	return text
}

func tail(text []byte) []byte { return text[max(0, len(text)-4000):] }

// record is what the tests look at in a record.
type record struct {
	Type, Boot, ID, What, Output, Detail, Event string
	Seq                                         uint64
	Count                                       int
	Src                                         struct{ IP string }
}

// records reads lines of JSON. broken counts those that are none.
func records(t *testing.T, text []byte) (list []record, broken int) {
	t.Helper()
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue // it is being written, or never will be
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			broken++
			continue
		}
		list = append(list, r)
	}
	return list, broken
}

// tally sums up records.
type tally struct {
	touches, alarms int
	held            int            // touches held back
	drops           map[string]int // by output
	what            map[string]int // health records, as WHAT/OUTPUT
}

func sum(list []record) tally {
	s := tally{drops: map[string]int{}, what: map[string]int{}}
	for _, r := range list {
		switch r.Type {
		case "touch":
			s.touches++
		case "alarm":
			s.alarms++
		case "health":
			s.what[strings.TrimSuffix(r.What+"/"+r.Output, "/")]++
			switch r.What {
			case "held-back":
				s.held += r.Count
			case "drops":
				s.drops[r.Output] += r.Count
			}
		}
	}
	return s
}

// touch connects from one of the attacker's addresses, 2 to 9, to a trap and
// waits until that closes.
func touch(from, trap int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 20}); err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 9, 0, byte(from)}}); err != nil {
		return err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 9, 0, 1}, Port: firstPort + trap}); err != nil {
		return err
	}
	var b [1]byte
	_, err = unix.Read(fd, b[:])
	return err
}

// touches makes that many touches, from one address or from all in turn when that
// is 0, each of which must succeed.
func (h *house) touches(n, from int) {
	h.t.Helper()
	h.must(h.net.Attacker(func() error {
		for i := range n {
			who := from
			if who == 0 {
				who = 2 + i%8
			}
			if err := touch(who, i%4); err != nil {
				return fmt.Errorf("touch %d of %d from .%d: %w", i+1, n, who, err)
			}
		}
		return nil
	}))
}

// datagrams sends that many with a payload to the trap over UDP, from all
// addresses in turn, not faster than they are taken.
func (h *house) datagrams(n int) {
	h.t.Helper()
	payload := bytes.Repeat([]byte("x"), 400)
	h.must(h.net.Attacker(func() error {
		var from [8]int
		for i := range from {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 9, 0, byte(2 + i)}}); err != nil {
				return err
			}
			from[i] = fd
		}
		for i := range n {
			err := unix.Sendto(from[i%8], payload, 0, &unix.SockaddrInet4{Addr: [4]byte{10, 9, 0, 1}, Port: firstPort})
			if err != nil {
				return err
			}
			if i%32 == 31 {
				time.Sleep(2 * time.Millisecond)
			}
		}
		return nil
	}))
}
