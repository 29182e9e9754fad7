package outputs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"klaxon/internal/outbound/outboundtest"
)

// patience is how long a test waits for what must come; it asserts nothing.
const patience = 30 * time.Second

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}

// freePort is one that nobody has, as far as can be known.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

type daemon struct {
	dir    string
	trap   int
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	done   chan error
}

var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "klaxon-outputs")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "klaxond")
	build := exec.Command("go", "build", "-o", program, "klaxon/cmd/klaxond")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	os.Chmod(dir, 0o755)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// hookAndLog are a webhook and a syslog daemon that take every touch.
func hookAndLog(url, address string) string {
	return fmt.Sprintf(`[[output]]
type = "webhook"
name = "hook"
url = %q
allow_private = true
touches = true
[[output]]
type = "syslog"
name = "log"
transport = "tcp"
address = %q
format = "json"
touches = true
`, url, address)
}

// start runs klaxond with one trap on loopback, and what a test says of outputs.
func start(t *testing.T, dir string, config string) *daemon {
	t.Helper()
	d := &daemon{dir: dir, trap: freePort(t), stderr: &bytes.Buffer{}, done: make(chan error, 1)}
	text := fmt.Sprintf("sensor = \"gate\"\nservices = [\"tcp/%d\"]\naddresses = [\"127.0.0.1\"]\n[wire]\nenabled = false\n%s", d.trap, config)
	file := filepath.Join(dir, "klaxon.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.cmd = exec.Command(program, "-config", file)
	d.cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"), "LOGS_DIRECTORY="+filepath.Join(dir, "log"),
		"RUNTIME_DIRECTORY="+filepath.Join(dir, "run"), "JOURNAL_STREAM=1:1")
	d.cmd.Stderr = d.stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.done <- d.cmd.Wait() }()
	t.Cleanup(func() {
		d.cmd.Process.Kill()
		if t.Failed() {
			t.Logf("klaxond: %s", d.stderr)
		}
	})
	eventually(t, "the trap", func() bool {
		_, err := os.Stat(filepath.Join(dir, "log", "klaxon.jsonl"))
		return err == nil
	})
	return d
}

func (d *daemon) stop(t *testing.T) {
	t.Helper()
	d.cmd.Process.Signal(syscall.SIGTERM)
	if err := <-d.done; err != nil {
		t.Errorf("klaxond ended with %v", err)
	}
}

// touch opens the trap, from an address of loopback of its own.
func (d *daemon) touch(t *testing.T, from string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Second}
	eventually(t, "a connection", func() bool {
		c, err := dialer.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.trap))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // klaxond gives root up
	}
	return dir
}

// sources are those of the alarms that opened among bodies of our own JSON.
func sources(bodies [][]byte) (list []string) {
	for _, b := range bodies {
		var r struct {
			Type, Event string
			Src         struct{ IP string }
		}
		if json.Unmarshal(b, &r) == nil && r.Type == "alarm" && r.Event == "open" {
			list = append(list, r.Src.IP)
		}
	}
	return list
}

// TestDeadPeers: with one webhook that hangs, one that redirects, one that answers
// 500 with 10 MB, one that resolves to where it may not go, a mail server that is
// not there and a syslog daemon that reads nothing, the good webhook has every
// alarm, the counts say who fails, and the end does not wait for the dead.
func TestDeadPeers(t *testing.T) {
	good, hangs, redirects, huge, private := outboundtest.New(t), outboundtest.New(t), outboundtest.New(t), outboundtest.New(t), outboundtest.New(t)
	hangs.Answer(outboundtest.Hang)
	redirects.Answer(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, private.URL, http.StatusPermanentRedirect)
	})
	huge.Answer(outboundtest.Huge(500))
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	scrape, nobody := freePort(t), freePort(t)
	dir := folder(t)
	hook := func(name, url string, allow bool) string {
		return fmt.Sprintf("[[output]]\ntype = \"webhook\"\nname = %q\nurl = %q\nallow_private = %v\ndeadline = \"1s\"\n", name, url, allow)
	}
	d := start(t, dir, hook("hangs", hangs.URL, true)+hook("redirects", redirects.URL, true)+hook("huge", huge.URL, true)+hook("private", private.URL, false)+
		hook("good", good.URL, true)+fmt.Sprintf(`
[[output]]
type = "mail"
address = "127.0.0.1:%d"
from = "klaxon@gate.example"
to = ["ops@example.net"]
[[output]]
type = "syslog"
transport = "tls"
address = %q
deadline = "1s"
[[output]]
type = "metrics"
address = "127.0.0.1:%d"
`, nobody, deaf.Addr(), scrape))
	const made = 10
	for i := range made {
		d.touch(t, fmt.Sprintf("127.0.1.%d", i+1))
	}
	eventually(t, "every alarm", func() bool { return len(sources(good.Taken())) == made })
	var page string
	eventually(t, "the counts of the dead", func() bool {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", scrape))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		page = string(body)
		for _, name := range []string{"hangs", "redirects", "huge", "private", "mail", "syslog-tls"} {
			if !strings.Contains(page, fmt.Sprintf("klaxon_output_failing{output=%q} 1\n", name)) {
				return false
			}
		}
		return true
	})
	if !strings.Contains(page, "klaxon_output_failing{output=\"good\"} 0\n") || !strings.Contains(page, "klaxon_touches_total 10\n") {
		t.Errorf("%s", page)
	}
	d.stop(t)
	if n := len(private.Taken()) + len(redirects.Taken()) + len(huge.Taken()); n != 0 {
		t.Errorf("%d requests came where they should not", n)
	}
}

