package evasion

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync"

	"klaxon"
)

// most is how many ports of a host a strategy may try; whoever learns as many
// learns all.
const most = 1000

// work bounds the probes of one play.
const work = 12000

// found is the best of a family.
type found struct {
	Strategy strategy
	Result   result
	Stopped  string // why the next step up is told; empty when nothing stops it
}

// search tries a family: draws strategies, and takes each as far as it goes unseen.
type search struct {
	seed  uint64
	floor klaxon.Confidence
	tried map[strategy]result
}

func newSearch(seed uint64, floor klaxon.Confidence) *search {
	return &search{seed: seed, floor: floor, tried: make(map[strategy]result)}
}

func (x *search) play(s strategy, ports int) result {
	s.Ports = ports
	if r, ok := x.tried[s]; ok {
		return r
	}
	r := play(s, x.seed, x.floor)
	x.tried[s] = r
	return r
}

// unseen tells whether nobody was named.
func (r *result) unseen(s *strategy) bool { return r.Sources == s.Sources && r.Learned > 0 }

// farthest finds how many ports a strategy may try before it is told: it doubles
// their number, and then halves the step.
func (x *search) farthest(s strategy) found {
	top := max(1, min(most, work/(s.Sources*s.Hosts*(s.Again+1))))
	good, bad := 0, 0
	best := found{Strategy: s}
	try := func(n int) bool {
		r := x.play(s, n)
		if !r.unseen(&s) {
			bad, best.Stopped = n, r.Why
			return false
		}
		if n > good {
			good, best.Strategy.Ports, best.Result = n, n, r
		}
		return true
	}
	for n := min(5, top); try(n) && n < top; n = min(2*n, top) {
		if n > 5 && x.play(s, n).Learned == x.play(s, n/2).Learned {
			return best // the day is too short for more
		}
	}
	for bad > good+1 {
		try((good + bad) / 2)
	}
	return best
}

// rate is how many ports of one host a strategy learns in a day.
func (f *found) rate() int {
	days := max(f.Strategy.Days, 1)
	return (f.Result.Learned + days - 1) / days
}

// price is how many packets a port costs.
func (f *found) price() float64 {
	return float64(f.Result.Packets) / float64(max(f.Result.Total, 1))
}

func (f *found) better(o *found) bool {
	if a, b := f.rate(), o.rate(); a != b {
		return a > b
	}
	return f.price() < o.price()
}

// family draws strategies until so many were played, and returns the best. A
// longer search begins with the shorter one.
func (x *search) family(f *family, plays int, seed uint64) (best found) {
	r := rand.New(rand.NewPCG(seed, x.seed))
	for draws := 0; len(x.tried) < plays && draws < plays; draws++ {
		s := f.make(r)
		if draws%2 == 1 && best.Result.Learned > 0 {
			s = cross(r, best.Strategy, s)
		}
		if g := x.farthest(s); g.better(&best) {
			best = g
		}
	}
	return best
}

// cross takes a quarter of its features from b, and the others from a.
func cross(r *rand.Rand, a, b strategy) strategy {
	to, from := reflect.ValueOf(&a).Elem(), reflect.ValueOf(b)
	for i := range to.NumField() {
		if r.IntN(4) == 0 {
			to.Field(i).Set(from.Field(i))
		}
	}
	return a
}

// searchAll searches all families, a few at a time, and returns what each found
// and how many strategies were played.
func searchAll(plays int, seed uint64, floor klaxon.Confidence) (list []found, total int) {
	list = make([]found, len(families))
	counts := make([]int, len(families))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range families {
		wait.Go(func() {
			slots <- struct{}{}
			x := newSearch(seed, floor)
			list[i] = x.family(&families[i], plays, seed+uint64(i))
			counts[i] = len(x.tried)
			<-slots
		})
	}
	wait.Wait()
	for _, n := range counts {
		total += n
	}
	return list, total
}
