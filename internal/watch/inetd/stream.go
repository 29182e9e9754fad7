package inetd

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

func stream(service string, peer, local netip.AddrPort) *klaxon.Touch {
	return &klaxon.Touch{
		Time: time.Now(), Transport: klaxon.TCP, Service: service, Proof: klaxon.ProofHandshake,
		Interface: peer.Addr().Zone(),
		Source:    klaxon.Endpoint{Addr: peer.Addr(), Port: peer.Port()},
		Target:    klaxon.Endpoint{Addr: local.Addr(), Port: local.Port()},
	}
}

// accept takes connections off a listening socket. Between wait and accept a
// connection may be gone; the socket is made non-blocking meanwhile, so that
// this costs nothing, and put back, because inetd shares it.
func (s *Socket) accept(service string, deliver Deliver) (rest int, err error) {
	if err := unix.SetNonblock(s.fd, true); err != nil {
		return 0, err
	}
	defer unix.SetNonblock(s.fd, false)
	delivered := 0
	for w := newWait(s.fd); w.next(); {
		conn, sa, err := unix.Accept(s.fd)
		switch err {
		case nil:
		case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
			continue
		default:
			return rest, err
		}
		if delivered < maxTouches {
			deliver(stream(service, addrPort(sa), s.contacted(conn)), conn)
			delivered++
		} else {
			rest++
		}
		unix.Close(conn)
	}
	return rest, nil
}

// contacted returns the address that a connection came to.
func (s *Socket) contacted(conn int) netip.AddrPort {
	sa, err := unix.Getsockname(conn)
	if err != nil {
		return s.Local
	}
	return addrPort(sa)
}

// peerName returns who is at the other end, even of a connection that was reset
// meanwhile where the system can still tell.
func peerName(fd int) (netip.AddrPort, error) {
	sa, err := unix.Getpeername(fd)
	if err == nil {
		return addrPort(sa), nil
	}
	if peer, ok := resetPeer(fd); ok {
		return peer, nil
	}
	return netip.AddrPort{}, err
}

func interfaceName(index uint32) string {
	if i, err := net.InterfaceByIndex(int(index)); err == nil {
		return i.Name
	}
	return strconv.FormatUint(uint64(index), 10)
}
