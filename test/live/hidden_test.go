//go:build linux

package live

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// The hosts of the flooded network: a victim, and on the other end of its cable
// everybody else.
const (
	victim = "victim"
	world  = "world"
)

var (
	victim4 = netip.MustParseAddr("10.77.0.10")
	hidden4 = []netip.Addr{netip.MustParseAddr("203.0.113.66"), netip.MustParseAddr("203.0.113.67")} // nmap, and a kernel's connections
)

const (
	victimMAC = "02:00:00:00:79:10"
	worldMAC  = "02:00:00:00:79:01"
)

// cover is a flood, and for how long scanners are under it.
type cover struct {
	name   string
	rate   int // SYNs a second; 0 for all that can be sent
	ports  string
	probes int // of each scanner, one a second
}

func (c *cover) lasts() time.Duration { return time.Duration(c.probes+4) * time.Second }

// TestHiddenInFlood lets two scanners send a probe each second, one with nmap's
// raw SYNs and one with its kernel's connections: first alone, then in a flood of
// SYNs from tens of thousands of forged sources, at a live tocsin. They must be
// named with at most twice the probes, of those that came into the ring, and the
// flood be told as one. KLAXON_SOAK=1 floods as fast as the machine can.
func TestHiddenInFlood(t *testing.T) {
	nstest.NeedRoot(t)
	if _, err := debs.Find("nmap"); err != nil {
		nstest.Skip(t, err.Error())
	}
	build(t)
	covers := []cover{{name: "open", rate: 3000, ports: "80", probes: 14}}
	if os.Getenv("KLAXON_SOAK") != "" {
		covers = []cover{
			{name: "open", ports: "80", probes: 40},
			{name: "closed", ports: "81", probes: 40},
			{name: "both", ports: "80 81 82", probes: 40},
			{name: "minutes", rate: 20_000, ports: "80", probes: 300},
		}
	}
	for _, c := range covers {
		t.Run(c.name, func(t *testing.T) {
			nstest.Run(t, func(t *testing.T, n *nstest.Net) { c.hide(t, n) })
		})
	}
}

func (c *cover) hide(t *testing.T, n *nstest.Net) {
	l := floodable(t, n)
	usual := l.scanned(nil, min(c.probes, 14))
	l.under(c, usual)
}

// floodable makes the two hosts. What the victim answers is lost in the world,
// as are the forged addresses.
func floodable(t *testing.T, n *nstest.Net) *lab {
	l := &lab{t: t, net: n, dir: t.TempDir()}
	l.must(n.Add(victim, world))
	l.ip(world, "link add eth0 address "+worldMAC+" type veth peer name eth0 address "+victimMAC+" netns "+victim)
	for host, addr := range map[string]string{victim: "10.77.0.10/24", world: "10.77.0.1/24"} {
		l.ip(host, "link set lo up", "link set eth0 addrgenmode none", "addr add "+addr+" dev eth0", "link set eth0 up")
	}
	for _, a := range hidden4 {
		l.ip(world, "addr add "+a.String()+"/32 dev eth0")
	}
	l.ip(victim, "route add default via 10.77.0.1")
	l.run(victim, "ping", "-c", "1", "10.77.0.1") // the victim knows the router
	l.play(victim, "serve", "tcp/80")
	return l
}

// scanned lets both scanners run at once at a live tocsin, in a flood unless it
// is nil, and returns after how many probes each was told.
func (l *lab) scanned(c *cover, probes int) (found []int) {
	l.t.Helper()
	s := l.listen(c)
	flooded := func() {}
	if c != nil {
		flooded = l.play(world, "flood", append([]string{strconv.Itoa(c.rate), c.lasts().String()}, strings.Fields(c.ports)...)...)
		time.Sleep(2 * time.Second) // there is a flood
	}
	connected := l.play(world, "knock", hidden4[1].String(), victim4.String(), strconv.Itoa(probes))
	l.run(world, "nmap", "-n", "-Pn", "-sS", "-S", hidden4[0].String(), "-e", "eth0", "--scan-delay", "1s", "--max-scan-delay", "1s", "--max-retries", "0",
		"-p", fmt.Sprintf("2001-%d", 2000+probes), victim4.String())
	connected()
	flooded()
	time.Sleep(settle)
	l.must(s.cmd.Process.Signal(unix.SIGINT))
	if err := <-s.ended; err != nil {
		l.t.Fatalf("tocsin: %v\n%s", err, s.notes.String())
	}
	l.t.Logf("%s", s.notes.String())
	conserved(l.t, "tocsin in a flood", s.file, s.notes.String())
	return l.foundAfter(s, c, probes)
}

