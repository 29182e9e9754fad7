//go:build linux

package e2e

import (
	"encoding/binary"
	"net"
	"strconv"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// sniffer counts the SYNs to one port, in both directions of the cable.
type sniffer struct {
	port uint16
	syns atomic.Int64
}

func (s *session) sniff(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "sniff PORT")
	port, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(all))
	ts.Check(err)
	cable, err := net.InterfaceByName("eth0")
	ts.Check(err)
	ts.Check(unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: cable.Index}))
	s.syns = &sniffer{port: uint16(port)}
	go s.syns.read(fd)
}

func (s *session) sniffed(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "sniffed N")
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	if got := s.syns.syns.Load(); got != want {
		ts.Fatalf("%d connection attempts to port %d, want %d", got, s.syns.port, want)
	}
}

func (s *sniffer) read(fd int) {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return
		}
		if isSYN(buf[:n], s.port) {
			s.syns.Add(1)
		}
	}
}

// isSYN tells whether an IP packet begins a TCP connection to port. IPv6
// extension headers are not looked behind: our own stack sends none.
func isSYN(packet []byte, port uint16) bool {
	const tcp, syn, ack = 6, 0x02, 0x10
	header, protocol := 40, 6 // where IPv6 has its next header
	if len(packet) > 0 && packet[0]>>4 == 4 {
		header, protocol = int(packet[0]&0xf)*4, 9
	}
	if len(packet) < header+20 || packet[protocol] != tcp {
		return false
	}
	segment := packet[header:]
	return binary.BigEndian.Uint16(segment[2:]) == port && segment[13]&(syn|ack) == syn
}
