package classify

import (
	"strconv"

	"klaxon"
	"klaxon/internal/track"
)

// whyKeys is the reason when a relation between packets decided.
func whyKeys(k *track.Keys) string {
	r := decidedBy(k)
	if r == nil && k.Xprobe() {
		return "an echo request with a code, and another ICMP query, as OS detection sends them"
	}
	if r == nil {
		return "the probes of nmap's operating system detection, which nothing else sends"
	}
	return "several probes " + r.why
}

// whyOutcomes is the reason when the outcomes of the contacts decided.
func whyOutcomes(v track.View, s *spread) string {
	var w []byte
	w = append(w, "of "...)
	w = append(w, count(contactsOf(v), "contact", "contacts")...)
	w = append(w, " with "...)
	w = append(w, count(hostsOf(v, s), "host", "hosts")...)
	sep := ", "
	part := func(n uint32, what string) {
		if n > 0 {
			w = append(w, sep...)
			w = strconv.AppendUint(w, uint64(n), 10)
			w = append(w, what...)
		}
	}
	part(v.Failed-v.Unheard, " refused")
	part(v.Unheard, " without answer")
	part(v.Traps, " with traps")
	part(v.Empties, " closed without a word")
	part(v.Illegals, " with packets that no host sends")
	part(v.Succeeded, " successful")
	return string(w)
}

// contactsOf leaves out those of ARP and ND, by which every other one begins, unless
// there is nothing else or a scan is made of them.
func contactsOf(v track.View) int {
	if v.Tuples == 0 || v.Link >= track.Threshold {
		return int(v.Tuples + v.Asked)
	}
	return int(v.Tuples)
}

// hostsOf is how many targets a source has, beyond what its notes show.
func hostsOf(v track.View, s *spread) int {
	n := s.hosts.n
	if v.Report != nil {
		n = max(n, v.Report.Hosts())
	}
	if s.services.n == 1 {
		n = max(n, contactsLike(v, s.services.all[0].first.Method))
	}
	return n
}

// servicesOf is how many services a source has, beyond what its notes show. What ARP
// and ND ask for is none, unless there is nothing else.
func servicesOf(v track.View) int {
	type service struct {
		transport klaxon.Transport
		method    track.Method // of what has no ports
		port      uint16
	}
	seen := map[service]bool{}
	for i := range v.Notes {
		n := &v.Notes[i]
		if n.Method == track.MethodARP || n.Method == track.MethodND {
			continue
		}
		x := service{transport: transportOf(n.Method), port: n.Port}
		if x.transport == 0 {
			x.method = n.Method
		}
		seen[x] = true
	}
	t := klaxon.Targets{Services: len(seen)}
	if t.Services == 0 {
		t.Services = min(len(v.Notes), 1)
	}
	if v.Report != nil {
		t.Hosts, t.Services = v.Report.Hosts(), max(t.Services, v.Report.Services())
		exact(v, &t)
	}
	return t.Services
}

// contactsLike counts the contacts of a method's kind: those that ask for an address,
// or all others.
func contactsLike(v track.View, m track.Method) int {
	if m == track.MethodARP || m == track.MethodND {
		return int(v.Asked)
	}
	return int(v.Tuples)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
