//go:build linux

package outputs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
	"klaxon/internal/outbound/outboundtest"
	"klaxon/test/debs"
)

// exim is the real one, from Debian, which takes mail over TLS alone, from who can log
// in, and puts it into a maildir.
type exim struct {
	dir, program string
	cmd          *exec.Cmd
}

// eximUser is compiled into Debian's exim.
const (
	eximUser = "Debian-exim"
	eximID   = 971
	eximPort = 2525
	password = "hunter2"
)

const eximConf = `exim_path = %[2]s
keep_environment = LD_LIBRARY_PATH
primary_hostname = mail.example
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/%%slog
pid_file_path = %[1]s/spool/pid
deliver_drop_privilege = true
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[3]d
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = %[1]s/cert.pem
tls_privatekey = %[1]s/key.pem
auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  accept authenticated = *
  deny message = log in first
data:
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = %[1]s/Maildir
  maildir_format
  create_directory
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{klaxon}}{eq{$auth3}{%[4]s}}}}
  server_set_id = $auth2
`

func newExim(t *testing.T) *exim {
	t.Helper()
	wrapper, err := debs.Find("exim4")
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	e := &exim{dir: "/run/exim", program: "/run/exim/exim4"}
	must(t, os.MkdirAll(filepath.Join(e.dir, "spool"), 0o755))
	e.reach(t, wrapper)
	for file, line := range map[string]string{
		"/etc/passwd": fmt.Sprintf("%s:x:%d:%d::/run/exim:/usr/sbin/nologin\n", eximUser, eximID, eximID),
		"/etc/group":  fmt.Sprintf("%s:x:%d:\n", eximUser, eximID),
	} {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteString(line)
		must(t, err)
		must(t, f.Close())
	}
	certify(t, filepath.Join(e.dir, "cert.pem"), filepath.Join(e.dir, "key.pem"))
	for _, name := range []string{"", "spool", "key.pem"} {
		must(t, os.Chown(filepath.Join(e.dir, name), eximID, eximID))
	}
	must(t, os.WriteFile(e.conf(), fmt.Appendf(nil, eximConf, e.dir, e.program, eximPort, password), 0o644))
	return e
}

func (e *exim) conf() string { return "/run/exim.conf" }

// reach has exim where the user that it becomes may start it, wherever the cache is.
func (e *exim) reach(t *testing.T, wrapper string) {
	t.Helper()
	const here = "/run/exim4"
	root, err := filepath.EvalSymlinks(filepath.Join(debs.Dir(), "exim4-daemon-light"))
	must(t, err)
	must(t, os.Mkdir(here, 0o755))
	must(t, unix.Mount(root, here, "", unix.MS_BIND, ""))
	text, err := os.ReadFile(wrapper)
	must(t, err)
	must(t, os.WriteFile(e.program, bytes.ReplaceAll(text, []byte(root), []byte(here)), 0o755))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func certify(t *testing.T, certFile, keyFile string) {
	t.Helper()
	cert, _ := outboundtest.Certificate(t)
	private, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	must(t, err)
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o644))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

func (e *exim) start(t *testing.T) {
	t.Helper()
	var said bytes.Buffer
	e.cmd = exec.Command(e.program, "-bdf", "-C", e.conf())
	e.cmd.Stdout, e.cmd.Stderr = &said, &said
	must(t, e.cmd.Start())
	t.Cleanup(e.stop)
	eventually(t, "exim", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", eximPort))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (e *exim) stop() {
	e.cmd.Process.Kill()
	e.cmd.Wait()
}

// letter is a mail as its reader has it.
type letter struct {
	head mail.Header
	text string
}

func (e *exim) letters(t *testing.T) (list []letter) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(e.dir, "Maildir", "new", "*"))
	must(t, err)
	for _, path := range files {
		f, err := os.Open(path)
		must(t, err)
		m, err := mail.ReadMessage(f)
		must(t, err)
		text, err := io.ReadAll(m.Body)
		must(t, err)
		f.Close()
		list = append(list, letter{m.Header, string(text)})
	}
	return list
}

