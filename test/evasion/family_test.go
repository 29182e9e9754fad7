package evasion

import (
	"math/rand/v2"
	"time"

	"klaxon/internal/decode"
)

// family is a kind of trick. Its strategies are drawn at random.
type family struct {
	name string
	draw func(r *rand.Rand, s *strategy)
}

func one[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// families are all tricks, the plain ones first. What each may use is what its
// name says; the last two may use everything.
var families = []family{
	{"plain", func(r *rand.Rand, s *strategy) {}},
	{"likely ports first", func(r *rand.Rand, s *strategy) {
		s.OpenOf, s.End = one(r, 4, 6, 8, 16), one(r, byFIN, byReset, byData, byHold)
	}},
	{"successes with one service", func(r *rand.Rand, s *strategy) { s.pads(r, sameService) }},
	{"successes with the host's services", func(r *rand.Rand, s *strategy) { s.pads(r, hostServices) }},
	{"successes all over the site", func(r *rand.Rand, s *strategy) { s.pads(r, siteServices) }},
	{"a poller's pace", func(r *rand.Rand, s *strategy) { s.polls(r) }},
	{"spread over hosts", func(r *rand.Rand, s *strategy) { s.spreads(r) }},
	{"a past of scattered contacts", func(r *rand.Rand, s *strategy) {
		s.Scatter = one(r, 6, 7, 8, 16, 32, 63, 64, 65, 100, 150)
		if r.IntN(3) == 0 {
			s.pads(r, one(r, sameService, hostServices, siteServices))
		}
	}},
	{"bursts and rests for a week", func(r *rand.Rand, s *strategy) {
		s.Days, s.Burst = 7, one(r, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		s.Rest = one(r, time.Hour, 4*time.Hour, 12*time.Hour, 24*time.Hour, 25*time.Hour, 49*time.Hour)
		s.Pause = time.Second
	}},
	{"UDP", func(r *rand.Rand, s *strategy) { s.datagram(r) }},
	{"UDP, several at once", func(r *rand.Rand, s *strategy) {
		s.datagram(r)
		s.Datagrams = one(r, 2, 3, 4, 5, 8)
	}},
	{"UDP from a service's port", func(r *rand.Rand, s *strategy) {
		s.datagram(r)
		s.From, s.Data = one[uint16](r, 1194, 1900, 3478, 4500, 5060, 51820, 8080), one[uint16](r, 8, 12, 40, 200, 500)
		s.Base = one[uint16](r, 0, 1, 50000)
	}},
	{"UDP after the host called", func(r *rand.Rand, s *strategy) {
		s.datagram(r)
		s.Lured, s.From, s.Data = true, one[uint16](r, 3478, 5060, 8080, 40000), one[uint16](r, 0, 12, 200)
	}},
	{"UDP as a traceroute", func(r *rand.Rand, s *strategy) {
		s.datagram(r)
		s.Hops, s.Base = true, one[uint16](r, 33434, 33434, 1100)
	}},
	{"UDP at a poller's pace", func(r *rand.Rand, s *strategy) {
		s.datagram(r)
		s.polls(r)
	}},
	{"addresses of a /64 in turn", func(r *rand.Rand, s *strategy) {
		s.V6, s.Rotate = true, true
		if r.IntN(3) > 0 {
			s.pads(r, one(r, sameService, hostServices, siteServices))
		}
		if r.IntN(3) == 0 {
			s.spreads(r)
		}
	}},
	{"raw packets", func(r *rand.Rand, s *strategy) {
		s.Stack, s.End = one(r, rawStack, copyStack), byHalf
		s.OpenOf = one(r, 0, 4, 8, 16)
		if r.IntN(3) == 0 {
			s.pads(r, one(r, sameService, hostServices, siteServices))
		}
	}},
	{"raw, odd flags", func(r *rand.Rand, s *strategy) {
		s.Flags = one(r, decode.FIN, decode.FIN|decode.PSH|decode.URG, decode.URG, decode.PSH, decode.FIN|decode.SYN, decode.URG|decode.PSH)
	}},
	{"raw, late fragments", func(r *rand.Rand, s *strategy) {
		s.Stack, s.Late, s.End = one(r, rawStack, copyStack), true, byHalf
	}},
	{"raw, decoys", func(r *rand.Rand, s *strategy) {
		s.Stack, s.End, s.Decoys = one(r, rawStack, copyStack), byHalf, one(r, 1, 3, 5, 10, 30)
	}},
	{"raw, a flood for cover", func(r *rand.Rand, s *strategy) {
		s.Cover, s.Stack, s.End, s.Pause = true, one(r, rawStack, copyStack), byHalf, one(r, 50*time.Millisecond, 100*time.Millisecond)
	}},
	{"all tricks of one source", anything},
	{"20 sources", func(r *rand.Rand, s *strategy) {
		anything(r, s)
		s.Sources = 20
	}},
}

// anything draws from all tricks that need no privilege.
func anything(r *rand.Rand, s *strategy) {
	for range 1 + r.IntN(3) {
		switch r.IntN(9) {
		case 0:
			s.OpenOf, s.End = one(r, 4, 8, 16, 32), one(r, byFIN, byReset, byData, byHold)
		case 1, 2:
			s.pads(r, one(r, sameService, hostServices, siteServices))
		case 3:
			s.polls(r)
		case 4:
			s.spreads(r)
		case 5:
			s.Scatter = one(r, 8, 32, 64, 100)
		case 6:
			s.datagram(r)
		case 7:
			s.V6, s.Rotate = true, r.IntN(2) == 0
		case 8:
			s.Base, s.From = one[uint16](r, 1, 1100, 33434, 50000), one[uint16](r, 0, 0, 3478, 40000)
		}
	}
}

func (s *strategy) pads(r *rand.Rand, p padding) {
	s.Padding, s.PadEnd = p, one(r, byFIN, byReset, byData, byData, byData, byHold)
	s.PadEvery, s.PadN = one(r, 0, 1, 2, 3, 4, 5, 7), one(r, 1, 1, 2, 3)
	s.PadFirst = one(r, 0, 0, 1, 2, 3, 5, 10, 50, 200)
	s.Pause = one(r, time.Second, 5*time.Second, 15*time.Second, time.Minute, 10*time.Minute, 0)
}

func (s *strategy) polls(r *rand.Rand) {
	s.Again, s.Pace = one(r, 1, 2, 3, 4, 5, 8), one(r, time.Second, 2*time.Second, 5*time.Second, 30*time.Second, 5*time.Minute)
	s.Pause = one(r, time.Second, 10*time.Second, time.Minute, 10*time.Minute, 0)
}

func (s *strategy) spreads(r *rand.Rand) {
	s.Hosts, s.Order = one(r, 2, 5, 10, 50, 100), one(r, byHost, byPort, diagonal)
}

func (s *strategy) datagram(r *rand.Rand) {
	s.UDP, s.Data = true, one[uint16](r, 0, 8, 40)
	s.Pause = one(r, 1200*time.Millisecond, 5*time.Second, time.Minute, 0)
}

// make draws a strategy of the family.
func (f *family) make(r *rand.Rand) strategy {
	s := strategy{Family: f.name, Sources: 1, Hosts: 1}
	s.Terrain = one(r, refusing, refusing, walled, patchy)
	s.Pause = one(r, 100*time.Millisecond, time.Second, 5*time.Second, 30*time.Second, 5*time.Minute, 0)
	s.End = one(r, byFIN, byReset, byData)
	s.Base = one[uint16](r, 0, 0, 1)
	f.draw(r, &s)
	return s
}
