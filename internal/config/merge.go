package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"
)

// merger lays the values of one file over a configuration and collects what is
// wrong with them.
type merger struct {
	c        *Config
	path     string
	text     []byte
	check    func([]string) error
	problems Errors
}

func (m *merger) apply(f *file) {
	set(&m.c.Names, f.Names)
	set(&m.c.Output.Terminal, f.Output.Terminal.Enabled)
	set(&m.c.Output.Syslog, f.Output.Syslog.Enabled)
	set(&m.c.Output.JSON, f.Output.JSON.Enabled)
	m.sensor(f.Sensor)
	m.home(f.Home)
	m.services("services", &m.c.Services, f.Services)
	m.services("except", &m.c.Except, f.Except)
	m.addresses(f.Addresses)
	m.ident(f.Ident)
	m.identTimeout(f.IdentTimeout)
	m.jsonPath(f.Output.JSON.Path)
}

func set[T any](dst *T, src *T) {
	if src != nil {
		*dst = *src
	}
}

// problem reports a bad value at the line where it stands, or, when it cannot
// be found there, at its key's.
func (m *merger) problem(key, value, format string, args ...any) {
	line, col := locate(m.text, key, value)
	m.problems = append(m.problems, Problem{m.path, line, col, key + ": " + fmt.Sprintf(format, args...)})
}

// locate finds the value behind its key. The decoder tells no positions of
// values that it took; a value that stands twice behind one key is reported at
// its first place.
func locate(text []byte, key, value string) (line, col int) {
	at := 0
	for rest := text; ; {
		end := bytes.IndexByte(rest, '\n')
		current := rest
		if end >= 0 {
			current = rest[:end]
		}
		if trimmed := bytes.TrimLeft(current, " \t"); bytes.HasPrefix(trimmed, []byte(key)) {
			at = len(text) - len(rest) + len(current) - len(trimmed)
			break
		}
		if end < 0 {
			return 0, 0
		}
		rest = rest[end+1:]
	}
	if i := bytes.Index(text[at+len(key):], []byte(value)); value != "" && i >= 0 {
		at += len(key) + i
	}
	before := text[:at]
	return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
}

func (m *merger) sensor(v *string) {
	switch {
	case v == nil:
	case *v == "" || len(*v) > maxSensor:
		m.problem("sensor", *v, "want 1 to %d bytes", maxSensor)
	default:
		m.c.Sensor = *v
	}
}

func (m *merger) home(v *[]string) {
	if v == nil {
		return
	}
	m.c.Home = nil
	for _, s := range *v {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			m.problem("home", s, "%q is no network; want one like \"10.0.0.0/8\" or \"2001:db8::/32\"", s)
			continue
		}
		m.c.Home = append(m.c.Home, p.Masked())
	}
}

func (m *merger) services(key string, dst, v *[]string) {
	if v == nil {
		return
	}
	for _, s := range *v {
		if err := m.check([]string{s}); err != nil {
			m.problem(key, s, "%v", err)
		}
	}
	*dst = *v
}

func (m *merger) addresses(v *[]string) {
	if v == nil {
		return
	}
	m.c.Addresses = nil
	for _, s := range *v {
		a, err := netip.ParseAddr(s)
		switch {
		case err != nil:
			m.problem("addresses", s, "%q is no address; want one like \"192.0.2.1\" or \"fe80::1%%eth0\"", s)
		case a.IsMulticast():
			m.problem("addresses", s, "%q is a multicast address, which cannot be touched", s)
		default:
			m.c.Addresses = append(m.c.Addresses, a.Unmap())
		}
	}
}

func (m *merger) ident(v *string) {
	if v == nil {
		return
	}
	switch i := Ident(*v); i {
	case IdentOff, IdentInside, IdentAll:
		m.c.Ident = i
	default:
		m.problem("ident", *v, "%q is no choice; want \"off\", \"inside\" or \"all\"", *v)
	}
}

func (m *merger) identTimeout(v *string) {
	if v == nil {
		return
	}
	d, err := time.ParseDuration(*v)
	if err != nil || d < minIdentWait || d > maxIdentWait {
		m.problem("ident_timeout", *v, "%q is no time to wait; want one from \"%s\" to \"%s\"", *v, minIdentWait, maxIdentWait)
		return
	}
	m.c.IdentTimeout = d
}

func (m *merger) jsonPath(v *string) {
	switch {
	case v == nil:
	case !filepath.IsAbs(*v):
		m.problem("path", *v, "%q is not absolute; want one like \"/var/log/klaxon/klaxon.jsonl\"", *v)
	default:
		m.c.Output.JSONPath = filepath.Clean(*v)
	}
}
