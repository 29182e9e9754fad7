package listen

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"klaxon"
)

// receive takes a turn of a datagram trap. It never answers.
func (s *Set) receive(sock *socket) {
	for range perTrapBatch {
		// With MSG_TRUNC the length is that of the datagram, even where the
		// buffer was too short.
		n, controlLen, _, from, err := syscall.Recvmsg(int(sock.fd), s.buf, s.control[:], syscall.MSG_TRUNC)
		switch {
		case err == nil:
			s.received(sock, n, parseControl(s.control[:controlLen]), from)
		case err == unix.EAGAIN:
			s.lost(sock, drops(int(sock.fd)))
			return
		case passedOver(err):
			s.tally.failed(err)
		default:
			s.tally.failed(err)
			s.starved = true
			return
		}
	}
}

func (s *Set) received(sock *socket, n int, c control, from syscall.Sockaddr) {
	now := time.Now()
	s.lost(sock, c.dropped)
	if c.forMany() {
		s.tally.notTouch.Add(1)
		return
	}
	fd := int(sock.fd)
	source := decode(fd, from)
	if source.Addr().Is4() { // which does not say by what interface it came
		source = located(fd, source.Addr(), source.Port(), c.index)
	}
	target := sock.at()
	if c.target.IsValid() {
		target = located(fd, c.target, sock.trap.Port, c.index)
	}
	s.readPayload(n)
	s.touch = klaxon.Touch{
		Time:      now,
		Interface: source.or(target),
		Transport: klaxon.UDP,
		Source:    source.endpoint(),
		Target:    target.endpoint(),
		Service:   sock.trap.Label,
		Proof:     klaxon.ProofNone,
		Payload:   &s.payload,
	}
	s.tally.datagrams.Add(1)
	s.handler(&s.touch, Conn{})
}

// lost takes the kernel's count of what a socket dropped. A datagram carries the
// count of when it came, which may be older than the one that was asked for.
func (s *Set) lost(sock *socket, dropped uint32) {
	if more := int32(dropped - sock.dropped); more > 0 { // both wrap
		s.tally.lost.Add(uint64(more))
		sock.dropped = dropped
	}
}

// drops asks for that count, since a flood may end with what is dropped, and then
// no datagram comes to carry it. It is 0 where the kernel does not say (before 4.12).
func drops(fd int) uint32 {
	var info [9]uint32 // sock_diag(7), SK_MEMINFO_VARS of linux/sock_diag.h
	const dropsAt = 8
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0
	}
	return info[dropsAt]
}

// readPayload describes a datagram of n bytes, of which buf holds what fits.
func (s *Set) readPayload(n int) {
	read := s.buf[:min(n, len(s.buf))]
	s.payload = klaxon.Payload{
		Sample:    read[:min(len(read), sampleCap)],
		Len:       n,
		Truncated: n > sampleCap,
	}
	if len(read) == n {
		s.payload.SHA256 = sha256.Sum256(read)
	}
}

// control is what the kernel says beside a datagram.
type control struct {
	target  netip.Addr // as in the IP header, never IPv4-mapped
	local   netip.Addr // our own address that received it; IPv4 alone
	index   uint32     // of the interface it came in by
	dropped uint32     // by the socket so far
}

// forMany tells a datagram to a broadcast or multicast address: over IPv4 the
// kernel then names, beside the destination, an address of ours that differs.
func (c control) forMany() bool {
	return c.target.IsMulticast() || c.local.IsValid() && c.local != c.target
}

func parseControl(b []byte) control {
	var c control
	for len(b) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil {
			break
		}
		c.take(h.Level, h.Type, data)
		b = rest
	}
	return c
}

// take reads one message: ip(7), RFC 3542 section 6, socket(7).
func (c *control) take(level, kind int32, data []byte) {
	switch {
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		c.index = binary.NativeEndian.Uint32(data)
		c.local = netip.AddrFrom4([4]byte(data[4:8]))
		c.target = netip.AddrFrom4([4]byte(data[8:12]))
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		c.target = netip.AddrFrom16([16]byte(data[:16])).Unmap()
		c.index = binary.NativeEndian.Uint32(data[16:])
	case level == unix.SOL_SOCKET && kind == unix.SO_RXQ_OVFL && len(data) >= 4:
		c.dropped = binary.NativeEndian.Uint32(data)
	}
}
