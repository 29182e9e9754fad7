package policy

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"klaxon"
)

// TOML writes a rule as the configuration holds it.
func (r *Rule) TOML() string {
	var b strings.Builder
	b.WriteString("[[allow]]\n")
	if len(r.Sources) > 0 {
		list := make([]string, len(r.Sources))
		for i, p := range r.Sources {
			list[i] = quote(prefixText(p))
		}
		fmt.Fprintf(&b, "address = [%s]\n", strings.Join(list, ", "))
	}
	if r.MAC != [6]byte{} {
		fmt.Fprintf(&b, "mac = %s\n", quote(macText(r.MAC)))
	}
	if len(r.Services) > 0 {
		list := make([]string, len(r.Services))
		for i, s := range r.Services {
			list[i] = quote(s.String())
		}
		fmt.Fprintf(&b, "services = [%s]\n", strings.Join(list, ", "))
	}
	if r.From != r.To {
		fmt.Fprintf(&b, "hours = %s\n", quote(r.hours()))
	}
	if r.Days != 0 {
		fmt.Fprintf(&b, "days = [%s]\n", r.days())
	}
	if r.Role != "" {
		fmt.Fprintf(&b, "role = %s\n", quote(string(r.Role)))
	}
	fmt.Fprintf(&b, "reason = %s\n", quote(r.Reason))
	if !r.Until.IsZero() {
		fmt.Fprintf(&b, "until = %s\n", quote(r.Until.UTC().Format(time.RFC3339)))
	}
	if r.Force {
		b.WriteString("force = true\n")
	}
	return b.String()
}

func (r *Rule) hours() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", r.From/60, r.From%60, r.To/60, r.To%60)
}

func (r *Rule) days() string {
	var list []string
	for day := range time.Weekday(7) {
		if r.Days&(1<<day) != 0 {
			list = append(list, quote(strings.ToLower(day.String()[:3])))
		}
	}
	return strings.Join(list, ", ")
}

// String writes a range as services.Parse reads it.
func (r ServiceRange) String() string {
	s := r.Transport.String()
	switch {
	case r.First == 1 && r.Last == 65535:
		return s
	case r.First == r.Last:
		return s + "/" + strconv.Itoa(int(r.First))
	}
	return s + "/" + strconv.Itoa(int(r.First)) + "-" + strconv.Itoa(int(r.Last))
}

func portText(p klaxon.Port) string {
	return p.Transport.String() + "/" + strconv.Itoa(int(p.Number))
}

func macText(m [6]byte) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// prefixText writes an address without its length.
func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// quote writes a basic string of TOML, in ASCII.
func quote(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case r > 0xffff:
			b = fmt.Appendf(b, `\U%08X`, r)
		default:
			b = fmt.Appendf(b, `\u%04X`, r)
		}
	}
	return string(append(b, '"'))
}

// portsOf lists the services of a scan, as far as they are told.
func portsOf(t *klaxon.Targets) iter.Seq[klaxon.Port] {
	return func(yield func(klaxon.Port) bool) {
		for _, l := range []struct {
			over   klaxon.Transport
			ranges []klaxon.PortRange
		}{{klaxon.TCP, t.TCP}, {klaxon.UDP, t.UDP}, {klaxon.SCTP, t.SCTP}} {
			for _, r := range l.ranges {
				for p := int(r.First); p <= int(r.Last); p++ {
					if !yield(klaxon.Port{Transport: l.over, Number: uint16(p)}) {
						return
					}
				}
			}
		}
	}
}
