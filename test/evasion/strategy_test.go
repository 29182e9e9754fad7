package evasion

import (
	"slices"
	"time"

	"klaxon/internal/decode"
)

// order is how a source goes through hosts and ports.
type order uint8

const (
	byHost   order = iota // all ports of a host, then the next
	byPort                // one port of all hosts, then the next
	diagonal              // another port of another host every time
)

// terrain is what the ports of the site's hosts do that are neither open nor known.
type terrain uint8

const (
	refusing terrain = iota // they refuse
	walled                  // a firewall drops
	patchy                  // every second one is dropped
)

// padding is what successes a source mixes in.
type padding uint8

const (
	noPadding    padding = iota
	sameService          // one service of the host that is probed, again and again
	hostServices         // all known services of that host in turn
	siteServices         // all known services of all hosts in turn
)

// strategy is one way to scan. The zero value of most fields is the plain way.
type strategy struct {
	Family string

	UDP     bool
	Flags   decode.Flags // of lone segments instead of connections, 0 for none of these
	Stack   stack
	End     ending
	Terrain terrain
	Sources int // they share the ports among each other
	Hosts   int
	Ports   int // of each host, that each source probes
	OpenOf  int // one in so many of these is open, openMost in all; 0 for none
	Order   order
	Pause   time.Duration // between a source's probes; 0 spreads them over the day

	Padding  padding
	PadEvery int    // probes between paddings
	PadN     int    // connections in each
	PadFirst int    // connections before the first probe
	PadEnd   ending // how they end

	Again int           // times that each probe is made again
	Pace  time.Duration // between these

	Burst int           // probes before a rest, 0 for none
	Rest  time.Duration // how long that is
	Days  int           // that the play lasts, 0 for one

	Scatter   int    // contacts with other ports of other hosts before all else
	Base      uint16 // the first port, 0 for the usual
	From      uint16 // source port
	Datagrams int    // back to back
	Data      uint16 // bytes in each
	Hops      bool   // low hop limits, as a traceroute has them
	Late      bool   // in fragments, the second one late
	Rotate    bool   // every connection from another address of the /64
	V6        bool
	Lured     bool // the hosts sent the source a datagram before
	Decoys    int  // forged sources that send the same beside each probe
	Cover     bool // a flood from forged sources, to hide in
}

// openMost is how many ports of a host are open beside the known ones.
const openMost = 10

// does is the state of the n-th port of a scan.
func (s *strategy) does(n int) state {
	switch {
	case s.OpenOf > 0 && n%s.OpenOf == s.OpenOf-1 && n < s.OpenOf*openMost:
		return open
	case s.Terrain == walled, s.Terrain == patchy && n%2 == 0:
		return dropped
	}
	return closed
}

// step is one probe: the n-th port of a host.
type step struct{ host, n int }

// steps lists the probes of one source, in order.
func (s *strategy) steps(source int) (list []step) {
	first := source * s.Ports
	switch s.Order {
	case byHost:
		for h := range s.Hosts {
			for n := range s.Ports {
				list = append(list, step{h, first + n})
			}
		}
	case byPort:
		for n := range s.Ports {
			for h := range s.Hosts {
				list = append(list, step{h, first + n})
			}
		}
	case diagonal:
		for n := range s.Ports {
			for h := range s.Hosts {
				list = append(list, step{h, first + (n+h)%s.Ports})
			}
		}
	}
	return list
}

// portOf is the number of the n-th port, none of the known ones.
func (s *strategy) portOf(n int) uint16 {
	base := int(s.Base)
	if base == 0 {
		base = 1100
	}
	if base > 1023 {
		return uint16(base + n)
	}
	for port := base; ; port++ {
		if slices.Contains(known[:], uint16(port)) {
			continue
		}
		if n == 0 {
			return uint16(port)
		}
		n--
	}
}

// days is how long the strategy is watched.
func (s *strategy) days() time.Duration { return day * time.Duration(max(s.Days, 1)) }

// privileged tells what a program without privileges cannot do.
func (s *strategy) privileged() bool {
	return s.Stack != kernelStack || s.Late || s.Decoys > 0 || s.Cover || s.Flags != 0 || s.From != 0 && s.From < 1024
}

// lead is how long the cover lasts before the first probe, in tenths of a second.
func (s *strategy) lead() int {
	if s.Cover {
		return 80
	}
	return 0
}
