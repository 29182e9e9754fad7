//go:build linux

package install

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
	"klaxon/test/rootfs"
)

// patience is how long anything may take that is not measured.
const patience = 30 * time.Second

// onMachine runs body on a bare machine: its file system, on the target's end of
// a cable. It is not booted; what is started on it are the commands of the test.
func onMachine(t *testing.T, body func(t *testing.T, n *nstest.Net, m machine)) {
	if !nstest.Inside(t) {
		release(t) // once for all of them, and not inside
	}
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		nstest.NeedRoot(t)
		body(t, n, newMachine(t))
	})
}

// machine is the root of its file system.
type machine string

func newMachine(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	if err := rootfs.Unpack(dir); err != nil {
		nstest.Skip(t, err.Error())
	}
	for _, name := range []string{"proc", "dev", "sys"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("/"+name, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			t.Fatal(err)
		}
		// Else the directory could not be removed while this process lives.
		t.Cleanup(func() {
			if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
	return machine(dir)
}

// path is where a file of the machine lies.
func (m machine) path(name string) string { return filepath.Join(string(m), name) }

func (m machine) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(m.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// command is one that somebody types there as root.
func (m machine) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/usr/bin/env", append([]string{name}, args...)...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: string(m)} // it ends with the namespace
	return cmd
}

func (m machine) try(name string, args ...string) (string, error) {
	out, err := m.command(name, args...).CombinedOutput()
	return string(out), err
}

func (m machine) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := m.try(name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// put copies a file of the host into /root of the machine.
func (m machine) put(t *testing.T, from string) string {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to := "/root/" + filepath.Base(from)
	if err := os.WriteFile(m.path(to), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// install installs the .deb, and returns what that says.
func (m machine) install(t *testing.T) string {
	t.Helper()
	return m.run(t, "dpkg", "-i", m.put(t, find(t, "*.deb")))
}

// daemon is a klaxond that runs on a machine.
type daemon struct {
	cmd *exec.Cmd
	out string // a file with all it says
}

// start starts klaxond as root does by hand, and waits until it says that it is
// ready.
func (m machine) start(t *testing.T) *daemon {
	t.Helper()
	d := &daemon{m.command("klaxond"), filepath.Join(t.TempDir(), "klaxond")}
	f, err := os.Create(d.out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // klaxond has it
	d.cmd.Stdout, d.cmd.Stderr = f, f
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.wait(t, "try, in another terminal")
	return d
}

func (d *daemon) said(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(d.out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (d *daemon) wait(t *testing.T, words string) {
	t.Helper()
	eventually(t, func() error {
		if said := d.said(t); !strings.Contains(said, words) {
			return fmt.Errorf("klaxond did not say %q, but:\n%s", words, said)
		}
		return nil
	})
}

func (d *daemon) stop(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("klaxond ended with %v:\n%s", err, d.said(t))
	}
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// lines returns those that hold words.
func lines(text, words string) (found []string) {
	for line := range bytes.Lines([]byte(text)) {
		if strings.Contains(string(line), words) {
			found = append(found, string(line))
		}
	}
	return found
}