var shown = regexp.MustCompile(`(?m)^    klaxonctl show ([a-z2-7]{26})$`)

// opened counts how often each alarm is told to have opened.
func opened(list []letter) map[string]int {
	times := map[string]int{}
	for _, l := range list {
		for _, m := range shown.FindAllStringSubmatch(l.text, -1) {
			times[m[1]]++
		}
	}
	return times
}

// TestMailByExim: the real exim, over STARTTLS with a login, has every alarm in
// digests that a reader of mail can read; what came while it was away and klaxond was
// killed, it has once it is back; none twice.
func TestMailByExim(t *testing.T) {
	nstest.Run(t, func(t *testing.T, _ *nstest.Net) {
		nstest.NeedRoot(t) // for exim becomes another user
		e := newExim(t)
		e.start(t)
		dir := folder(t)
		secret := filepath.Join(dir, "password")
		must(t, os.WriteFile(secret, []byte(password+"\n"), 0o600))
		table := fmt.Sprintf(`[[output]]
type = "mail"
address = "127.0.0.1:%d"
from = "klaxon@gate.example"
to = ["ops@example.net", "night@example.net"]
user = "klaxon"
password = "file:%s"
ca = "%s"
digest = "2s"
`, eximPort, secret, filepath.Join(e.dir, "cert.pem"))
		d := start(t, dir, table)
		const first, then = 6, 4
		for i := range first {
			d.touch(t, fmt.Sprintf("127.0.1.%d", i+1))
		}
		// exim keeps one copy for each of the two who are written to.
		eventually(t, "each alarm, to two", func() bool { return every(opened(e.letters(t)), first, 2) })
		for _, l := range e.letters(t) {
			judgeLetter(t, l)
		}
		e.stop()
		for i := range then {
			d.touch(t, fmt.Sprintf("127.0.2.%d", i+1))
		}
		eventually(t, "the alarms in the store", func() bool { return opensIn(t, dir) == first+then })
		d.cmd.Process.Kill()
		<-d.done
		e.start(t)
		d = start(t, dir, table)
		eventually(t, "what came meanwhile", func() bool { return every(opened(e.letters(t)), first+then, 2) })
		d.stop(t)
		if got := opened(e.letters(t)); !every(got, first+then, 2) {
			t.Errorf("told to two are %v", got)
		}
	})
}

// every tells whether there are n alarms, each told so often.
func every(times map[string]int, n, often int) bool {
	for v := range maps.Values(times) {
		if v != often {
			return false
		}
	}
	return len(times) == n
}

// opensIn counts the alarms that opened, in the store.
func opensIn(t *testing.T, dir string) (n int) {
	for _, line := range keptIn(t, storeIn(dir)) {
		if nameOf(t, line).Event == "open" {
			n++
		}
	}
	return n
}

func judgeLetter(t *testing.T, l letter) {
	t.Helper()
	from, err := l.head.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != "klaxon@gate.example" {
		t.Errorf("from %v, %v", from, err)
	}
	if to, err := l.head.AddressList("To"); err != nil || len(to) != 2 {
		t.Errorf("to %v, %v", to, err)
	}
	if _, err := l.head.Date(); err != nil || !strings.HasPrefix(l.head.Get("Subject"), "[klaxon gate] ") {
		t.Errorf("%v, %v", l.head, err)
	}
	// By RFC 3848 an S for TLS and an A for the login.
	if by := l.head.Get("Received"); !strings.Contains(by, "with esmtpsa") {
		t.Errorf("received %s", by)
	}
	for i := range len(l.text) {
		if c := l.text[i]; c > 0x7e || c < 0x20 && c != '\n' {
			t.Fatalf("a byte %#x in %q", c, l.text)
		}
	}
}
