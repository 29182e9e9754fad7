package plot

import "net/netip"

// Band says what a point's number is, and so where it is drawn.
type Band uint8

// The bands. What has no port is drawn in a strip of its own.
const (
	Ports     Band = iota // TCP, UDP, SCTP: the number is the destination port
	ICMP                  // ICMP and ICMPv6 queries
	Neighbour             // ARP and neighbour solicitations
	Protocol              // other IP protocols
	bands
)

// Point is one packet to draw.
type Point struct {
	Time   int64      // ns since 1970
	Source netip.Addr // who sent it
	Band   Band
	Port   uint16 // valid in the band Ports
}

// Options say how a Plot is made. The zero value is good.
type Options struct {
	Title string // e.g. the name of the capture file
	Seed  uint64 // of the memory's hash: a sensor's own, so that nobody can choose collisions
}

// Plot gathers points and alarms and draws them. It is owned by one goroutine.
// Use New.
type Plot struct {
	title  string
	grid   *grid
	totals [layers]uint64 // points of each layer
	memory *memory
	index  map[key]layer // addresses that rang an alarm
	series [layers]series
	marks  []mark
	alarms uint64 // that opened and were not retracted
}

// key is an address; those of IPv4 in their IPv6-mapped form.
type key = [16]byte

// New returns an empty Plot with all of its memory.
func New(o Options) *Plot {
	return &Plot{
		title:  plain(o.Title, titleMax),
		grid:   newGrid(),
		memory: newMemory(o.Seed),
		index:  make(map[key]layer),
	}
}

// Add counts a point. It allocates nothing. Points may come in any order of
// time; those of one source should come after the alarm they led to, or within
// the 64 points before it.
func (p *Plot) Add(pt Point) {
	k, r := pt.Source.As16(), rowOf(pt.Band, pt.Port)
	l, alarmed := p.index[k]
	p.grid.add(l, r, pt.Time)
	p.totals[l]++
	if !alarmed {
		p.memory.note(k, moment{pt.Time, r})
	}
}
