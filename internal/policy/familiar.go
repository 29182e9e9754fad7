package policy

import (
	"math"
	"time"

	"klaxon"
)

// familiar remembers which networks, tools and services sources from outside came
// with in the last 30 days. Only of sources that proved their addresses: whoever
// forges them would make everything look usual, or everything new.
type familiar struct {
	began int64 // day number of the first, 0 for none
	kinds [kindsOfNews]kindOfNews
}

// kindOfNews is one thing that may be new. Where something new of its kind comes
// every day, novelty says nothing: networks on the Internet, for one.
type kindOfNews struct {
	seen  map[string]int64 // word to the day number it was seen last
	fresh map[int64]int    // day number to how many were new then
}

const (
	newNetwork = iota
	newTool
	newService
	kindsOfNews
)

func newFamiliar() familiar {
	var f familiar
	for i := range f.kinds {
		f.kinds[i] = kindOfNews{make(map[string]int64), make(map[int64]int)}
	}
	return f
}

func dayNumber(at time.Time) int64 { return int64(math.Floor(float64(at.Unix()) / day.Seconds())) }

// words lists what a scan comes with, by kind.
func (f *familiar) words(s *klaxon.Scan) (w [kindsOfNews][]string) {
	w[newNetwork] = []string{network(s.Source.Addr).String()}
	if s.Tool.Name != "" {
		w[newTool] = []string{s.Tool.Name}
	}
	if s.Targets.Services <= familiarServices {
		for p := range portsOf(&s.Targets) {
			w[newService] = append(w[newService], portText(p))
		}
	}
	return w
}

// news says what of a scan was not seen here before, "" for nothing.
func (f *familiar) news(s *klaxon.Scan, at time.Time) string {
	now := dayNumber(at)
	if f.began == 0 || now-f.began < familiarAfter {
		return "" // who knows nothing yet finds everything new
	}
	for kind, words := range f.words(s) {
		k := &f.kinds[kind]
		if k.usual(now) {
			continue
		}
		for _, w := range words {
			if last, known := k.seen[w]; !known || now-last > familiarDays {
				return [...]string{"nobody came from ", "nobody came with ", "nobody looked for "}[kind] + w + " in the last 30 days"
			}
		}
	}
	return ""
}

// usual tells whether something new of this kind comes too often to be told.
func (k *kindOfNews) usual(now int64) bool {
	n := 0
	for day, fresh := range k.fresh {
		if day < now && day >= now-familiarAfter {
			n += fresh
		}
	}
	return n > familiarAfter
}

// learn notes what a scan came with.
func (f *familiar) learn(s *klaxon.Scan, at time.Time) {
	now := dayNumber(at)
	if f.began == 0 {
		f.began = now
	}
	for kind, words := range f.words(s) {
		for _, w := range words {
			f.kinds[kind].note(w, now)
		}
	}
}

func (k *kindOfNews) note(w string, now int64) {
	if last, known := k.seen[w]; !known || now-last > familiarDays {
		k.fresh[now]++
		for day := range k.fresh {
			if day < now-familiarDays || day > now {
				delete(k.fresh, day)
			}
		}
	}
	if _, known := k.seen[w]; !known && len(k.seen) >= familiarWords {
		k.makeRoom(now)
	}
	k.seen[w] = now
}

// makeRoom forgets what is older than 30 days, and when there is nothing, what was
// seen longest ago.
func (k *kindOfNews) makeRoom(now int64) {
	oldest, at := "", int64(math.MaxInt64)
	for w, last := range k.seen {
		if now-last > familiarDays {
			delete(k.seen, w)
			continue
		}
		if last < at || last == at && w < oldest {
			oldest, at = w, last
		}
	}
	if len(k.seen) >= familiarWords {
		delete(k.seen, oldest)
	}
}
