package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/format"
	"klaxon/internal/policy"
	"klaxon/internal/secret"
)

// OutputTable is one table [[output]]: where records go, which, and how.
type OutputTable struct {
	Type    string // one of OutputTypes
	Name    string // unlike any other's
	Enabled bool
	Format  string // one of Formats, "" for the type's own
	Touches bool   // a record output: every touch, and what people read of in the weather

	MinSeverity int
	Confidence  klaxon.Confidence
	Proof       klaxon.Proof
	Zones       []klaxon.Zone
	Services    []policy.ServiceRange
	Sources     []netip.Prefix
	Budget      int // records in a minute; 0: none of its own
	Deadline    time.Duration

	Address   string // host:port, or a path
	Transport string // of syslog
	RFC       string // of syslog
	Path      string // of a file
	URL       string // may name a secret
	Template  string
	Private   bool   // allow_private
	Secret    string // these name places, see package secret
	Token     string
	Password  string
	User      string
	CA        string
	Cert, Key string
	Server    string // the name in the peer's certificate
	From      string
	To        []string
	TLS       string // of mail: starttls, tls or none
	Digest    time.Duration
	Picture   bool
	Index     string
}

// Formats are those that an output may name.
var Formats = append(format.Names(), "line")

// outputKey is one of a table [[output]].
type outputKey struct {
	name string
	want form
	set  func(*merger, *OutputTable, value) error
}

func (k outputKey) form() (string, form) { return "output." + k.name, k.want }

// outputForms are the forms of outputKeys, which refer to severals themselves.
func outputForms() map[string]form { return formsOf(outputKeys()) }

func outputKeys() []outputKey {
	return []outputKey{
		{"type", textForm, choose(OutputTypes, func(o *OutputTable) *string { return &o.Type })},
		{"name", textForm, (*merger).outputName},
		{"enabled", flagForm, flag(func(o *OutputTable) *bool { return &o.Enabled })},
		{"format", textForm, choose(Formats, func(o *OutputTable) *string { return &o.Format })},
		{"touches", flagForm, flag(func(o *OutputTable) *bool { return &o.Touches })},
		{"min_severity", numberForm, number(1, 5, func(o *OutputTable) *int { return &o.MinSeverity })},
		{"confidence", textForm, (*merger).outputConfidence},
		{"proof", textForm, (*merger).outputProof},
		{"zone", listForm, (*merger).outputZone},
		{"service", listForm, (*merger).outputService},
		{"source", listForm, (*merger).outputSource},
		{"budget", numberForm, number(minBudget, maxBudget, func(o *OutputTable) *int { return &o.Budget })},
		{"deadline", textForm, span(minDeadline, maxDeadline, func(o *OutputTable) *time.Duration { return &o.Deadline })},
		{"address", textForm, plain(func(o *OutputTable) *string { return &o.Address })},
		{"transport", textForm, choose([]string{"unix", "udp", "tcp", "tls"}, func(o *OutputTable) *string { return &o.Transport })},
		{"rfc", textForm, choose([]string{"5424", "3164"}, func(o *OutputTable) *string { return &o.RFC })},
		{"path", textForm, file(func(o *OutputTable) *string { return &o.Path })},
		{"url", textForm, (*merger).outputURL},
		{"template", textForm, plain(func(o *OutputTable) *string { return &o.Template })},
		{"allow_private", flagForm, flag(func(o *OutputTable) *bool { return &o.Private })},
		{"secret", textForm, hidden(func(o *OutputTable) *string { return &o.Secret })},
		{"token", textForm, hidden(func(o *OutputTable) *string { return &o.Token })},
		{"password", textForm, hidden(func(o *OutputTable) *string { return &o.Password })},
		{"user", textForm, plain(func(o *OutputTable) *string { return &o.User })},
		{"ca", textForm, file(func(o *OutputTable) *string { return &o.CA })},
		{"cert", textForm, file(func(o *OutputTable) *string { return &o.Cert })},
		{"key", textForm, file(func(o *OutputTable) *string { return &o.Key })},
		{"server_name", textForm, plain(func(o *OutputTable) *string { return &o.Server })},
		{"from", textForm, (*merger).outputFrom},
		{"to", listForm, (*merger).outputTo},
		{"tls", textForm, choose([]string{"starttls", "tls", "none"}, func(o *OutputTable) *string { return &o.TLS })},
		{"digest", textForm, span(0, maxDigest, func(o *OutputTable) *time.Duration { return &o.Digest })},
		{"picture", flagForm, flag(func(o *OutputTable) *bool { return &o.Picture })},
		{"index", textForm, plain(func(o *OutputTable) *string { return &o.Index })},
	}
}

// The ways in which most keys are set.

type setter = func(*merger, *OutputTable, value) error

func flag(field func(*OutputTable) *bool) setter {
	return func(_ *merger, o *OutputTable, v value) error { *field(o) = v.flag; return nil }
}

func number(least, most int, field func(*OutputTable) *int) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		if *field(o) = v.count; v.count < least || v.count > most {
			return fmt.Errorf("want a number from %d to %d", least, most)
		}
		return nil
	}
}

