package track

import (
	"math"
	"math/bits"
)

// Report is the exact account of a source while an alarm of it is open: which
// services and hosts it probed. Beyond hostsExact hosts their number is an
// estimate, within 7 %.
type Report struct {
	TCP, UDP, SCTP [1024]uint64 // a bit for each port
	Protocols      [4]uint64    // a bit for each IP protocol
	Bits           [4]int       // how many are set of TCP, UDP, SCTP and Protocols
	ICMP           uint32       // a bit for each method that has no ports
	Dst            []Note       // the first contact with each of the first hosts
	Open           []Service    // services that answered, the first, in order
	Raw            bool         // a packet was of no operating system
	Kernel         bool         // a packet was of one

	hosts  int
	exact  [hostsSlots]uint64
	sketch [1024]uint8 // HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007)
}

const (
	hostsExact = 1024
	hostsSlots = 2048 // of an open hash table, half full at most
	dstMax     = 32
)

type reports struct {
	all  []Report
	free []int32
}

func newReports(bytes int64) reports {
	n := max(int(bytes/reportSize), 16)
	r := reports{all: make([]Report, n)}
	for i := range r.all {
		r.all[i].Dst = make([]Note, 0, dstMax)
		r.all[i].Open = make([]Service, 0, dstMax)
	}
	r.free = make([]int32, 0, n)
	return r
}

func (r *reports) take() (*Report, int32) {
	if len(r.free) == 0 {
		return nil, 0
	}
	n := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	return &r.all[n-1], n
}

func (r *reports) give(n int32) {
	e := &r.all[n-1]
	*e = Report{Dst: e.Dst[:0], Open: e.Open[:0]}
	r.free = append(r.free, n)
}

// Service is what a contact was for.
type Service struct {
	Method Method
	Port   uint16
}

// reportOf is the account that a source's contacts go to: its own, or that of
// the run it is part of; nil for none.
func (t *Tracker) reportOf(s *Source) *Report {
	if r := t.running(s); r != nil && r.Open {
		return r.Report
	}
	if s.Report != 0 {
		return &t.reports.all[s.Report-1]
	}
	return nil
}

// add notes a contact; host is the hash of its target.
func (r *Report) add(n *Note, host uint64) {
	r.service(n)
	if !n.Trap {
		r.answered(n.Method, n.Port, n.Outcome)
	}
	if n.Raw {
		r.Raw = true
	} else if n.Method == MethodSyn {
		r.Kernel = true
	}
	if r.host(host) && len(r.Dst) < dstMax {
		r.Dst = append(r.Dst, *n)
	}
}

func (r *Report) service(n *Note) {
	switch m := n.Method; {
	case m <= MethodFlags:
		r.set(0, &r.TCP[n.Port/64], n.Port)
	case m == MethodUDP:
		r.set(1, &r.UDP[n.Port/64], n.Port)
	case m == MethodSCTPInit || m == MethodSCTPCookie:
		r.set(2, &r.SCTP[n.Port/64], n.Port)
	case m == MethodProtocol:
		r.set(3, &r.Protocols[n.Port/64&3], n.Port)
	default:
		r.ICMP |= 1 << m
	}
}

// set sets the bit of a port in its word, which is of the set of that place in Bits.
func (r *Report) set(place int, word *uint64, port uint16) {
	bit := uint64(1) << (port % 64)
	if *word&bit == 0 {
		*word |= bit
		r.Bits[place]++
	}
}

// host notes a target and tells whether it is new, as far as is known.
func (r *Report) host(h uint64) bool {
	h |= 1
	rank := uint8(bits.LeadingZeros64(h<<10)) + 1
	r.sketch[h>>54] = max(r.sketch[h>>54], rank)
	if r.hosts >= hostsExact {
		return false
	}
	for i := h >> 20; ; i++ {
		switch r.exact[i%hostsSlots] {
		case h:
			return false
		case 0:
			r.exact[i%hostsSlots] = h
			r.hosts++
			return true
		}
	}
}

// settle notes what a contact came to.
func (r *Report) settle(c *contact, o Outcome) {
	if c.bits&bitTrap == 0 {
		r.answered(c.method, c.dport, o)
	}
}

// answered adds a service to those that answered, in order, if its outcome says so.
func (r *Report) answered(m Method, port uint16, o Outcome) {
	if o != Open && o != Success && o != HalfOpen && o != Empty || len(r.Open) == cap(r.Open) {
		return
	}
	if m != MethodSyn && m != MethodUDP && m != MethodSCTPInit {
		return
	}
	i := 0
	for i < len(r.Open) && (r.Open[i].Method < m || r.Open[i].Method == m && r.Open[i].Port < port) {
		i++
	}
	if i < len(r.Open) && r.Open[i].Method == m && r.Open[i].Port == port {
		return
	}
	r.Open = append(r.Open, Service{})
	copy(r.Open[i+1:], r.Open[i:])
	r.Open[i] = Service{Method: m, Port: port}
}

// Hosts is the number of distinct targets.
func (r *Report) Hosts() int {
	if r.hosts < hostsExact {
		return r.hosts
	}
	const m = 1024
	sum := 0.0
	for _, v := range r.sketch {
		sum += math.Ldexp(1, -int(v))
	}
	return max(int(0.7213/(1+1.079/m)*m*m/sum), r.hosts)
}

// Services is the number of distinct services, protocols and ICMP queries. What
// ARP and ND ask for is no service, unless there is none else.
func (r *Report) Services() int {
	const neighbours = 1<<MethodARP | 1<<MethodND
	services := r.Bits[0] + r.Bits[1] + r.Bits[2] + r.Bits[3]
	if n := services + bits.OnesCount32(r.ICMP&^neighbours); n > 0 {
		return n
	}
	return bits.OnesCount32(r.ICMP)
}
