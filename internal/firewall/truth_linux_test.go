package firewall_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/firewall"
	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// ports are those of the traps.
var ports = []string{"tcp/23", "tcp/80", "tcp/2323", "udp/69"}

func trapsOf(t *testing.T) (list []firewall.Trap) {
	for _, p := range ports {
		transport, number, _ := strings.Cut(p, "/")
		x := firewall.Trap{V4: true, V6: true, Port: klaxon.Port{Transport: klaxon.TCP}}
		if transport == "udp" {
			x.Transport = klaxon.UDP
		}
		if _, err := fmt.Sscan(number, &x.Number); err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// listen opens the ports. What comes on UDP is sent back.
func listen(t *testing.T) {
	for _, p := range ports {
		transport, number, _ := strings.Cut(p, "/")
		if transport == "tcp" {
			l, err := net.Listen("tcp", ":"+number)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
				}
			}()
			continue
		}
		for network, addr := range map[string]string{"udp4": nstest.Target4, "udp6": nstest.Target6} {
			c, err := net.ListenPacket(network, net.JoinHostPort(addr, number))
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				var b [64]byte
				for {
					n, from, err := c.ReadFrom(b[:])
					if err != nil {
						return
					}
					c.WriteTo(b[:n], from)
				}
			}()
		}
	}
}

// Those who must get through are waited for as long as it takes a slow machine.
// Nobody can wait for what never comes: those who must not are given a moment.
const (
	patience = 20 * time.Second
	moment   = 200 * time.Millisecond
)

// reaches tries to reach a port from one of the attacker's addresses.
func reaches(n *nstest.Net, port, source, target string, wait time.Duration) (ok bool, err error) {
	transport, number, _ := strings.Cut(port, "/")
	err = n.Attacker(func() error {
		d := net.Dialer{Timeout: wait}
		if transport == "tcp" {
			d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(source)}
		} else {
			d.LocalAddr = &net.UDPAddr{IP: net.ParseIP(source)}
		}
		// With one address to go to, Dial makes the socket on this thread.
		c, err := d.Dial(transport, net.JoinHostPort(target, number))
		if err != nil {
			return nil // refused, or nothing came
		}
		defer c.Close()
		ok = true
		if transport == "udp" {
			c.SetDeadline(time.Now().Add(wait))
			_, werr := c.Write([]byte("?"))
			_, rerr := c.Read(make([]byte, 8))
			ok = werr == nil && rerr == nil
		}
		return nil
	})
	return ok, err
}

// truth compares a finding with the kernel's.
func truth(n *nstest.Net, port string, v6 bool, want string, same bool) error {
	sources, target := []string{nstest.Attacker4, "10.9.0.3"}, nstest.Target4
	if v6 {
		sources, target = []string{nstest.Attacker6, "fd00:9::3"}, nstest.Target6
	}
	through, errs := make([]bool, len(sources)), make([]error, len(sources))
	var both sync.WaitGroup
	for i, s := range sources {
		wait := moment
		if want == "open" || want == "limited" && !same && i == 0 {
			wait = patience
		}
		both.Go(func() { through[i], errs[i] = reaches(n, port, s, target, wait) })
	}
	both.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	switch {
	case want == "open" && !slices.Equal(through, []bool{true, true}),
		want == "blocked" && !slices.Equal(through, []bool{false, false}),
		want == "limited" && !same && !slices.Equal(through, []bool{true, false}):
		return fmt.Errorf("%s over %s: the kernel lets through %v of %v, which is not %s", port, target, through, sources, want)
	}
	return nil
}

func (r *ruleset) wanted(port string, v6 bool) string {
	four, six, two := strings.Cut(r.want[port], " ")
	if v6 && two {
		return six
	}
	return four
}

// check compares what we say with what is wanted, and that with the kernel.
func (r *ruleset) check(t *testing.T, n *nstest.Net) {
	host := firewall.Host{Local: []netip.Addr{netip.MustParseAddr(nstest.Target4), netip.MustParseAddr(nstest.Target6)}}
	findings, err := firewall.Examine(trapsOf(t), host)
	if err != nil {
		t.Error(err)
		return
	}
	contradictions, err := firewall.Contradictions(trapsOf(t), host)
	if err != nil || len(contradictions) > 0 {
		t.Errorf("%v: %v", contradictions, err)
	}
	var told string
	var all sync.WaitGroup
	errs := make([]error, len(findings))
	for i, f := range findings {
		port := fmt.Sprintf("%v/%d", f.Port.Transport, f.Port.Number)
		want := r.wanted(port, f.V6)
		if want == "" {
			want = f.Reach.String() // not in the table; the kernel judges all the same
		}
		if f.Reach.String() != want {
			t.Errorf("%s, IPv6 %v: %v (%s), want %s", port, f.V6, f.Reach, f.Why, want)
		}
		if f.Reach != firewall.Open && told == "" {
			told = f.Why
		}
		same := r.same || r.want[port] == ""
		all.Go(func() { errs[i] = truth(n, port, f.V6, f.Reach.String(), same) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if !strings.Contains(told, r.says) {
		t.Errorf("told: %s\nwant: %s", told, r.says)
	}
	t.Log(told)
}

func program(t *testing.T, name string) string {
	path, err := debs.Find(name)
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	return path
}

func load(t *testing.T, cmd *exec.Cmd, stdin string) bool {
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", cmd.Args, err, out)
	}
	return err == nil
}

// TestTruth loads rulesets into the kernel and compares what is said of them with
// what happens to connections.
func TestTruth(t *testing.T) {
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		nft := program(t, "nft")
		listen(t)
		for _, r := range rulesets {
			t.Run(r.name, func(t *testing.T) {
				if load(t, exec.Command(nft, "-f", "-"), "flush ruleset\n"+r.rules) {
					r.check(t, n)
				}
			})
		}
	})
}

// TestTruthOfIptables does the same for what iptables-nft makes of its commands.
func TestTruthOfIptables(t *testing.T) {
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		nft, four, six := program(t, "nft"), program(t, "iptables-nft"), program(t, "ip6tables-nft")
		extensions, err := filepath.Glob(filepath.Join(debs.Dir(), "iptables/usr/lib/*/xtables"))
		if err != nil || len(extensions) == 0 {
			t.Fatalf("no extensions of iptables: %v", err)
		}
		os.Setenv("XTABLES_LIBDIR", extensions[0])
		listen(t)
		for _, r := range tables {
			t.Run(r.name, func(t *testing.T) {
				load(t, exec.Command(nft, "flush", "ruleset"), "")
				for _, c := range r.four {
					load(t, exec.Command(four, strings.Fields(c)...), "")
				}
				for _, c := range r.six {
					load(t, exec.Command(six, strings.Fields(c)...), "")
				}
				r.check(t, n)
			})
		}
	})
}