// TestSecretsStayHidden: what klaxond says, and its page of metrics, hold none of
// the secrets that it was given; and one that everybody may read is refused.
func TestSecretsStayHidden(t *testing.T) {
	peer := outboundtest.New(t)
	peer.Answer(outboundtest.Status(403))
	dir := folder(t)
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	url := write("url", peer.URL+"/hunter2\n", 0o600)
	key := write("key", "hunter2\n", 0o600)
	table := "[[output]]\ntype = \"webhook\"\nurl = \"file:" + url + "\"\nsecret = \"file:" + key + "\"\ntoken = \"file:" + key + "\"\nallow_private = true\n"
	d := start(t, dir, table)
	d.touch(t, "127.0.0.1")
	records := filepath.Join(dir, "log", "klaxon.jsonl")
	eventually(t, "word of the failure", func() bool {
		text, _ := os.ReadFile(records)
		return bytes.Contains(text, []byte("403"))
	})
	d.stop(t)
	text, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("hunter2")) || strings.Contains(d.stderr.String(), "hunter2") {
		t.Errorf("a secret was told: %s %s", text, d.stderr)
	}
	os.Chmod(key, 0o644)
	out, err := exec.Command(program, "-check", "-config", filepath.Join(dir, "klaxon.toml")).CombinedOutput()
	if !bytes.Contains(out, []byte("chmod o=")) || bytes.Contains(out, []byte("hunter2")) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRestart: what a dead peer had not taken when klaxond ended, it has after the
// next start, each record once.
func TestRestart(t *testing.T) {
	peer := outboundtest.New(t)
	dir := folder(t)
	table := fmt.Sprintf("[[output]]\ntype = \"webhook\"\nurl = %q\nallow_private = true\n", peer.URL)
	d := start(t, dir, table)
	d.touch(t, "127.0.1.1")
	eventually(t, "the first alarm", func() bool { return len(sources(peer.Taken())) == 1 })
	peer.Answer(outboundtest.Status(503))
	for i := range 5 {
		d.touch(t, fmt.Sprintf("127.0.1.%d", i+2))
	}
	records := filepath.Join(dir, "log", "klaxon.jsonl")
	eventually(t, "every alarm in the file", func() bool {
		text, _ := os.ReadFile(records)
		return len(sources(bytes.Split(text, []byte("\n")))) == 6
	})
	d.stop(t)
	had := len(sources(peer.Taken()))
	peer.Answer(nil)
	d = start(t, dir, table)
	eventually(t, "what was left", func() bool { return len(sources(peer.Taken())) >= 6 })
	d.touch(t, "127.0.1.9")
	eventually(t, "what is new", func() bool { return len(sources(peer.Taken())) >= 7 })
	d.stop(t)
	if got := sources(peer.Taken()); had != 1 || len(got) != 7 || got[6] != "127.0.1.9" {
		t.Errorf("before the end %d, then %v", had, got)
	}
	seen := map[string]int{}
	for _, h := range peer.Headers() {
		seen[h.Get("Webhook-Id")]++
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}
