package listen

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"klaxon"
)

// port is what tells traps apart.
type port struct {
	transport klaxon.Transport
	number    uint16
}

func (t Trap) port() port { return port{t.Transport, t.Port} }

// spot is where a socket sits.
type spot struct {
	port
	addr netip.Addr
}

// plan is a valid Config, made regular.
type plan struct {
	traps   []Trap
	addrs   []netip.Addr // unspecified for every address of a family
	named   bool         // the operator named the addresses
	label   func(klaxon.Transport, uint16) string
	backlog int
}

func newPlan(cfg Config) (plan, error) {
	if cfg.Backlog < 0 {
		return plan{}, fmt.Errorf("listen: backlog %d is negative", cfg.Backlog)
	}
	if err := validTraps(cfg.Traps); err != nil {
		return plan{}, err
	}
	addrs, err := regularAddrs(cfg.Addrs)
	if err != nil {
		return plan{}, err
	}
	p := plan{
		traps:   slices.Clone(cfg.Traps),
		addrs:   addrs,
		named:   len(cfg.Addrs) > 0,
		label:   cfg.Label,
		backlog: cfg.Backlog,
	}
	if p.backlog == 0 {
		p.backlog = defaultBacklog
	}
	return p, nil
}

func validTraps(traps []Trap) error {
	seen := make(map[port]bool, len(traps))
	for _, t := range traps {
		switch {
		case t.Transport != klaxon.TCP && t.Transport != klaxon.UDP:
			return fmt.Errorf("listen: trap %q has transport %d, want tcp or udp", t.Label, t.Transport)
		case t.Port == 0:
			return fmt.Errorf("listen: trap %q has %s port 0", t.Label, t.Transport)
		case seen[t.port()]:
			return fmt.Errorf("listen: trap %s/%d is named twice", t.Transport, t.Port)
		}
		seen[t.port()] = true
	}
	return nil
}

// regularAddrs sorts, and leaves out what another address covers.
func regularAddrs(named []netip.Addr) ([]netip.Addr, error) {
	if len(named) == 0 {
		return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, nil
	}
	addrs := make([]netip.Addr, 0, len(named))
	every := map[bool]bool{} // by Is4
	for _, a := range named {
		a = a.Unmap()
		if err := bindable(a); err != nil {
			return nil, fmt.Errorf("listen: address %s: %w", a, err)
		}
		if a.IsUnspecified() {
			every[a.Is4()] = true
		}
		addrs = append(addrs, a)
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool {
		return every[a.Is4()] && !a.IsUnspecified()
	})
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs), nil
}

func bindable(a netip.Addr) error {
	scoped := a.Is6() && a.IsLinkLocalUnicast()
	switch {
	case !a.IsValid():
		return errors.New("it is not an address")
	case a.IsMulticast():
		return errors.New("a multicast address cannot be touched")
	case scoped && a.Zone() == "":
		return errors.New("a link-local address needs its zone, as in fe80::1%eth0")
	case !scoped && a.Zone() != "":
		return errors.New("only a link-local address has a zone")
	}
	return nil
}

// everyOf returns the address that stands for all of a's family.
func everyOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// wants tells whether the plan has s where it is. A socket on one address
// stays under "every address" only if it is there because another holds that
// port: else it would be in the way of the one for all.
func (p *plan) wants(s *socket, labels map[port]string) bool {
	if _, ok := labels[s.trap.port()]; !ok {
		return false
	}
	return slices.Contains(p.addrs, s.addr) || s.stopgap && slices.Contains(p.addrs, everyOf(s.addr))
}

func (p *plan) labels() map[port]string {
	m := make(map[port]string, len(p.traps))
	for _, t := range p.traps {
		m[t.port()] = t.Label
	}
	return m
}

func (p *plan) inheritedLabel(at port) string {
	if p.label != nil {
		if l := p.label(at.transport, at.number); l != "" {
			return l
		}
	}
	return fmt.Sprintf("%s/%d", at.transport, at.number)
}
