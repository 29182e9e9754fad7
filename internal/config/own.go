package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"klaxon"
	"klaxon/internal/secret"
	"klaxon/internal/track"
)

// OwnService is a service of this host that an output calls, or that it offers: no
// trap, and no contact of whoever scans from this host.
type OwnService struct {
	klaxon.Port
	Host   string // as the configuration names it
	Output string
	Serves bool // others call it
}

// OwnServices are those of the outputs. A peer with a name counts when the name is
// localhost: others are looked up when they are called, and may change. A URL that is a
// secret is read for it; one that cannot be read is that of an output that cannot be
// opened.
func OwnServices(outputs []OutputTable) (list []OwnService) {
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
		list = append(list, OwnService{Port: klaxon.Port{Transport: over, Number: port}, Host: host, Output: o.Name, Serves: o.Type == "metrics"})
	}
	return list
}

// Leaves tells whether an output goes to another host, as far as its address tells. A
// URL that cannot be read here may go anywhere. The names that this host's own file of
// names has for itself are no other host.
func (o *OutputTable) Leaves() bool {
	if o.Address == "" && o.URL == "" || strings.HasPrefix(o.Address, "/") {
		return false // a file, a socket, a terminal
	}
	host, _, ok := endpointOf(o)
	if !ok {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	mine, err := os.Hostname()
	return !here(host) && host != "localhost.localdomain" && host != "ip6-localhost" && host != "ip6-loopback" &&
		!strings.HasSuffix(host, ".localhost") && (err != nil || host != strings.ToLower(mine))
}

// OwnAt is which of the services has a port; -1 for none.
func OwnAt(own []OwnService, port klaxon.Port) int {
	return slices.IndexFunc(own, func(s OwnService) bool { return s.Port == port })
}

// endpointOf is where an output goes.
func endpointOf(o *OutputTable) (host string, port uint16, ok bool) {
	where := o.Address
	if o.URL != "" {
		text := o.URL
		if secret.Named(text) {
			s, err := secret.Read(text)
			if err != nil {
				return "", 0, false
			}
			text = s.Reveal()
		}
		u, err := url.Parse(text)
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

// OwnCalls are those that this program makes of such services itself: not of one that
// others call.
func OwnCalls(own []OwnService) (list []track.OwnCall) {
	for _, s := range own {
		if s.Serves {
			continue
		}
		at := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} // of localhost
		if a, err := netip.ParseAddr(s.Host); err == nil && !a.IsUnspecified() {
			at = []netip.Addr{a.Unmap().WithZone("")}
		}
		for _, a := range at {
			list = append(list, track.OwnCall{Transport: s.Transport, At: netip.AddrPortFrom(a, s.Number)})
		}
	}
	return list
}
