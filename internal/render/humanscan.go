package render

import (
	"net/netip"
	"time"

	"klaxon"
)

// appendHumanSources appends "192.0.2.7", "fe80::1%eth0", or "5 sources
// (192.0.2.7, 192.0.2.8, ...)".
func appendHumanSources(dst []byte, s *klaxon.Scan) []byte {
	a := s.Source.Addr
	switch {
	case a.IsValid():
		dst = appendAddr(dst, a)
		if link := scanInterface(s); link != "" && bare(a).IsLinkLocalUnicast() {
			dst = append(dst, '%')
			dst = appendToken(dst, link, interfaceCap)
		}
		return dst
	case s.SourcesTotal <= 0 && len(s.Sources) == 0:
		return append(dst, "an unknown source"...)
	}
	total := max(s.SourcesTotal, len(s.Sources))
	dst = appendPlural(dst, uint64(total), "source", "sources")
	return appendHumanAddrs(dst, s.Sources, total)
}

// appendHumanHosts appends "10.0.0.1" or "254 hosts (10.0.0.1, 10.0.0.2,
// ...)".
func appendHumanHosts(dst []byte, t *klaxon.Targets) []byte {
	if len(t.Dst) == 1 && t.Hosts <= 1 {
		return appendAddr(dst, t.Dst[0])
	}
	total := max(t.Hosts, len(t.Dst))
	dst = appendPlural(dst, uint64(total), "host", "hosts")
	return appendHumanAddrs(dst, t.Dst, total)
}

func appendHumanAddrs(dst []byte, list []netip.Addr, total int) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, " ("...)
	shown := list[:min(len(list), humanAddrsCap)]
	for i, a := range shown {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendAddr(dst, a)
	}
	if len(shown) < total {
		dst = append(dst, ", ..."...)
	}
	return append(dst, ')')
}

func appendHumanTechniques(dst []byte, list []klaxon.Technique) []byte {
	if len(list) == 0 {
		return append(dst, "unknown probes"...)
	}
	for i, t := range list[:min(len(list), techniquesCap)] {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendToken(dst, t, wordCap)
	}
	return dst
}

// appendHumanServices appends ", tcp 22,80", or where that would be long ", 1000
// ports (tcp 1,3-4,...)", and nothing where there are no ports.
func appendHumanServices(dst []byte, t *klaxon.Targets) []byte {
	longest := max(len(t.TCP), len(t.UDP), len(t.SCTP), len(t.Protocols))
	switch {
	case longest == 0 && t.Services <= 1:
		return dst
	case longest == 0:
		dst = append(dst, ", "...)
		return appendPlural(dst, uint64(t.Services), "service", "services")
	case longest <= humanRangesCap:
		return appendHumanLists(dst, t, ", ")
	}
	one, many := "port", "ports"
	switch {
	case len(t.Protocols) == 0:
	case len(t.TCP)+len(t.UDP)+len(t.SCTP) == 0:
		one, many = "protocol", "protocols"
	default:
		one, many = "service", "services"
	}
	dst = append(dst, ", "...)
	dst = appendPlural(dst, uint64(max(t.Services, 0)), one, many)
	return append(appendHumanLists(dst, t, " ("), ')')
}

// appendHumanLists appends "tcp 22,80, udp 53", and a separator before it.
func appendHumanLists(dst []byte, t *klaxon.Targets, before string) []byte {
	for i, list := range [...][]klaxon.PortRange{t.TCP, t.UDP, t.SCTP, t.Protocols} {
		if len(list) == 0 {
			continue
		}
		dst = append(dst, before...)
		dst = append(dst, [...]string{"tcp ", "udp ", "sctp ", "protocol "}[i]...)
		dst = appendRanges(dst, list, humanRangesCap)
		if len(list) > humanRangesCap {
			dst = append(dst, ",..."...)
		}
		before = ", "
	}
	return dst
}

// appendHumanOpen appends ", open: tcp/22,tcp/80".
func appendHumanOpen(dst []byte, list []klaxon.Port) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, ", open: "...)
	for i, p := range list[:min(len(list), humanRangesCap)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPort(dst, p)
	}
	if len(list) > humanRangesCap {
		dst = append(dst, ",..."...)
	}
	return dst
}

// appendHumanSpan appends " in 12 s", how long the probes went on; nothing for
// a single one.
func appendHumanSpan(dst []byte, s *klaxon.Scan) []byte {
	if s.First.IsZero() || !s.Last.After(s.First) {
		return dst
	}
	dst = append(dst, " in "...)
	return AppendSpan(dst, s.Last.Sub(s.First))
}

// AppendSpan appends a length of time as a person would say it, to two digits
// or so: "20 ms", "1.4 s", "12 s", "5 min", "3 h", "2 d".
func AppendSpan(dst []byte, d time.Duration) []byte {
	d = max(d, 0)
	switch {
	case d < time.Second:
		return append(appendUint(dst, uint64(d.Milliseconds())), " ms"...)
	case d < 10*time.Second:
		tenths := uint64(d / (100 * time.Millisecond))
		dst = append(appendUint(dst, tenths/10), '.')
		return append(appendUint(dst, tenths%10), " s"...)
	case d < 2*time.Minute:
		return append(appendUint(dst, uint64(d/time.Second)), " s"...)
	case d < 2*time.Hour:
		return append(appendUint(dst, uint64(d/time.Minute)), " min"...)
	case d < 48*time.Hour:
		return append(appendUint(dst, uint64(d/time.Hour)), " h"...)
	}
	return append(appendUint(dst, uint64(d/(24*time.Hour))), " d"...)
}

func appendPlural(dst []byte, n uint64, one, many string) []byte {
	dst = append(appendUint(dst, n), ' ')
	if n == 1 {
		return append(dst, one...)
	}
	return append(dst, many...)
}
