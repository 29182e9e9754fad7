package check

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/firewall"
	"klaxon/internal/services"
)

// shields tells which traps the host's own firewall keeps probes from, and by which
// rule; the note is for when it keeps them from none.
func shields(c *config.Config) (note string, warnings []string) {
	traps, err := traps(c)
	if err != nil || len(traps) == 0 {
		return "", nil // err: the configuration was good a moment ago
	}
	findings, err := firewall.Examine(traps, firewall.Host{Local: local()})
	switch {
	case errors.Is(err, firewall.ErrAbsent):
		return "", legacy()
	case errors.Is(err, firewall.ErrPrivilege):
		return "", []string{"whether this host's firewall keeps probes from the traps is not known: the kernel shows the rules of nftables to root alone: run it as root"}
	case err != nil:
		return "", []string{fmt.Sprintf("whether this host's firewall keeps probes from the traps is not known: %v", err)}
	}
	warnings = firewall.Report(findings)
	if len(warnings) == 0 {
		note = fmt.Sprintf("no rule of nftables keeps probes from the %d traps", len(traps))
	}
	return note, append(warnings, legacy()...)
}

func legacy() []string {
	if tables := firewall.Legacy(); len(tables) > 0 {
		return []string{fmt.Sprintf("the rules of iptables-legacy are not read, and may keep probes from the traps: see them with %s -S", strings.Join(tables, " -S, "))}
	}
	return nil
}

// Traps are those of a configuration: its services less those that are excepted or an
// output's, whether they could be armed or not, which depends on the host.
func Traps(c *config.Config) (list []klaxon.Port, err error) {
	wanted, err := services.Less(c.Services, c.Except)
	if err != nil || c.Mode == config.ModePassive {
		return nil, err
	}
	own := config.OwnServices(c.Outputs)
	for _, t := range wanted {
		if port := (klaxon.Port{Transport: t.Transport, Number: t.Port}); config.OwnAt(own, port) < 0 {
			list = append(list, port)
		}
	}
	return list, nil
}

// traps are these as a firewall sees them.
func traps(c *config.Config) (list []firewall.Trap, err error) {
	ports, err := Traps(c)
	v4, v6 := families(c.Addresses)
	for _, p := range ports {
		list = append(list, firewall.Trap{Port: p, V4: v4, V6: v6})
	}
	return list, err
}

// families are those that traps listen on: both, without addresses.
func families(addrs []netip.Addr) (v4, v6 bool) {
	for _, a := range addrs {
		v4, v6 = v4 || a.Unmap().Is4(), v6 || !a.Unmap().Is4()
	}
	return v4 || len(addrs) == 0, v6 || len(addrs) == 0
}

// local lists the addresses of this host.
func local() (list []netip.Addr) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil // then nothing that is sent on is known to stay here
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Addr())
		}
	}
	return list
}
