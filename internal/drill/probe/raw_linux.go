package probe

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"klaxon/internal/drill"
)

// Raw sends raw segments, and receives nothing. Opening it needs CAP_NET_RAW, and
// nothing needs it afterwards.
type Raw struct{ v4, v6 int } // -1 for none

// OpenRaw opens sockets of both families as far as there are. With a device they
// can send by that alone, and without CAP_NET_RAW nobody can change that: "lo"
// never leads to a wire.
func OpenRaw(device string) (*Raw, error) {
	r := &Raw{-1, -1}
	var err4, err6 error
	r.v4, err4 = openRaw(unix.AF_INET, device)
	r.v6, err6 = openRaw(unix.AF_INET6, device)
	if r.v4 < 0 && r.v6 < 0 {
		return nil, fmt.Errorf("open a raw socket to send probes: %w", errors.Join(err4, err6))
	}
	return r, nil
}

func openRaw(family int, device string) (int, error) {
	// Of this protocol nothing is ever received.
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_RAW)
	if err != nil {
		return -1, err
	}
	if device != "" {
		if err := unix.BindToDevice(fd, device); err != nil {
			unix.Close(fd)
			return -1, err
		}
	}
	return fd, nil
}

// Close closes the sockets.
func (r *Raw) Close() error {
	var all []error
	for _, fd := range []int{r.v4, r.v6} {
		if fd >= 0 {
			all = append(all, unix.Close(fd))
		}
	}
	return errors.Join(all...)
}

// Send sends the probe of a raw kind from an address to a service, and returns
// the ends that its seal gives it, which about is told of before.
func (r *Raw) Send(k drill.Kind, s *drill.Secret, from netip.Addr, to netip.AddrPort, about func(drill.Flow)) error {
	port, seq := s.Segment(k, from, to)
	f := drill.Flow{Source: netip.AddrPortFrom(from, port), Target: to}
	about(f)
	fd := r.v4
	if to.Addr().Is6() {
		fd = r.v6
	}
	if fd < 0 {
		return errors.New("there is no raw socket of this family")
	}
	// The port of a raw socket's address must be 0, or a protocol (raw(7)).
	return unix.Sendto(fd, segment(f, uint8(k.Flags()), seq), 0, sockaddr(netip.AddrPortFrom(to.Addr(), 0)))
}
