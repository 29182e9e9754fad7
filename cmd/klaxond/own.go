package main

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/secret"
	"klaxon/internal/track"
)

// ownService is a service of this host that an output calls, or that it offers: no
// trap, and no contact of whoever scans from this host.
type ownService struct {
	klaxon.Port
	output string
	trap   bool // it would be a trap otherwise
}

// ownServices are those of the outputs. A peer with a name counts when the name is
// localhost: others are looked up when they are called, and may change.
func ownServices(outputs []config.OutputTable) (list []ownService) {
	for i := range outputs {
		o := &outputs[i]
		if !o.Enabled {
			continue
		}
		if at, ok := endpointOf(o); ok && here(at.host) {
			list = append(list, ownService{klaxon.Port{Transport: transportOf(o), Number: at.port}, o.Name, false})
		}
	}
	return list
}

type endpoint struct {
	host string
	port uint16
}

// endpointOf is where an output goes, as far as the configuration says it.
func endpointOf(o *config.OutputTable) (at endpoint, ok bool) {
	where := o.Address
	if o.URL != "" && !secret.Named(o.URL) {
		u, err := url.Parse(o.URL)
		if err != nil {
			return at, false
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		where = net.JoinHostPort(u.Hostname(), port)
	}
	host, port, err := net.SplitHostPort(where)
	n, bad := strconv.ParseUint(port, 10, 16)
	return endpoint{host, uint16(n)}, err == nil && bad == nil && n > 0
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

// ownCalls are the calls of outputs to this host, as the detector takes them. The
// metrics are called by others.
func ownCalls(outputs []config.OutputTable) (list []track.OwnCall) {
	for i := range outputs {
		o := &outputs[i]
		at, ok := endpointOf(o)
		if !o.Enabled || !ok || o.Type == "metrics" || !here(at.host) {
			continue
		}
		addrs := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} // of localhost
		if a, err := netip.ParseAddr(at.host); err == nil && !a.IsUnspecified() {
			addrs = []netip.Addr{a.Unmap().WithZone("")}
		}
		for _, a := range addrs {
			list = append(list, track.OwnCall{Transport: transportOf(o), At: netip.AddrPortFrom(a, at.port)})
		}
	}
	return list
}

func transportOf(o *config.OutputTable) klaxon.Transport {
	if o.Type == "syslog" && o.Transport == "udp" {
		return klaxon.UDP
	}
	return klaxon.TCP
}