func span(least, most time.Duration, field func(*OutputTable) *time.Duration) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		d, err := time.ParseDuration(v.texts[0].raw)
		if *field(o) = d; err != nil || d < least || d > most {
			return fmt.Errorf("%q is no such time; want one from \"%s\" to \"%s\"", v.texts[0].raw, least, most)
		}
		return nil
	}
}

func choose(choices []string, field func(*OutputTable) *string) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		if *field(o) = v.texts[0].raw; !slices.Contains(choices, v.texts[0].raw) {
			return fmt.Errorf("%q is no choice; want one of %s", v.texts[0].raw, strings.Join(choices, ", "))
		}
		return nil
	}
}

func plain(field func(*OutputTable) *string) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		raw := v.texts[0].raw
		if *field(o) = raw; raw == "" || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("want a text of one line")
		}
		return nil
	}
}

func file(field func(*OutputTable) *string) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		raw := v.texts[0].raw
		if *field(o) = filepath.Clean(raw); !filepath.IsAbs(raw) {
			return fmt.Errorf("%q is not an absolute path", raw)
		}
		return nil
	}
}

func hidden(field func(*OutputTable) *string) setter {
	return func(_ *merger, o *OutputTable, v value) error {
		*field(o) = v.texts[0].raw
		return secret.Check(v.texts[0].raw)
	}
}

func (m *merger) outputName(o *OutputTable, v value) error {
	o.Name = v.texts[0].raw
	if o.Name == "" || len(o.Name) > maxName || strings.Trim(o.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("%q is no name; want 1 to %d of a-z, 0-9 and -", o.Name, maxName)
	}
	return nil
}

func (m *merger) outputConfidence(o *OutputTable, v value) error {
	for c := klaxon.Suspect; c <= klaxon.Proven; c++ {
		if c.String() == v.texts[0].raw {
			o.Confidence = c
			return nil
		}
	}
	return fmt.Errorf("%q is no choice; want \"suspect\", \"established\" or \"proven\"", v.texts[0].raw)
}

func (m *merger) outputProof(o *OutputTable, v value) error {
	for p := klaxon.ProofNone; p <= klaxon.ProofData; p++ {
		if p.String() == v.texts[0].raw {
			o.Proof = p
			return nil
		}
	}
	return fmt.Errorf("%q is no choice; want \"none\", \"on-link\", \"handshake\" or \"data\"", v.texts[0].raw)
}

func (m *merger) outputZone(o *OutputTable, v value) error {
	for _, t := range v.texts {
		z := klaxon.Zone(t.raw)
		if z != klaxon.ZoneInside && z != klaxon.ZoneOutside && z != klaxon.ZoneLoopback {
			return fmt.Errorf("%q is no zone; want some of \"inside\", \"outside\", \"loopback\"", t.raw)
		}
		o.Zones = append(o.Zones, z)
	}
	return nil
}

func (m *merger) outputService(o *OutputTable, v value) error {
	for _, t := range v.texts {
		list, err := policy.ServicesOf([]string{t.raw})
		if err != nil {
			return err
		}
		o.Services = append(o.Services, list...)
	}
	return nil
}

func (m *merger) outputSource(o *OutputTable, v value) error {
	if len(v.texts) > maxNetworks {
		return fmt.Errorf("more than %d networks", maxNetworks)
	}
	for _, t := range v.texts {
		p, err := netip.ParsePrefix(t.raw)
		if a, bad := netip.ParseAddr(t.raw); bad == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil || p.Addr().Is4In6() {
			return fmt.Errorf("%q is no address or network; want one like \"192.0.2.7\" or \"2001:db8::/64\"", t.raw)
		}
		o.Sources = append(o.Sources, p.Masked())
	}
	return nil
}

func (m *merger) outputTo(o *OutputTable, v value) error {
	if len(v.texts) > maxTo {
		return fmt.Errorf("more than %d addresses", maxTo)
	}
	for _, t := range v.texts {
		o.To = append(o.To, t.raw)
		if err := mailbox(t.raw); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) outputFrom(o *OutputTable, v value) error {
	o.From = v.texts[0].raw
	return mailbox(o.From)
}

// outputURL takes a URL, or the place of one that is a secret itself.
func (m *merger) outputURL(o *OutputTable, v value) error {
	o.URL = v.texts[0].raw
	if secret.Named(o.URL) {
		return secret.Check(o.URL)
	}
	if scheme, _, _ := strings.Cut(strings.ToLower(o.URL), "://"); scheme != "https" && scheme != "http" { // RFC 3986 section 3.1
		return errURL
	}
	// What a parser says may quote it, and a URL may be a secret.
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || strings.ContainsFunc(o.URL, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errURL
	}
	return nil
}

var errURL = errors.New(`want url = "https://...", or "file:/path/of/a/file" where it is a secret`)

// mailbox judges an address: one word on each side, nothing that could begin a
// line or a command of its own.
func mailbox(s string) error {
	local, domain, ok := strings.Cut(s, "@")
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>()[]\,;:@`, r) }
	if !ok || local == "" || domain == "" || len(s) > 254 || strings.ContainsFunc(local, bad) || strings.ContainsFunc(domain, bad) {
		return fmt.Errorf("%q is no mail address; want one like \"ops@example.net\"", s)
	}
	return nil
}

func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("%q is no address; want one like \"log.example.net:6514\"", s)
	}
	return nil
}
