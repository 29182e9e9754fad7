//go:build linux

package install

import (
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
)

// TestFirstFiveMinutes: a bare machine, the package, klaxond, a touch from
// another host, and the one alarm of it, with its picture. How long that took is
// told and not judged.
func TestFirstFiveMinutes(t *testing.T) {
	onMachine(t, func(t *testing.T, n *nstest.Net, m machine) {
		if out, err := m.try("go", "version"); err == nil {
			t.Fatalf("this machine has Go: %s", out)
		}
		log := syslogd(t)
		// What leads to the world is an uplink, and watched.
		if out, err := exec.Command("ip", "route", "add", "default", "via", nstest.Attacker4).CombinedOutput(); err != nil {
			t.Fatalf("ip route: %v\n%s", err, out)
		}
		start := time.Now()
		m.install(t)
		d := m.start(t)
		ready := time.Since(start)
		touch(t, n, "512")
		alarm := onlyAlarm(t, m)
		t.Logf("FIGURE: from the package to traps and wire in %s, to the alarm in %s",
			ready.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))

		said := d.said(t)
		for _, want := range []string{"traps armed on every IPv4 and IPv6 address", "listening on", "eth0 (10.9.0.1/24", "on a switch without a mirror port"} {
			if !strings.Contains(said, want) {
				t.Errorf("klaxond does not say %q:\n%s", want, said)
			}
		}
		if told := lines(said, nstest.Attacker4+" touched tcp/512 (rexec)"); len(told) != 1 {
			t.Errorf("klaxond told of the touch %d times:\n%s", len(told), said)
		}
		eventually(t, func() error {
			if told := lines(log(), "ALERT: host "+nstest.Attacker4+" accessing port rexec src="+nstest.Attacker4); len(told) != 1 {
				return fmt.Errorf("syslog has the line %d times:\n%s", len(told), log())
			}
			return nil
		})
		if shown := m.run(t, "klaxonctl", "show", alarm); !regexp.MustCompile(`(?m)^ +tcp 512 \|`).MatchString(shown) {
			t.Errorf("klaxonctl show has no picture of tcp 512:\n%s", shown)
		}
		if out, err := m.try("klaxonctl", "status"); err != nil {
			t.Errorf("klaxonctl status: %v\n%s", err, out)
		}
		unprivileged(t, m)
		drill(t, m)
		d.stop(t)
	})
}

// syslogd reads /dev/log, which a bare machine has nobody for.
func syslogd(t *testing.T) func() string {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) // everything is read by then
	if err := unix.Chmod("/dev/log", 0o666); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	return func() string {
		buf := make([]byte, 64<<10)
		for {
			if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			k, err := c.Read(buf)
			if err != nil {
				return all.String()
			}
			all.WriteString(string(buf[:k]) + "\n")
		}
	}
}

func touch(t *testing.T, n *nstest.Net, port string) {
	t.Helper()
	err := n.Attacker(func() error {
		c, err := net.DialTimeout("tcp4", nstest.Target4+":"+port, patience)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// onlyAlarm waits until klaxonctl lists an alarm, wants it to be the only one,
// and returns its id.
func onlyAlarm(t *testing.T, m machine) (id string) {
	t.Helper()
	eventually(t, func() error {
		out, err := m.try("klaxonctl", "alarms")
		found := lines(out, nstest.Attacker4+" ")
		if err != nil || len(found) == 0 {
			return fmt.Errorf("klaxonctl alarms lists none: %v\n%s", err, out)
		}
		if len(found) > 1 {
			t.Fatalf("one touch is %d alarms:\n%s", len(found), out)
		}
		fields := strings.Fields(found[0])
		id = fields[len(fields)-1]
		return nil
	})
	return id
}

// unprivileged: what root started is nobody's root any more.
func unprivileged(t *testing.T, m machine) {
	t.Helper()
	user := regexp.MustCompile(`(?m)^klaxon:[^:]*:(\d+):(\d+):`).FindStringSubmatch(m.read(t, "etc/passwd"))
	if user == nil {
		t.Fatalf("no user klaxon:\n%s", m.read(t, "etc/passwd"))
	}
	out := m.run(t, "sh", "-c", `grep -l '^Name:.klaxond$' /proc/[0-9]*/status | xargs grep -h '^[UG]id:'`)
	for _, want := range []string{"Uid:" + strings.Repeat("\t"+user[1], 4), "Gid:" + strings.Repeat("\t"+user[2], 4)} {
		if !strings.Contains(out, want) {
			t.Errorf("klaxond runs as\n%swanted %s", out, want)
		}
	}
}

// drill asks klaxond to prove that an event reaches every output.
func drill(t *testing.T, m machine) {
	t.Helper()
	if usage := m.run(t, "klaxonctl", "-h"); len(lines(usage, "  drill ")) == 0 {
		t.Log("this klaxonctl has no drill")
		return
	}
	start := time.Now()
	out, err := m.try("klaxonctl", "drill")
	if err != nil {
		t.Errorf("klaxonctl drill: %v\n%s", err, out)
	}
	t.Logf("FIGURE: the drill took %s", time.Since(start).Round(time.Millisecond))
}
