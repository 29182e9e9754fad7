package listen

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Apply changes the set to cfg: what stays is not touched, what goes is closed
// and what is new is opened. When cfg is not valid the set stays as it was, and
// the error says why; that a trap cannot be armed is told by its status.
// Inherited sockets stay, for nobody could open them again. What waited in a
// socket that goes, not yet yielded, is lost with it. A new backlog is for new
// sockets alone.
func (s *Set) Apply(cfg Config) ([]Status, error) {
	p, err := newPlan(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.replace(p); err != nil {
		return nil, err
	}
	return s.Status(), nil
}

func (s *Set) replace(p plan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("listen: apply: %w", os.ErrClosed)
	}
	s.plan = p
	s.disarm()
	s.arm()
	return nil
}

// Retry tries again what is held or denied, and the addresses that have
// appeared on this host beside a held one.
func (s *Set) Retry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.arm()
	}
}

// disarm closes the sockets that the plan no longer has, and gives those that
// stay their new labels.
func (s *Set) disarm() {
	labels := s.plan.labels()
	for fd, sock := range s.sockets {
		switch {
		case sock.inherited:
			sock.trap.Label = s.plan.inheritedLabel(sock.trap.port())
		case s.plan.wants(sock, labels):
			sock.trap.Label = labels[sock.trap.port()]
		default:
			unix.Close(int(fd))
			delete(s.sockets, fd)
		}
	}
}

// arm opens what the plan has and the set has not.
func (s *Set) arm() {
	s.fdCap = descriptorCap()
	s.trouble = nil
	a := arming{Set: s, have: make(map[spot]bool, len(s.sockets)), local: make(map[bool][]netip.Addr)}
	for _, sock := range s.sockets {
		a.have[sock.spot()] = true
		if sock.bothFamilies {
			a.have[spot{sock.trap.port(), netip.IPv4Unspecified()}] = true
		}
	}
	for _, t := range s.plan.traps {
		for _, addr := range s.plan.addrs {
			a.place(t, addr)
		}
	}
}

// arming is one pass over the plan.
type arming struct {
	*Set
	have  map[spot]bool
	local map[bool][]netip.Addr // this host's addresses, by Is4; read when needed
}

func (a *arming) place(t Trap, addr netip.Addr) {
	if a.have[spot{t.port(), addr}] {
		return
	}
	err := a.open(t, addr, false)
	switch {
	case err == nil:
	case addr.IsUnspecified() && errors.Is(err, unix.EADDRINUSE):
		a.placeEach(t, addr, err)
	case !a.plan.named && errors.Is(err, unix.EAFNOSUPPORT):
		// This host has no such family.
	default:
		a.trouble = append(a.trouble, notArmed(t, addr, err))
	}
}

// placeEach arms t on the addresses of a family one by one, because somebody
// holds it on some of them: err is what all of them together met.
func (a *arming) placeEach(t Trap, every netip.Addr, err error) {
	armed, held := false, true
	var failed []Status
	for _, addr := range a.localAddrs(every.Is4()) {
		if a.have[spot{t.port(), addr}] {
			armed = true
			continue
		}
		if err := a.open(t, addr, true); err != nil {
			st := notArmed(t, addr, err)
			held = held && st.State == StateHeld
			failed = append(failed, st)
			continue
		}
		armed = true
	}
	if !armed && held && len(failed) != 1 {
		failed = []Status{notArmed(t, every, err)}
	}
	a.trouble = append(a.trouble, failed...)
}

// localAddrs returns none when the system does not tell: then a trap that is
// held anywhere counts as held everywhere.
func (a *arming) localAddrs(v4 bool) []netip.Addr {
	addrs, ok := a.local[v4]
	if !ok {
		addrs, _ = localAddrs(v4)
		a.local[v4] = addrs
	}
	return addrs
}

func (s *Set) open(t Trap, addr netip.Addr, stopgap bool) error {
	fd, err := bound(t, addr, s.plan.backlog, s.fdCap)
	if err != nil {
		return err
	}
	return s.add(&socket{trap: t, addr: addr, fd: int32(fd), stopgap: stopgap})
}

// add takes over the descriptor of sock.
func (s *Set) add(sock *socket) error {
	if err := s.watch(sock.fd); err != nil {
		unix.Close(int(sock.fd))
		return err
	}
	s.sockets[sock.fd] = sock
	return nil
}
