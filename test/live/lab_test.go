//go:build linux

// Package live runs real scanners and real innocent programs in networks of
// its own and holds the detector's word against the truth, for what a monitor
// sees on the wire and for what the target sees itself.
package live

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// The hosts of a lab. They stand on one link, 10.77.0.0/24 and fd77::/64, and
// the number of a host is the last part of its addresses. Beyond the router is
// one more, outside: 203.0.113.66 and 2001:db8:66::66.
const (
	router  = "router"  // .1
	monitor = "monitor" // .2, which has no part in anything
	target  = "target"  // .10 to .29
	client  = "client"  // .40 to .49
	server  = "server"  // .50 to .59
	scanner = "scanner" // .66
	outside = "outside"
)

// link is how the hosts are joined.
type link string

const (
	flooding  link = "flooding"  // the monitor sees everything, as behind a mirror port
	switching link = "switching" // it sees what is for all, and its own traffic
)

// lab is one network. It dies with its test.
type lab struct {
	t   *testing.T
	net *nstest.Net
	dir string
	log []string // what ran, as HOST: COMMAND
}

// newLab makes the hosts and joins them.
func newLab(t *testing.T, net *nstest.Net, how link) *lab {
	t.Helper()
	l := &lab{t: t, net: net, dir: t.TempDir()}
	l.must(net.Add("switch", router, monitor, target, client, server, scanner, outside))
	ageing := "ageing_time 30000"
	if how == flooding {
		ageing = "ageing_time 0"
	}
	l.ip("switch", "link add br0 type bridge mcast_snooping 0 forward_delay 0 "+ageing, "link set br0 addrgenmode none", "link set br0 up")
	l.join(router, 1, 1)
	l.join(monitor, 2, 2)
	l.join(target, 10, 29)
	l.join(client, 40, 49)
	l.join(server, 50, 59)
	l.join(scanner, 66, 66)
	l.uplink()
	return l
}

// join gives a host its place on the link, with the addresses from first to
// last. Of those the first is preferred.
func (l *lab) join(name string, first, last int) {
	mac := fmt.Sprintf("02:00:00:00:77:%02x", first)
	l.ip("switch",
		fmt.Sprintf("link add %s type veth peer name eth0 address %s netns %s", name, mac, name),
		"link set "+name+" addrgenmode none",
		"link set "+name+" master br0 up")
	commands := []string{"link set lo up", "link set eth0 addrgenmode none", fmt.Sprintf("addr add fe80::%d/64 dev eth0 nodad", first), "link set eth0 up"}
	for n := first; n <= last; n++ {
		preferred := "forever"
		if n > first {
			preferred = "0"
		}
		commands = append(commands,
			fmt.Sprintf("addr add 10.77.0.%d/24 dev eth0", n),
			fmt.Sprintf("addr add fd77::%d/64 dev eth0 nodad preferred_lft %s", n, preferred))
	}
	if name != router {
		commands = append(commands, "route add default via 10.77.0.1", "route add ::/0 via fd77::1")
	}
	l.ip(name, commands...)
}

const uplinkMAC = "02:00:00:00:78:01" // of the router, towards the host outside

// uplink joins the router with the host outside.
func (l *lab) uplink() {
	l.ip(router,
		"link add eth1 address "+uplinkMAC+" type veth peer name eth0 netns "+outside,
		"addr add 203.0.113.1/24 dev eth1", "addr add 2001:db8:66::1/64 dev eth1 nodad", "link set eth1 up")
	l.ip(outside,
		"addr add 203.0.113.66/24 dev eth0", "addr add 2001:db8:66::66/64 dev eth0 nodad",
		"link set eth0 up", "link set lo up",
		"route add default via 203.0.113.1", "route add ::/0 via 2001:db8:66::1")
	l.sysctl(router, "net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1")
}

func (l *lab) ip(name string, commands ...string) {
	l.t.Helper()
	l.must(l.net.IP(name, commands...))
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// command is a program of fetch.sh, or else of the machine, on a host.
func (l *lab) command(host string, argv ...string) *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command("nsenter", append([]string{"--net=" + nstest.Namespace(host), l.program(argv[0])}, argv[1:]...)...)
	cmd.Dir = l.dir
	return cmd
}

func (l *lab) program(name string) string {
	path, err := debs.Find(name)
	if err != nil {
		return name
	}
	return path
}

// run runs a program to its end, which must be a good one.
func (l *lab) run(host string, argv ...string) {
	l.t.Helper()
	if err := l.try(host, argv...); err != nil {
		l.t.Errorf("%s: %s: %v", host, strings.Join(argv, " "), err)
	}
}

// try runs a program that may fail, as clients of dead services do.
func (l *lab) try(host string, argv ...string) error {
	l.t.Helper()
	l.log = append(l.log, host+": "+strings.Join(argv, " "))
	out, err := l.command(host, argv...).CombinedOutput()
	l.t.Logf("%s: %s (%v)\n%s", host, strings.Join(argv, " "), err, shortened(string(out)))
	return err
}

// shortened keeps a log readable.
func shortened(s string) string {
	if lines := strings.SplitAfter(s, "\n"); len(lines) > 12 {
		return strings.Join(lines[:6], "") + "...\n" + strings.Join(lines[len(lines)-6:], "")
	}
	return s
}

// firewall gives a host rules of nft(8) for what comes in.
func (l *lab) firewall(host string, rules ...string) {
	l.t.Helper()
	l.log = append(l.log, prefixed(host+": nft: ", rules)...)
	for _, cmd := range append([]string{
		"add table inet lab", "add chain inet lab in { type filter hook input priority 0; policy accept; }",
	}, prefixed("add rule inet lab in ", rules)...) {
		if out, err := l.command(host, "nft", cmd).CombinedOutput(); err != nil {
			l.t.Fatalf("nft %s: %v\n%s", cmd, err, out)
		}
	}
}

func prefixed(prefix string, list []string) (out []string) {
	for _, s := range list {
		out = append(out, prefix+s)
	}
	return out
}

// sysctl sets what /proc/sys has, in the form path=value.
func (l *lab) sysctl(host string, settings ...string) {
	l.t.Helper()
	l.must(l.net.On(host, func() error {
		for _, s := range settings {
			path, value, _ := strings.Cut(s, "=")
			if err := os.WriteFile("/proc/sys/"+path, []byte(value), 0); err != nil {
				return err
			}
		}
		return nil
	}))
}

// limited is the command line of a program that is interrupted after so long.
func (l *lab) limited(limit time.Duration, argv ...string) []string {
	return append([]string{"timeout", "-s", "INT", "-k", "1", strconv.FormatFloat(limit.Seconds(), 'f', 1, 64), l.program(argv[0])}, argv[1:]...)
}
