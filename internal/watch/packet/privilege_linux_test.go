package packet

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/nstest"
)

// TestPrivilege: CAP_NET_RAW is enough to open, and nothing is needed to go on.
func TestPrivilege(t *testing.T) {
	t.Parallel()
	nstest.NeedRoot(t)
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		bin := filepath.Join(t.TempDir(), "watch")
		build := exec.Command("go", "build", "-o", bin, "./testdata/watch")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for dir := filepath.Dir(bin); dir != os.TempDir(); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		capable := *nobody
		capable.AmbientCaps = []uintptr{unix.CAP_NET_RAW}
		t.Run("root", func(t *testing.T) { watches(t, n, bin, &syscall.SysProcAttr{}) })
		t.Run("CAP_NET_RAW alone", func(t *testing.T) { watches(t, n, bin, &capable) })
		t.Run("nothing", func(t *testing.T) { cannot(t, bin, nobody) })
	})
}

// watches: the program sees packets of both interfaces after it gave up what
// it had.
func watches(t *testing.T, n *nstest.Net, bin string, as *syscall.SysProcAttr) {
	cmd := exec.Command(bin, "4")
	cmd.SysProcAttr = as
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	before := upTo(lines, "ready")
	if len(before) == 0 || before[len(before)-1] != "ready" {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("it does not come up: %q", before)
	}
	sink, err := net.ListenPacket("udp", ":4000") // else refusals would quote the knocks
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	knocks := func(target, what string) error {
		for i := range 2 {
			conn, err := net.Dial("udp", net.JoinHostPort(target, "4000"))
			if err != nil {
				return err
			}
			defer conn.Close()
			if _, err := fmt.Fprintf(conn, "knock %s %d", what, i); err != nil {
				return err
			}
		}
		return nil
	}
	if err := n.Attacker(func() error { return knocks(nstest.Target4, "cable") }); err != nil {
		t.Error(err)
	}
	if err := knocks("127.0.0.1", "home"); err != nil {
		t.Error(err)
	}
	watchdog := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	after := upTo(lines, "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %q", err, after)
	}
	want := []string{"eth0 saw knock cable 0", "eth0 saw knock cable 1", "lo saw knock home 0", "lo saw knock home 1", "drops: 0 0"}
	if !slices.Equal(after, want) {
		t.Errorf("it saw %q, want %q", after, want)
	}
	stripped(t, before)
}

// upTo reads lines up to one, or all of them.
func upTo(lines *bufio.Scanner, last string) (all []string) {
	for lines.Scan() {
		all = append(all, lines.Text())
		if lines.Text() == last {
			break
		}
	}
	return all
}

// stripped: every thread is nobody's and can do nothing.
func stripped(t *testing.T, lines []string) {
	t.Helper()
	none := strings.Repeat("0", 16)
	for key, want := range map[string]string{"Uid": "65534 65534 65534 65534", "CapEff": none, "CapPrm": none, "CapAmb": none, "NoNewPrivs": "1"} {
		n := 0
		for _, line := range lines {
			if value, ok := strings.CutPrefix(line, key+": "); ok {
				n++
				if value != want {
					t.Errorf("%s is %q on a thread, want %q", key, value, want)
				}
			}
		}
		if n < 9 {
			t.Errorf("%s was told of %d threads", key, n)
		}
	}
	if !slices.Contains(lines, "another packet socket: operation not permitted") {
		t.Errorf("a second socket: %q", lines)
	}
}

// cannot: without the capability the error says what to do.
func cannot(t *testing.T, bin string, as *syscall.SysProcAttr) {
	cmd := exec.Command(bin, "1")
	cmd.SysProcAttr = as
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "setcap cap_net_raw=+ep "+bin) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestTunnel: an interface whose frames are bare IP packets, in both
// directions.
func TestTunnel(t *testing.T) {
	t.Parallel()
	var device *os.File
	if nstest.Inside(t) { // the namespaces' own /dev has none
		var err error
		if device, err = os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
			nstest.Skip(t, "needs a tunnel device: "+err.Error())
		}
		defer device.Close()
	}
	nstest.Run(t, func(t *testing.T, n *nstest.Net) {
		req, err := unix.NewIfreq("tun7")
		if err != nil {
			t.Fatal(err)
		}
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(int(device.Fd()), unix.TUNSETIFF, req); err != nil {
			t.Fatal(err)
		}
		ip(t, "addr add 10.7.0.1/24 dev tun7")
		ip(t, "link set tun7 up")
		c := open(t, Config{Interfaces: []string{"tun7"}})
		if got := c.Interfaces()[0]; got.Link != decode.LinkRaw {
			t.Fatalf("link type %d, want bare IP", got.Link)
		}
		in := v4{proto: protoTCP}.with(tcp{flags: syn, data: 300}.bytes())
		bulk := v4{proto: protoTCP}.with(tcp{flags: ack, seq: 9, window: 64240, data: 300}.bytes())
		six := v6{proto: 58}.with([]byte{128, 0, 0, 0, 0, 1, 0, 1})
		for _, p := range [][]byte{in, bulk, six} {
			if _, err := device.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		if err := mark("10.7.0.2"); err != nil { // which leaves by the tunnel
			t.Fatal(err)
		}
		var got []string
		for _, s := range until(t, c, isMark) {
			if s.Packet.TTL == 64 && s.SrcMAC == [6]byte{} && (s.Kind == decode.KindTCP || s.Kind == decode.KindICMPv6) {
				got = append(got, fmt.Sprintf("%d %d %v %v", len(s.Data), s.Length, s.Kind, s.Link))
			}
		}
		want := []string{
			fmt.Sprintf("%d %d %v %v", snapHeaders, len(in), decode.KindTCP, decode.LinkRaw),
			fmt.Sprintf("%d %d %v %v", len(six), len(six), decode.KindICMPv6, decode.LinkRaw),
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q came, want %q", got, want)
		}
		// A filter made for Ethernet would misread these.
		everything, err := ParseFilter(strings.NewReader("1\n6 0 0 1\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(Config{Interfaces: []string{"eth0", "tun7"}, Extra: everything})
		if err == nil || !strings.Contains(err.Error(), "tun7") {
			t.Errorf("one filter for two kinds of frame: %v", err)
		}
	})
}
