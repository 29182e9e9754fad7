package format

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// bare returns an address as every output shows it: IPv4-mapped as IPv4, and
// without a zone.
func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// known tells a time that RFC 3339 can write.
func known(t time.Time) bool {
	return !t.IsZero() && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999
}

// claim returns what the source's ident daemon claims, "" for nothing.
func claim(t *klaxon.Touch) string {
	if t.Ident == nil || t.Ident.Outcome != klaxon.IdentClaim {
		return ""
	}
	return string(t.Ident.Claim)
}

// port returns "tcp/512".
func port(t klaxon.Transport, number uint16) string {
	name := t.String()
	if name == "" {
		name = "none"
	}
	return name + "/" + strconv.Itoa(int(number))
}

// ranges returns "1-1024,3389".
func ranges(list []klaxon.PortRange) string {
	var out []string
	for _, r := range list[:min(len(list), rangesCap)] {
		text := strconv.Itoa(int(r.First))
		if r.Last != r.First {
			text += "-" + strconv.Itoa(int(r.Last))
		}
		out = append(out, text)
	}
	return strings.Join(out, ",")
}

// joined returns the words of a list with a comma between them.
func joined[S ~string](list []S) string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return strings.Join(out, ",")
}

func mac(m [6]byte) string {
	if m == [6]byte{} {
		return ""
	}
	parts := make([]string, len(m))
	for i, b := range m {
		parts[i] = hex.EncodeToString([]byte{b})
	}
	return strings.Join(parts, ":")
}

// onlyPort returns the target's port when a scan had one alone.
func onlyPort(t *klaxon.Targets) (klaxon.Port, bool) {
	if t.Services != 1 || t.More {
		return klaxon.Port{}, false
	}
	for _, of := range []struct {
		transport klaxon.Transport
		list      []klaxon.PortRange
	}{{klaxon.TCP, t.TCP}, {klaxon.UDP, t.UDP}, {klaxon.SCTP, t.SCTP}} {
		if len(of.list) == 1 && of.list[0].First == of.list[0].Last {
			return klaxon.Port{Transport: of.transport, Number: of.list[0].First}, true
		}
	}
	return klaxon.Port{}, false
}

// onlyTarget returns the target's address when a scan had one alone.
func onlyTarget(t *klaxon.Targets) netip.Addr {
	if t.Hosts == 1 && len(t.Dst) == 1 {
		return t.Dst[0]
	}
	return netip.Addr{}
}

// transport returns the one transport of a scan, 0 for none or several.
func transport(t *klaxon.Targets) (only klaxon.Transport) {
	n := 0
	for tr, list := range map[klaxon.Transport][]klaxon.PortRange{klaxon.TCP: t.TCP, klaxon.UDP: t.UDP, klaxon.SCTP: t.SCTP} {
		if len(list) > 0 {
			only = tr
			n++
		}
	}
	if n != 1 || len(t.Protocols) > 0 {
		return 0
	}
	return only
}

// interfaceOf returns where a scan was seen, "" when that is not known.
func interfaceOf(name string, source netip.Addr) string {
	if name == "" {
		return source.Zone()
	}
	return name
}

// over tells whether an alarm has ended.
func over(a *klaxon.Alarm) bool {
	return a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract
}

// headline says in a few words what a record is about. It may hold raw bytes.
func headline(r klaxon.Record) string {
	switch r := r.(type) {
	case *klaxon.Touch:
		return "touch of " + service(r) + " from " + text(r.Source.Addr)
	case *klaxon.Alarm:
		return lifeOf(r) + subject(r)
	case *klaxon.Health:
		return "sensor health: " + string(r.What)
	}
	panic("format: a record of a type without a form")
}

func lifeOf(a *klaxon.Alarm) string {
	switch a.Event {
	case klaxon.EventUpdate:
		return "changed: "
	case klaxon.EventRetract:
		return "withdrawn: "
	case klaxon.EventClose:
		return "ended: "
	}
	return ""
}

func subject(a *klaxon.Alarm) string {
	switch {
	case a.Shape == klaxon.ShapeFlood:
		return joined(a.Techniques) + " flood on " + several(onlyTarget(&a.Targets), a.Targets.Hosts, "hosts")
	case a.Touch != nil && a.Shape == klaxon.ShapeTouch:
		return headline(a.Touch)
	}
	return joined(a.Techniques) + " scan (" + string(a.Shape) + ") from " + several(a.Source.Addr, a.SourcesTotal, "sources")
}

func service(t *klaxon.Touch) string {
	if t.Service == "" {
		return port(t.Transport, t.Target.Port)
	}
	return t.Service + " (" + port(t.Transport, t.Target.Port) + ")"
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return "an unknown address"
	}
	return bare(a).String()
}

func several(a netip.Addr, n int, what string) string {
	if a.IsValid() || n <= 0 {
		return text(a)
	}
	return strconv.Itoa(n) + " " + what
}

// attack returns the ATT&CK techniques of a scan, and the tactic of each.
func attack(s *klaxon.Scan) (list []attackTechnique) {
	ids, n := render.Attack(s)
	for _, id := range ids[:n] {
		list = append(list, attackOf(id))
	}
	return list
}

type attackTechnique struct{ id, name, tactic, tacticName string }

// attackOf knows the names of those that render.Attack gives (ATT&CK 17).
func attackOf(id string) attackTechnique {
	switch id {
	case "T1018":
		return attackTechnique{id, "Remote System Discovery", "TA0007", "Discovery"}
	case "T1498":
		return attackTechnique{id, "Network Denial of Service", "TA0040", "Impact"}
	}
	return attackTechnique{id, "Network Service Discovery", "TA0007", "Discovery"}
}
