package inetd

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// receive takes datagrams off a bound socket. A datagram to a broadcast or
// multicast address is no touch.
func (s *Socket) receive(service string, deliver Deliver) (rest int, err error) {
	wantTarget(s.fd)
	s.broadcast = broadcastAddresses()
	buf, oob := make([]byte, maxDatagram), make([]byte, 256)
	delivered := 0
	for w := newWait(s.fd); w.next(); {
		n, oobn, _, from, err := unix.Recvmsg(s.fd, buf, oob, dontWait)
		switch err {
		case nil:
		case unix.EAGAIN, unix.EINTR, unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH:
			continue
		default:
			return rest, err
		}
		target := s.target(oob[:oobn])
		switch {
		case target.groupCast:
		case delivered < maxTouches:
			deliver(datagram(service, s.sender(from), target.addr, s.Local.Port(), buf[:n]), -1)
			delivered++
		default:
			rest++
		}
	}
	return rest, nil
}

// sender returns the source; of a connected socket the kernel may not name it
// with each datagram.
func (s *Socket) sender(from unix.Sockaddr) netip.AddrPort {
	if from == nil {
		if sa, err := unix.Getpeername(s.fd); err == nil {
			return addrPort(sa)
		}
	}
	return addrPort(from)
}

func datagram(service string, source netip.AddrPort, target netip.Addr, port uint16, payload []byte) *klaxon.Touch {
	sample := payload[:min(len(payload), maxSample)]
	return &klaxon.Touch{
		Time: time.Now(), Transport: klaxon.UDP, Service: service, Proof: klaxon.ProofNone,
		Interface: source.Addr().Zone(),
		Source:    klaxon.Endpoint{Addr: source.Addr(), Port: source.Port()},
		Target:    klaxon.Endpoint{Addr: target, Port: port},
		Payload: &klaxon.Payload{Sample: sample, Len: len(payload), SHA256: sha256(payload),
			Truncated: len(sample) < len(payload)},
	}
}