// listen starts tocsin on the victim.
func (l *lab) listen(c *cover) *watcher {
	name := "alone.pcapng"
	if c != nil {
		name = c.name + ".pcapng"
	}
	record := filepath.Join(l.dir, name)
	return l.start(victim, record, os.Getenv(tocsinEnv), "-i", "eth0", "-w", record, "-json", "-v", "-sensor", "lab")
}

// foundAfter tells after how many probes in the ring each scanner was told, 0 for
// not at all, and fails for alarms that nobody wants.
func (l *lab) foundAfter(s *watcher, c *cover, probes int) []int {
	l.t.Helper()
	found, floods := make([]int, len(hidden4)), 0
	ring := l.ring(s.file)
	for _, a := range alarmsOf(l.t, s.stdout.Bytes()) {
		l.t.Logf("%s %v/%s from %v, %s, proof %s, %d probes: %s", a.Event, a.Techniques, a.Shape, a.Source.Addr, a.Confidence, a.Proof, a.Probes, a.Why)
		who := slices.Index(hidden4, a.Source.Addr)
		switch {
		case a.Confidence < klaxon.Established:
		case a.Shape == klaxon.ShapeFlood && c != nil && slices.Contains(a.Targets.Dst, victim4):
			if a.Event == klaxon.EventOpen {
				floods++
			}
		case who < 0:
			l.t.Errorf("not wanted: %v/%s from %v: %s", a.Techniques, a.Shape, a.Source.Addr, a.Why)
		case found[who] == 0:
			found[who] = len(before(ring[who], a.Time.UnixNano()))
		}
	}
	if c != nil && floods != 1 {
		l.t.Errorf("%d floods are told", floods)
	}
	for i, a := range hidden4 {
		l.t.Logf("%v: %d of %d probes came into the ring, told after %d", a, len(ring[i]), probes, found[i])
	}
	return found
}

// before are the times up to one.
func before(times []int64, at int64) []int64 {
	n, found := slices.BinarySearch(times, at)
	if found {
		n++
	}
	return times[:n]
}

// ring returns when probes of each scanner came into the ring. A connection that
// is tried again is one probe.
func (l *lab) ring(record string) [][]int64 {
	l.t.Helper()
	times, seen := make([][]int64, len(hidden4)), make(map[[2]uint16]bool)
	eachFrame(l.t, record, func(at int64, how decode.Reason, p *decode.Packet) {
		if how != decode.Decoded || p.Kind != decode.KindTCP || p.V6 || p.Flags&(decode.SYN|decode.ACK) != decode.SYN {
			return
		}
		who := slices.Index(hidden4, netip.AddrFrom4([4]byte(p.Src[:4])))
		if key := [2]uint16{uint16(who), p.DstPort}; who >= 0 && !seen[key] {
			seen[key] = true
			times[who] = append(times[who], at)
		}
	})
	return times
}

// under compares what is told in a flood with what is told without.
func (l *lab) under(c *cover, usual []int) {
	l.t.Helper()
	found := l.scanned(c, c.probes)
	for i, name := range []string{"nmap -sS", "connect"} {
		l.t.Logf("FIGURE: hidden in a live flood (%s): %s told after %d probes in the ring, without the flood after %d", c.name, name, found[i], usual[i])
		if usual[i] == 0 || found[i] == 0 || found[i] > 2*usual[i] {
			l.t.Errorf("%s: told after %d probes (0 for not at all), without a flood after %d", name, found[i], usual[i])
		}
	}
}
