package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"time"
)

// merger lays the values of one file over a configuration, and collects in the
// document what is wrong with them.
type merger struct {
	c     *Config
	doc   *document
	check func([]string) error
}

func (m *merger) problem(key string, t text, format string, args ...any) {
	m.doc.problem(t.at, "%s: %s", key, fmt.Sprintf(format, args...))
}

func (m *merger) sensor(v value) {
	t := v.texts[0]
	if t.raw == "" || len(t.raw) > maxSensor {
		m.problem("sensor", t, "want 1 to %d bytes", maxSensor)
		return
	}
	m.c.Sensor = t.raw
}

func (m *merger) home(v value)    { m.c.Home = m.networks("home", v) }
func (m *merger) mirrors(v value) { m.c.Wire.Mirrors = m.networks("wire.mirrors", v) }

func (m *merger) networks(key string, v value) (list []netip.Prefix) {
	for _, t := range v.texts {
		p, err := netip.ParsePrefix(t.raw)
		if a, alone := netip.ParseAddr(t.raw); alone == nil && key != "home" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err != nil:
			m.problem(key, t, "%q is no network; want one like \"10.0.0.0/8\" or \"2001:db8::/32\"", t.raw)
		case p.Addr().Is4In6():
			// Sources are never IPv4-mapped, so it would match none.
			m.problem(key, t, "%q is an IPv4-mapped network; want it as IPv4, like \"10.0.0.0/8\"", t.raw)
		default:
			list = append(list, p.Masked())
		}
	}
	return list
}

func (m *merger) services(v value) { m.c.Services = m.specs("services", v) }
func (m *merger) except(v value)   { m.c.Except = m.specs("except", v) }

func (m *merger) specs(key string, v value) []string {
	specs := make([]string, 0, len(v.texts))
	for _, t := range v.texts {
		if err := m.check([]string{t.raw}); err != nil {
			m.problem(key, t, "%v", err)
		}
		specs = append(specs, t.raw)
	}
	return specs
}

func (m *merger) addresses(v value) {
	m.c.Addresses = nil
	for _, t := range v.texts {
		a, err := netip.ParseAddr(t.raw)
		a = a.Unmap()
		switch zoned := a.Zone() != ""; {
		case err != nil:
			m.problem("addresses", t, "%q is no address; want one like \"192.0.2.1\" or \"fe80::1%%eth0\"", t.raw)
		case a.IsMulticast():
			m.problem("addresses", t, "%q is a multicast address, which cannot be touched", t.raw)
		case a.Is6() && a.IsLinkLocalUnicast() && !zoned:
			m.problem("addresses", t, "%q is on every link; want its interface behind it, like \"fe80::1%%eth0\"", t.raw)
		case zoned && !a.IsLinkLocalUnicast():
			m.problem("addresses", t, "%q is no link-local address; want it without %q", t.raw, "%"+a.Zone())
		default:
			m.c.Addresses = append(m.c.Addresses, a)
		}
	}
}

func (m *merger) ident(v value) {
	switch i := Ident(v.texts[0].raw); i {
	case IdentOff, IdentInside, IdentAll:
		m.c.Ident = i
	default:
		m.problem("ident", v.texts[0], "%q is no choice; want \"off\", \"inside\" or \"all\"", i)
	}
}

func (m *merger) identTimeout(v value) {
	t := v.texts[0]
	d, err := time.ParseDuration(t.raw)
	if err != nil || d < minIdentWait || d > maxIdentWait {
		m.problem("ident_timeout", t, "%q is no time to wait; want one from \"%s\" to \"%s\"", t.raw, minIdentWait, maxIdentWait)
		return
	}
	m.c.IdentTimeout = d
}

func (m *merger) jsonPath(v value) {
	t := v.texts[0]
	if !filepath.IsAbs(t.raw) {
		m.problem("output.json.path", t, "%q is not absolute; want one like \"/var/log/klaxon/klaxon.jsonl\"", t.raw)
		return
	}
	m.c.Output.JSONPath = filepath.Clean(t.raw)
}
