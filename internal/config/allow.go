package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon/internal/policy"
)

// allowKey is one of a table [[allow]].
type allowKey struct {
	name string
	want form
	set  func(*merger, *policy.Rule, value)
	who  bool // it says whom the rule is about
}

func (k allowKey) form() (string, form) { return k.name, k.want }

var allowKeys = []allowKey{
	{"allow.address", listForm, (*merger).allowAddress, true},
	{"allow.mac", textForm, (*merger).allowMAC, true},
	{"allow.services", listForm, (*merger).allowServices, false},
	{"allow.hours", textForm, (*merger).allowHours, false},
	{"allow.days", listForm, (*merger).allowDays, false},
	{"allow.role", textForm, (*merger).allowRole, false},
	{"allow.reason", textForm, func(_ *merger, r *policy.Rule, v value) { r.Reason = v.texts[0].raw }, false},
	{"allow.until", textForm, (*merger).allowUntil, false},
	{"allow.force", flagForm, func(_ *merger, r *policy.Rule, v value) { r.Force = v.flag }, false},
}

// rules adds those of the file to those of the files before: it is a list that
// drop-ins add to.
func (m *merger) rules() {
	for _, table := range m.doc.tables {
		if table.name != "allow" {
			continue
		}
		var r policy.Rule
		before := len(m.doc.problems)
		vague := table.wrong // who it is about was not understood
		for _, k := range allowKeys {
			v, ok := table.values[k.name]
			if !ok {
				continue
			}
			told := len(m.doc.problems)
			k.set(m, &r, v)
			vague = vague || k.who && len(m.doc.problems) > told
		}
		if !vague {
			m.judge(r, table.at)
		}
		switch {
		case len(m.doc.problems) > before || vague: // told already
		case len(m.c.Allow) >= maxRules:
			m.doc.problem(table.at, "allow: more than %d tables", maxRules)
			return
		default:
			m.c.Allow = append(m.c.Allow, r)
		}
	}
}

// judge says all that is wrong with a rule as a whole: a reason that is missing hides
// nothing else.
func (m *merger) judge(r policy.Rule, at int) {
	err := r.Check()
	if err != nil {
		m.doc.problem(at, "allow: %v", err)
	}
	if strings.TrimSpace(r.Reason) != "" {
		return
	}
	r.Reason = "none"
	if err := r.Check(); err != nil {
		m.doc.problem(at, "allow: %v", err)
	}
}

func (m *merger) allowAddress(r *policy.Rule, v value) {
	for _, t := range v.texts {
		p, err := netip.ParsePrefix(t.raw)
		if a, bad := netip.ParseAddr(t.raw); bad == nil && a.Zone() == "" {
			a = a.Unmap()
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err != nil:
			m.problem("allow.address", t, "%q is no address or network; want one like \"192.0.2.7\" or \"2001:db8::/64\"", t.raw)
		case p.Addr().Is4In6():
			m.problem("allow.address", t, "%q is an IPv4-mapped network; want it as IPv4, like \"10.0.0.0/24\"", t.raw)
		default:
			r.Sources = append(r.Sources, p.Masked())
		}
	}
	if len(v.texts) == 0 {
		m.doc.problem(v.at, "allow.address: an empty list is nobody; leave the key out, or name one")
	}
}

func (m *merger) allowMAC(r *policy.Rule, v value) {
	var err error
	if r.MAC, err = ParseMAC(v.texts[0].raw); err != nil {
		m.problem("allow.mac", v.texts[0], "%v", err)
	}
}

// ParseMAC reads the hardware address of a rule.
func ParseMAC(text string) (mac [6]byte, err error) {
	list, err := net.ParseMAC(text)
	if err != nil || len(list) != len(mac) || [6]byte(list) == mac {
		return mac, fmt.Errorf("%q is no hardware address; want one like \"02:00:5e:10:00:01\"", text)
	}
	return [6]byte(list), nil
}

func (m *merger) allowRole(r *policy.Rule, v value) {
	role := v.texts[0].raw
	if names := policy.RoleNames(); !slices.Contains(names, role) {
		m.problem("allow.role", v.texts[0], "%q is no role; want one of %s", role, strings.Join(names, ", "))
		return
	}
	r.Role = policy.Role(role)
}

func (m *merger) allowServices(r *policy.Rule, v value) {
	for _, t := range v.texts {
		list, err := policy.ServicesOf([]string{t.raw})
		if err != nil {
			m.problem("allow.services", t, "%v", err)
		}
		r.Services = append(r.Services, list...)
	}
	if len(v.texts) == 0 {
		m.doc.problem(v.at, "allow.services: an empty list is none; leave the key out, or name one")
	}
}

func (m *merger) allowHours(r *policy.Rule, v value) {
	var err error
	if r.From, r.To, err = ParseHours(v.texts[0].raw); err != nil {
		m.problem("allow.hours", v.texts[0], "%v", err)
	}
}

// ParseHours reads the hours of a rule, as minutes of the day.
func ParseHours(text string) (from, to int, err error) {
	first, last, ok := strings.Cut(text, "-")
	a, errA := time.Parse("15:04", first)
	b, errB := time.Parse("15:04", last)
	if !ok || errA != nil || errB != nil || a.Equal(b) {
		return 0, 0, fmt.Errorf("%q are no hours; want some like \"22:00-06:00\"", text)
	}
	return a.Hour()*60 + a.Minute(), b.Hour()*60 + b.Minute(), nil
}

func (m *merger) allowDays(r *policy.Rule, v value) {
	for _, t := range v.texts {
		day, ok := policy.DayOf(t.raw)
		if !ok {
			m.problem("allow.days", t, "%q is no day; want \"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\" or \"sun\"", t.raw)
		}
		r.Days |= day
	}
	if len(v.texts) == 0 {
		m.doc.problem(v.at, "allow.days: an empty list is never; leave the key out, or name one")
	}
}

func (m *merger) allowUntil(r *policy.Rule, v value) {
	t := v.texts[0]
	at, err := time.Parse(time.RFC3339, t.raw)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, t.raw, time.Local)
		at = at.AddDate(0, 0, 1) // the day itself is included
	}
	if err != nil {
		m.problem("allow.until", t, "%q is no time; want one like \"2027-01-31\" or \"2027-01-31T18:00:00Z\"", t.raw)
		return
	}
	r.Until = at
}

// ReadAllow reads a file of nothing but tables [[allow]], as klaxond writes it for
// what was allowed while it ran. The error, when it is about what the file says, is
// of type Errors; the rules that are good are returned all the same.
func ReadAllow(path string, text []byte) ([]policy.Rule, error) {
	m := merger{c: new(Config), doc: parse(path, text)}
	for name := range m.doc.values {
		m.doc.problems = append(m.doc.problems, Problem{File: path, Text: fmt.Sprintf("%s: want [[allow]] and nothing else", name)})
	}
	m.rules()
	if problems := m.doc.sorted(); len(problems) > 0 {
		return m.c.Allow, problems
	}
	return m.c.Allow, nil
}

// LoadAllowed reads such a file, which need not exist.
func LoadAllowed(path string) ([]policy.Rule, error) {
	text, _, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return ReadAllow(path, text)
}

// WriteAllow is the text that ReadAllow reads.
func WriteAllow(rules []policy.Rule) []byte {
	var b strings.Builder
	b.WriteString("# What klaxonctl allowed. klaxond writes this file and drops what has expired;\n# rules that are to last belong into klaxon.toml(5).\n")
	for i := range rules {
		b.WriteString("\n" + rules[i].TOML())
	}
	return []byte(b.String())
}
