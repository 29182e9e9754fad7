package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/nstest"
	"klaxon/internal/watch/capture"
)

// patience is when a packet that must come is given up for lost. No test waits
// so long unless it fails.
const patience = 20 * time.Second

func open(t *testing.T, cfg Config) *Capture {
	t.Helper()
	c, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// seen is a frame with its own copy of the data, and what was decoded of it.
type seen struct {
	capture.Frame
	decode.Packet
	reason decode.Reason
}

// until reads frames up to one that is last.
func until(t *testing.T, c *Capture, last func(*seen) bool) []seen {
	t.Helper()
	var all []seen
	for {
		f, err := c.Next(patience)
		if err != nil {
			t.Fatalf("after %d frames: %v", len(all), err)
		}
		f.Data = bytes.Clone(f.Data)
		s := seen{Frame: f}
		s.reason = (decode.Decoder{}).Decode(f.Link, f.Data, f.Length, &s.Packet)
		if last(&s) {
			return all
		}
		all = append(all, s)
	}
}

const markerPort = 60999

// mark sends the packet that ends a test's frames, from the side that calls it.
func mark(target string) error {
	conn, err := net.Dial("udp", net.JoinHostPort(target, fmt.Sprint(markerPort)))
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write(nil)
	return err
}

func isMark(s *seen) bool { return s.Kind == decode.KindUDP && s.Packet.DstPort == markerPort }

// markFrom is mark by the attacker.
func markFrom(t *testing.T, n *nstest.Net) {
	t.Helper()
	if err := n.Attacker(func() error { return mark(nstest.Target4) }); err != nil {
		t.Fatal(err)
	}
}

// inject sends frames from the attacker's eth0 as they are.
func inject(t *testing.T, n *nstest.Net, frames ...[]byte) {
	t.Helper()
	err := n.Attacker(func() error {
		fd, at, err := injector("eth0")
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for _, f := range frames {
			if err := unix.Sendto(fd, f, 0, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func injector(name string) (fd int, at *unix.SockaddrLinklayer, err error) {
	dev, err := net.InterfaceByName(name)
	if err != nil {
		return 0, nil, err
	}
	fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	return fd, &unix.SockaddrLinklayer{Ifindex: dev.Index}, err
}

func ip(t *testing.T, command string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", command, err, out)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		t.Run("connection", func(t *testing.T) { connection(t, n) })
		t.Run("verdicts", func(t *testing.T) { liveVerdicts(t, n) })
		t.Run("tags", func(t *testing.T) { liveTags(t, n) })
		t.Run("mirrors", func(t *testing.T) { liveMirrors(t, n) })
		t.Run("lo once", loOnce)
		t.Run("merged", func(t *testing.T) { merged(t, n) })
		t.Run("drops", func(t *testing.T) { drops(t, n) })
		t.Run("trickle", func(t *testing.T) { trickle(t, n) })
		t.Run("extra", func(t *testing.T) { extra(t, n) })
		t.Run("from the first packet", func(t *testing.T) { fromTheFirst(t, n) })
		t.Run("interfaces", interfaces)
		t.Run("idle", idle)
		t.Run("refused", refused)
		t.Run("default", defaults)
		t.Run("promiscuous", promiscuous)
	})
}

// connection: of a connection with a megabyte in each direction come its
// beginning and its end, in both directions, and nothing between.
func connection(t *testing.T, n *nstest.Net) {
	c := open(t, Config{Interfaces: []string{"eth0"}})
	ln, err := net.Listen("tcp", net.JoinHostPort(nstest.Target4, "8080"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	echoed := make(chan error, 1)
	go func() { echoed <- echo(ln) }()
	if err := n.Attacker(talk); err != nil {
		t.Fatal(err)
	}
	if err := <-echoed; err != nil {
		t.Fatal(err)
	}
	markFrom(t, n)
	flags := map[string]int{}
	for _, s := range until(t, c, isMark) {
		if s.Kind != decode.KindTCP {
			continue
		}
		from := "client"
		if s.Packet.SrcPort == 8080 {
			from = "server"
		}
		flags[fmt.Sprintf("%s %#x", from, s.Flags&^decode.PSH)]++
		if s.DataLen > 0 && s.Flags&decode.FIN == 0 {
			t.Errorf("a segment of %d bytes with flags %#x came through", s.DataLen, s.Flags)
		}
	}
	want := map[string]int{"client 0x2": 1, "server 0x12": 1, "client 0x11": 1, "server 0x11": 1}
	for key, n := range want {
		if flags[key] != n {
			t.Errorf("%s came %d times, want %d; all: %v", key, flags[key], n, flags)
		}
	}
	if len(flags) != len(want) {
		t.Errorf("%v came through, want %v", flags, want)
	}
}

// echo sends back all of one connection, up to its end. It ends last.
func echo(ln net.Listener) error {
	conn, err := ln.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.Copy(conn, conn)
	return err
}

func talk() error {
	conn, err := net.Dial("tcp", net.JoinHostPort(nstest.Target4, "8080"))
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		conn.Write(make([]byte, 1<<20))
		conn.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(io.Discard, conn)
	return err
}

// fromB are the frames that inject sent: made by hand, from macB.
func fromB(all []seen) []seen {
	return slices.DeleteFunc(all, func(s seen) bool { return !bytes.Equal(s.SrcMAC[:], macB) })
}

// liveVerdicts: the kernel decides as x/net's machine did, and keeps as much.
func liveVerdicts(t *testing.T, n *nstest.Net) {
	c := open(t, Config{Interfaces: []string{"eth0"}})
	var frames [][]byte
	var want []int
	for _, v := range verdicts {
		for family, ip := range map[int][]byte{
			etherIPv4: v4{proto: v.proto}.with(v.body),
			etherIPv6: v6{proto: v.proto}.with(v.body),
		} {
			frame := append(eth(ip, family), make([]byte, 12)...)
			frames = append(frames, frame)
			if v.want > 0 {
				want = append(want, len(frames)-1)
			}
		}
	}
	inject(t, n, frames...)
	markFrom(t, n)
	got := fromB(until(t, c, isMark))
	if len(got) != len(want) {
		t.Fatalf("%d frames came of %d, want %d", len(got), len(frames), len(want))
	}
	run := ours(t, decode.LinkEthernet, false)
	for i, s := range got {
		sent := frames[want[i]]
		if keep := min(run(sent), len(sent)); !bytes.Equal(s.Data, sent[:keep]) || s.Length != len(sent) {
			t.Errorf("sent %x, came %x of %d", sent[:keep], s.Data, s.Length)
		}
		if age := time.Since(time.Unix(0, s.Time)); age < 0 || age > time.Hour {
			t.Errorf("a frame is %v old", age)
		}
	}
}

// liveTags: the frame is as it was on the wire, whatever the kernel stripped.
func liveTags(t *testing.T, n *nstest.Net) {
	c := open(t, Config{Interfaces: []string{"eth0"}})
	ip := v4{proto: protoTCP}.with(tcp{flags: syn, options: 20}.bytes())
	frames := [][]byte{
		eth(ip, etherIPv4),
		eth(ip, etherVLAN, etherIPv4),
		eth(ip, etherQinQ, etherIPv4),
		eth(ip, etherQinQ, etherVLAN, etherIPv4),
		eth(ip, etherVLAN, etherVLAN, etherIPv4),
		join(macA, macB, u16(etherVLAN), u16(0), u16(etherIPv4), ip), // priority only
		eth(arpRequest(), etherVLAN, etherARP),
	}
	inject(t, n, frames...)
	markFrom(t, n)
	got := fromB(until(t, c, isMark))
	if len(got) != len(frames) {
		t.Fatalf("%d frames came, want %d", len(got), len(frames))
	}
	for i, vlan := range []uint16{0, 5, 5, 6, 6, 0, 5} {
		if !bytes.Equal(got[i].Data, frames[i]) || got[i].Length != len(frames[i]) {
			t.Errorf("sent %x\ncame %x of %d", frames[i], got[i].Data, got[i].Length)
		}
		if got[i].VLAN != vlan || got[i].reason != decode.Decoded {
			t.Errorf("frame %d has VLAN %d, want %d (%v)", i, got[i].VLAN, vlan, got[i].reason)
		}
	}
}

// liveMirrors: a mirrored packet of an established connection comes when asked
// for, and not else.
func liveMirrors(t *testing.T, n *nstest.Net) {
	inner := eth(v4{proto: protoTCP}.with(tcp{flags: ack, seq: 9, window: 64240, data: 900}.bytes()), etherIPv4)
	mirrored := eth(v4{proto: protoGRE}.with(join(u16(0), u16(0x6558), inner)), etherIPv4)
	for _, asked := range []bool{true, false} {
		c := open(t, Config{Interfaces: []string{"eth0"}, Mirrors: asked})
		inject(t, n, mirrored)
		markFrom(t, n)
		got := fromB(until(t, c, isMark))
		if asked && (len(got) != 1 || !bytes.Equal(got[0].Data, mirrored[:snapMirror])) || !asked && len(got) > 0 {
			t.Errorf("asked for: %v; %d came: %+v", asked, len(got), got)
		}
	}
}

// loOnce: of what lo carries each packet comes once.
func loOnce(t *testing.T) {
	c := open(t, Config{Interfaces: []string{"lo"}})
	const count = 40
	for port := range count {
		if conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", 1+port)); err == nil {
			conn.Close()
		}
	}
	if err := mark("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	syns, refusals := map[uint16]int{}, map[uint16]int{}
	for _, s := range until(t, c, isMark) {
		switch {
		case s.Kind != decode.KindTCP:
		case s.Flags == decode.SYN:
			syns[s.Packet.DstPort]++
		case s.Flags == decode.RST|decode.ACK:
			refusals[s.Packet.SrcPort]++
		}
	}
	for port := range uint16(count) {
		if syns[port+1] != 1 || refusals[port+1] != 1 {
			t.Errorf("port %d: %d SYNs and %d refusals, want one of each", port+1, syns[port+1], refusals[port+1])
		}
	}
}

// merged: what was received before the next was sent comes before it, whichever
// interface it took.
func merged(t *testing.T, n *nstest.Net) {
	c := open(t, Config{Interfaces: []string{"lo", "eth0"}})
	sink, err := net.ListenPacket("udp", "0.0.0.0:7000")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	const count = 600
	send := func(target string, from, to int) error {
		conn, err := net.Dial("udp", net.JoinHostPort(target, "7000"))
		if err != nil {
			return err
		}
		defer conn.Close()
		buf := make([]byte, 64)
		for i := from; i < to; i++ {
			if _, err := conn.Write(append([]byte("number "), u32(i)...)); err != nil {
				return err
			}
			if _, _, err := sink.ReadFrom(buf); err != nil {
				return err
			}
		}
		return nil
	}
	for from, step := 0, 1; from < count; from, step = from+step, step%7+1 {
		to := min(from+step, count)
		if step%2 == 0 {
			err = send("127.0.0.1", from, to)
		} else {
			err = n.Attacker(func() error { return send(nstest.Target4, from, to) })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	markFrom(t, n)
	next, last, by := 0, int64(0), map[int]int{}
	for _, s := range until(t, c, isMark) {
		if s.Time < last {
			t.Errorf("a frame of %d after one of %d", s.Time, last)
		}
		last = s.Time
		at := bytes.Index(s.Data, []byte("number "))
		if at < 0 {
			continue
		}
		by[s.Frame.Interface]++
		if got := int(binary.BigEndian.Uint32(s.Data[at+7:])); got != next {
			t.Fatalf("number %d comes where %d should", got, next)
		}
		next++
	}
	if next != count || by[0] == 0 || by[1] == 0 {
		t.Errorf("%d came, want %d; by interface: %v", next, count, by)
	}
}

// udpTo7 passes IPv4 UDP to port 7 alone.
const udpTo7 = "8\n40 0 0 12\n21 0 5 2048\n48 0 0 23\n21 0 3 17\n40 0 0 36\n21 0 1 7\n6 0 0 65535\n6 0 0 0\n"

// drops: what was sent came or was counted as lost, exactly, and the ring works
// on afterwards.
func drops(t *testing.T, n *nstest.Net) {
	only, err := ParseFilter(strings.NewReader(udpTo7))
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, Config{Interfaces: []string{"eth0"}, Extra: only, RingBytes: 1})
	const count = 20_000
	frames := slices.Repeat([][]byte{eth(v4{proto: protoUDP}.with(udp(7, 100)), etherIPv4)}, count)
	inject(t, n, frames...)
	came := 0
	for {
		_, err := c.Next(time.Second)
		if errors.Is(err, ErrIdle) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		came++
	}
	if lost := c.Drops(0); lost == 0 || came == 0 || uint64(came)+lost != count {
		t.Errorf("%d came, %d were dropped, want %d together and some of each", came, lost, count)
	}
	before := c.Drops(0)
	inject(t, n, frames[:100]...)
	for i := range 100 {
		if _, err := c.Next(patience); err != nil {
			t.Fatalf("frame %d after the overflow: %v", i, err)
		}
	}
	if now := c.Drops(0); now != before {
		t.Errorf("drops went from %d to %d with the ring being read", before, now)
	}
}

// trickle: packets that come one by one while nobody reads are not lost, though
// each fills a block of the ring for itself.
func trickle(t *testing.T, n *nstest.Net) {
	only, err := ParseFilter(strings.NewReader(udpTo7))
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, Config{Interfaces: []string{"eth0"}, Extra: only})
	const count = 100
	for range count {
		inject(t, n, eth(v4{proto: protoUDP}.with(udp(7, 0)), etherIPv4))
		time.Sleep(retireAfter + time.Millisecond)
	}
	for i := range count {
		if _, err := c.Next(patience); err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
	}
	if lost := c.Drops(0); lost > 0 {
		t.Errorf("%d dropped", lost)
	}
}

// extra: the user's filter is in force, in the kernel as well.
func extra(t *testing.T, n *nstest.Net) {
	only, err := ParseFilter(strings.NewReader(udpTo7))
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, Config{Interfaces: []string{"eth0"}, Extra: only})
	wanted := eth(v4{proto: protoUDP}.with(udp(7, 300)), etherIPv4)
	inject(t, n,
		eth(v4{proto: protoTCP}.with(tcp{flags: syn}.bytes()), etherIPv4),
		eth(v4{proto: protoUDP}.with(udp(8, 1)), etherIPv4),
		wanted)
	f, err := c.Next(patience)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Data, wanted[:snapUDP]) || f.Length != len(wanted) {
		t.Errorf("%d bytes of %d came: %x", len(f.Data), f.Length, f.Data)
	}
}

// fromTheFirst: a socket opened in the midst of traffic yields no packet from
// before its filter.
func fromTheFirst(t *testing.T, n *nstest.Net) {
	data := eth(v4{proto: protoTCP}.with(tcp{flags: psh | ack, seq: 9, window: 64240, data: 10}.bytes()), etherIPv4)
	stop, stopped := make(chan struct{}), make(chan error, 1)
	started := make(chan struct{})
	go func() {
		stopped <- n.Attacker(func() error {
			fd, at, err := injector("eth0")
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			for i := 0; ; i++ {
				if err := unix.Sendto(fd, data, 0, at); err != nil {
					return err
				}
				if i == 100 {
					close(started)
				}
				select {
				case <-stop:
					return nil
				default:
				}
			}
		})
	}()
	<-started
	for range 30 {
		c, err := Open(Config{Interfaces: []string{"eth0"}})
		if err != nil {
			t.Fatal(err)
		}
		markFrom(t, n)
		if got := fromB(until(t, c, isMark)); len(got) > 0 {
			t.Errorf("%d packets of an established connection came", len(got))
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func interfaces(t *testing.T) {
	c := open(t, Config{Interfaces: []string{"eth0", "lo", "eth0"}})
	got := c.Interfaces()
	if len(got) != 2 || got[0].Name != "eth0" || got[1].Name != "lo" || got[0].Link != decode.LinkEthernet {
		t.Fatalf("%+v, want eth0 and lo", got)
	}
	for i, want := range [][]string{{"10.9.0.1/24", "10.9.0.10/24", "fd00:9::1/64", "fe80::1/64"}, {"127.0.0.1/8", "::1/128"}} {
		for _, w := range want {
			if !slices.Contains(got[i].Addrs, netip.MustParsePrefix(w)) {
				t.Errorf("%s lacks %s: %v", got[i].Name, w, got[i].Addrs)
			}
		}
	}
}

// idle: without packets Next comes back when it should, and Now goes on.
func idle(t *testing.T) {
	ip(t, "link add quiet0 type veth peer name quiet1")
	ip(t, "link set quiet0 addrgenmode none up")
	c := open(t, Config{Interfaces: []string{"quiet0"}})
	first := c.Now()
	for _, wait := range []time.Duration{-time.Second, 0, time.Millisecond, 30 * time.Millisecond} {
		began := time.Now()
		if _, err := c.Next(wait); !errors.Is(err, ErrIdle) {
			t.Fatalf("after %v: %v, want ErrIdle", wait, err)
		}
		if took := time.Since(began); took < wait {
			t.Errorf("waited %v, want %v", took, wait)
		}
	}
	if now := c.Now(); now < first+int64(30*time.Millisecond) {
		t.Errorf("Now went from %d to %d", first, now)
	}
	ip(t, "link del quiet0")
}

func refused(t *testing.T) {
	ip(t, "link add asleep type veth peer name asleep1")
	leaky, err := ParseFilter(strings.NewReader("2\n96 0 0 3\n22 0 0 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		`"eth7": no such interface: there are lo`: {Interfaces: []string{"lo", "eth7"}},
		"ip link set asleep up":                   {Interfaces: []string{"asleep"}},
		"watch eth0: the kernel refuses":          {Interfaces: []string{"eth0"}, Extra: leaky},
		"ring of -1":                              {Interfaces: []string{"eth0"}, RingBytes: -1},
	} {
		c, err := Open(cfg)
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	ip(t, "link del asleep")
}

func defaults(t *testing.T) {
	for _, step := range []struct{ command, want string }{
		{"route add default via 10.9.0.2", "eth0 lo"},
		{"route del default", "lo"},
		{"-6 route add default via fd00:9::2", "eth0 lo"},
		{"-6 route del default", "lo"},
		{"route add blackhole default", "lo"},
		{"route del blackhole default", "lo"},
	} {
		ip(t, step.command)
		if got, err := Default(); err != nil || strings.Join(got, " ") != step.want {
			t.Errorf("after ip %s: %v %v, want %s", step.command, got, err, step.want)
		}
	}
}

func promiscuous(t *testing.T) {
	for _, on := range []bool{false, true} {
		open(t, Config{Interfaces: []string{"eth0"}, Promiscuous: on})
		out, err := exec.Command("ip", "-d", "link", "show", "eth0").CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(out), "promiscuity 1"); got != on {
			t.Errorf("promiscuous is %v, want %v:\n%s", got, on, out)
		}
	}
}

// TestLost: an interface that goes down is told, and watched again when it is
// up; one that is removed is told once.
func TestLost(t *testing.T) {
	t.Parallel()
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		ip(t, "link add one type veth peer name other")
		ip(t, "link set one up")
		ip(t, "link set other up")
		c := open(t, Config{Interfaces: []string{"one", "eth0"}})
		want := func(target error) {
			t.Helper()
			for {
				_, err := c.Next(patience)
				if err == nil {
					continue // the chatter of an interface that comes up
				}
				if !errors.Is(err, target) || !strings.Contains(err.Error(), "watch one: ") {
					t.Fatalf("%v, want %v of one", err, target)
				}
				return
			}
		}
		ip(t, "link set one down")
		want(ErrDown)
		markFrom(t, n) // the other interface is not disturbed
		until(t, c, isMark)

		ip(t, "link set one up")
		cameBack(t, c)

		ip(t, "link del one")
		var gone bool
		for !gone { // down first, unless both have happened
			_, err := c.Next(patience)
			if gone = errors.Is(err, ErrGone); err != nil && !gone && !errors.Is(err, ErrDown) {
				t.Fatal(err)
			}
		}
		markFrom(t, n)
		until(t, c, isMark)
		if c.Now() < time.Now().Add(-time.Second).UnixNano() {
			t.Error("time stands still for an interface that is gone")
		}
	})
}

// cameBack sends over the interface, which may take a moment to carry anything,
// until something arrives.
func cameBack(t *testing.T, c *Capture) {
	t.Helper()
	frame := eth(v4{proto: protoTCP}.with(tcp{flags: syn}.bytes()), etherIPv4)
	fd, at, err := injector("other")
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for began := time.Now(); time.Since(began) < patience; {
		if err := unix.Sendto(fd, frame, 0, at); err != nil {
			t.Fatal(err)
		}
		f, err := c.Next(20 * time.Millisecond)
		if err == nil && f.Interface == 0 && bytes.Equal(f.Data, frame) {
			return
		}
		if err != nil && !errors.Is(err, ErrIdle) {
			t.Fatal(err)
		}
	}
	t.Fatal("nothing is seen of the interface that is up again")
}

// TestAllGone: with nothing left to watch every call says so.
func TestAllGone(t *testing.T) {
	t.Parallel()
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		ip(t, "link add one type veth peer name other")
		ip(t, "link set one up")
		c := open(t, Config{Interfaces: []string{"one"}})
		ip(t, "link del one")
		for told := 0; told < 3; {
			_, err := c.Next(patience)
			if errors.Is(err, ErrGone) {
				told++
			} else if err != nil && !errors.Is(err, ErrDown) || err == nil && told > 0 {
				t.Fatal(err)
			}
		}
	})
}
