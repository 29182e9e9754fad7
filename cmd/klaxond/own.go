package main

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/secret"
	"klaxon/internal/services"
	"klaxon/internal/track"
)

// ownService is a service of this host that an output calls, or that it offers: no
// trap, and no contact of whoever scans from this host.
type ownService struct {
	klaxon.Port
	host   string // as the configuration names it
	output string
	serves bool // others call it
	trap   bool // it would be a trap otherwise
}

// ownServices are those of the outputs. A peer with a name counts when the name is
// localhost: others are looked up when they are called, and may change.
func ownServices(outputs []config.OutputTable) (list []ownService) {
	for i := range outputs {
		o := &outputs[i]
		host, port, ok := endpointOf(o)
		if !o.Enabled || !ok || !here(host) {
			continue
		}
		over := klaxon.TCP
		if o.Type == "syslog" && o.Transport == "udp" {
			over = klaxon.UDP
		}
		list = append(list, ownService{Port: klaxon.Port{Transport: over, Number: port}, host: host, output: o.Name, serves: o.Type == "metrics"})
	}
	return list
}

// endpointOf is where an output goes, as far as the configuration says it.
func endpointOf(o *config.OutputTable) (host string, port uint16, ok bool) {
	where := o.Address
	if o.URL != "" && !secret.Named(o.URL) {
		u, err := url.Parse(o.URL)
		if err != nil {
			return "", 0, false
		}
		number := u.Port()
		if number == "" {
			number = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		where = net.JoinHostPort(u.Hostname(), number)
	}
	host, number, err := net.SplitHostPort(where)
	n, bad := strconv.ParseUint(number, 10, 16)
	return host, uint16(n), err == nil && bad == nil && n > 0
}

// leaveOwn takes the services of the outputs in use out of traps, and keeps which
// there were: they stay in use until klaxond ends, whatever is configured since.
func (d *daemon) leaveOwn(list []services.Trap) []services.Trap {
	d.own = ownServices(d.cfg.Outputs)
	return slices.DeleteFunc(list, func(t services.Trap) bool {
		i := slices.IndexFunc(d.own, func(s ownService) bool { return s.Port == klaxon.Port{Transport: t.Transport, Number: t.Port} })
		if i >= 0 {
			d.own[i].trap = true
		}
		return i >= 0
	})
}

// here tells whether a host of an output is this one.
func here(host string) bool {
	if host == "" || host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if addr = addr.Unmap().WithZone(""); addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	mine, _ := net.InterfaceAddrs()
	for _, a := range mine {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(addr.AsSlice()) {
			return true
		}
	}
	return false
}

// calls are the calls of outputs to this host, as the detector takes them.
func calls(own []ownService) (list []track.OwnCall) {
	for _, s := range own {
		if s.serves {
			continue
		}
		addrs := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} // of localhost
		if a, err := netip.ParseAddr(s.host); err == nil && !a.IsUnspecified() {
			addrs = []netip.Addr{a.Unmap().WithZone("")}
		}
		for _, a := range addrs {
			list = append(list, track.OwnCall{Transport: s.Transport, At: netip.AddrPortFrom(a, s.Number)})
		}
	}
	return list
}
