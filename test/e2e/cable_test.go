//go:build linux

package e2e

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
)

// cable counts the frames that come from the target, at the attacker's end: what
// the target's kernel drops on the way out has not been sent.
type cable struct{ frames atomic.Int64 }

// still makes the target's kernel as quiet as it can be, so that what is sent is
// sent by somebody: no IPv6, and the neighbours known. An address that nobody has
// leads to the target as well: what is sent there arrives and is answered by none.
func (s *session) still(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "still ADDR")
	for _, name := range []string{"all", "eth0"} {
		ts.Check(os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0))
	}
	ours, theirs := s.mac(ts, ""), s.mac(ts, nstest.AttackerNS)
	ts.Check(s.net.IP("", "neigh replace "+nstest.Attacker4+" lladdr "+theirs.String()+" dev eth0 nud permanent"))
	ts.Check(s.net.IP("attacker", "neigh replace "+args[0]+" lladdr "+ours.String()+" dev eth0 nud permanent"))
}

// mac returns the hardware address of an end of the cable.
func (s *session) mac(ts *testscript.TestScript, netns string) (mac net.HardwareAddr) {
	find := func() error {
		end, err := net.InterfaceByName("eth0")
		if err == nil {
			mac = end.HardwareAddr
		}
		return err
	}
	if netns == "" {
		ts.Check(find())
	} else {
		ts.Check(s.net.Attacker(find))
	}
	return mac
}

func (s *session) hear(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, "hear")
	from := s.mac(ts, "")
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	var fd int
	ts.Check(s.net.Attacker(func() (err error) {
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(all)); err != nil {
			return err
		}
		end, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: end.Index})
	}))
	s.cable = &cable{}
	go s.cable.read(fd, from)
}

func (c *cable) read(fd int, from net.HardwareAddr) {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return
		}
		if n >= 14 && bytes.Equal(buf[6:12], from) {
			c.frames.Add(1)
		}
	}
}

func (s *session) heard(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] heard N")
	}
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	if got := s.cable.frames.Load(); (got == want) == neg {
		ts.Fatalf("%d frames came from the target", got)
	}
}
