//go:build linux

package live

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// sensor is tocsin on the link of one host. The monitor's has tcpdump beside it
// as a witness of what tocsin's filter keeps from it.
type sensor struct {
	lab     *lab
	host    string
	tocsin  *watcher
	tcpdump *watcher // nil where there is none
}

// watcher is a program that watches until it is told to stop.
type watcher struct {
	cmd    *exec.Cmd
	file   string // its recording
	stdout bytes.Buffer
	notes  notes
	ended  chan error
}

// notes gathers what a program says on its standard error, and tells when it
// says that it listens.
type notes struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text.Write(b)
	if n.ready != nil && strings.Contains(n.text.String(), "listening on") {
		close(n.ready)
		n.ready = nil
	}
	return len(b), nil
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// watch starts a sensor on a host, and returns when it sees packets.
func (l *lab) watch(host string) *sensor {
	l.t.Helper()
	s := &sensor{lab: l, host: host}
	record := filepath.Join(l.dir, host+".pcapng")
	argv := []string{os.Getenv(tocsinEnv), "-i", "eth0", "-w", record, "-json", "-v", "-sensor", "lab", "-mem", memory}
	if host == monitor {
		argv = append(argv, "-p")
		dump := filepath.Join(l.dir, host+".pcap")
		s.tcpdump = l.start(host, dump, "tcpdump", "-i", "eth0", "-w", dump, "-U", "--immediate-mode", "-s", "1600", "-Z", "root", "-B", "65536",
			"--time-stamp-precision=nano")
	}
	s.tocsin = l.start(host, record, argv...)
	return s
}

func (l *lab) start(host, file string, argv ...string) *watcher {
	l.t.Helper()
	w := &watcher{cmd: l.command(host, argv...), file: file, ended: make(chan error, 1)}
	ready := make(chan struct{})
	w.notes.ready = ready
	w.cmd.Stdout, w.cmd.Stderr = &w.stdout, &w.notes
	l.must(w.cmd.Start())
	go func() { w.ended <- w.cmd.Wait() }()
	select {
	case <-ready:
	case err := <-w.ended:
		l.t.Fatalf("%s does not listen: %v\n%s", argv[0], err, w.notes.String())
	case <-time.After(30 * time.Second):
		l.t.Fatalf("%s does not listen:\n%s", argv[0], w.notes.String())
	}
	return w
}

// memory is less than by default: many sensors run at once.
const memory = "16M"

// settle is how long answers may still come, and a recorder take to write.
const settle = 300 * time.Millisecond

// stop ends the watchers, who must have seen everything.
func (s *sensor) stop() {
	s.lab.t.Helper()
	time.Sleep(settle)
	for _, w := range []*watcher{s.tocsin, s.tcpdump} {
		if w == nil {
			continue
		}
		s.lab.must(w.cmd.Process.Signal(unix.SIGINT))
		if err := <-w.ended; err != nil {
			s.lab.t.Errorf("%s: %v\n%s", s.host, err, w.notes.String())
		}
	}
	if notes := s.tocsin.notes.String(); !strings.Contains(notes, " 0 lost by the kernel") {
		s.lab.t.Errorf("tocsin on %s lost packets:\n%s", s.host, notes)
	}
	if s.tcpdump != nil && !strings.Contains("\n"+s.tcpdump.notes.String(), "\n0 packets dropped by kernel") {
		s.lab.t.Errorf("tcpdump on %s lost packets:\n%s", s.host, s.tcpdump.notes.String())
	}
}

// judge holds the alarms against the truth: those of tocsin as it listened, and
// those of the detector for tcpdump's recording. What tocsin makes of its own
// recording must be the same, byte for byte.
func (s *sensor) judge(x *scenario) bool {
	t := s.lab.t
	t.Helper()
	live := s.tocsin.stdout.Bytes()
	right := x.check(t, s.host, alarmsOf(t, live))
	conserved(t, s.host, s.tocsin.file, s.tocsin.notes.String())
	if again := s.replay(); !bytes.Equal(live, again) {
		t.Errorf("%s: the recording tells something else: live\n%s\nfrom the recording\n%s", s.host, live, again)
	}
	if s.tcpdump != nil {
		alarms, frames := s.dumped()
		right = x.check(t, s.host+", tcpdump", alarms) && right
		x.happened(t, frames)
	}
	return right
}

// replay is what tocsin says of its own recording.
func (s *sensor) replay() []byte {
	s.lab.t.Helper()
	cmd := exec.Command(os.Getenv(tocsinEnv), "-r", s.tocsin.file, "-json", "-v", "-mem", memory)
	var notes bytes.Buffer
	cmd.Stderr = &notes
	out, err := cmd.Output()
	if err != nil {
		s.lab.t.Fatalf("tocsin -r: %v\n%s", err, &notes)
	}
	conserved(s.lab.t, s.host+", from the recording", s.tocsin.file, notes.String())
	return out
}

// dumped returns the alarms for tcpdump's recording, and its size in frames.
func (s *sensor) dumped() ([]*klaxon.Alarm, int) {
	f, err := os.Open(s.tcpdump.file)
	s.lab.must(err)
	defer f.Close()
	return judge(s.lab.t, f)
}

// tocsinEnv tells the processes inside where the program under test is.
const tocsinEnv = "KLAXON_LIVE_TOCSIN"

// build makes tocsin as `make build` does, and lets the children know.
func build(t *testing.T) {
	t.Helper()
	if os.Getenv(tocsinEnv) != "" {
		return
	}
	path := filepath.Join(t.TempDir(), "tocsin")
	cmd := exec.Command("go", "build", "-o", path, "klaxon/cmd/tocsin")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build tocsin: %v\n%s", err, out)
	}
	t.Setenv(tocsinEnv, path)
}
