package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// rangesMax is how many ranges of ports an alarm lists.
const rangesMax = 64

func targetsOf(r *track.Report, t *klaxon.Targets) {
	t.Hosts, t.Services = r.Hosts(), r.Services()
	for i := range r.Dst {
		t.Dst = append(t.Dst, r.Dst[i].AddrOf())
	}
	t.More = t.Hosts > len(t.Dst)
	t.TCP = ranges(r.TCP[:], r.Bits[0], &t.More)
	t.UDP = ranges(r.UDP[:], r.Bits[1], &t.More)
	t.SCTP = ranges(r.SCTP[:], r.Bits[2], &t.More)
	t.Protocols = ranges(r.Protocols[:], r.Bits[3], &t.More)
	openOf(r, t)
}

// openOf lists the services that answered.
func openOf(r *track.Report, t *klaxon.Targets) {
	for i := range r.Open {
		t.Open = append(t.Open, klaxon.Port{Transport: transportOf(r.Open[i].Method), Number: r.Open[i].Port})
	}
}

// ranges lists the runs of the n bits that are set, the first rangesMax of them.
func ranges(set []uint64, n int, more *bool) (list []klaxon.PortRange) {
	for p := 0; n > 0 && p < len(set)*64; p++ {
		if set[p/64] == 0 {
			p |= 63
			continue
		}
		if set[p/64]&(1<<(p%64)) == 0 {
			continue
		}
		first := p
		for p+1 < len(set)*64 && set[(p+1)/64]&(1<<((p+1)%64)) != 0 {
			p++
		}
		if len(list) == rangesMax {
			*more = true
			return list
		}
		list = append(list, klaxon.PortRange{First: uint16(first), Last: uint16(p)})
		n -= p - first + 1
	}
	return list
}

// transportOf is what carries the packets of a method, 0 for those without
// ports.
func transportOf(m track.Method) klaxon.Transport {
	switch {
	case m <= track.MethodFlags:
		return klaxon.TCP
	case m == track.MethodUDP:
		return klaxon.UDP
	case m == track.MethodSCTPInit || m == track.MethodSCTPCookie:
		return klaxon.SCTP
	}
	return 0
}
