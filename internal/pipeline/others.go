package pipeline

import (
	"math/rand/v2"
	"slices"
	"time"

	"klaxon"
)

// tryAnother is true when the peer takes a record that waits behind one that it did
// not take, or a statement that is made for it.
func (o *output) tryAnother(not klaxon.Record, now func() time.Time) bool {
	for _, r := range o.others(not) {
		taken, more := o.offerOne(r, o.doubts.brief(o.how.deadline()), now)
		if taken {
			if o.doubts.early == nil {
				o.doubts.early = map[klaxon.Record]bool{}
			}
			o.doubts.early[r] = true
		}
		if taken || !more {
			return taken
		}
	}
	if o.stamp == nil || !o.doubts.spoke.IsZero() && time.Since(o.doubts.spoke) < speakAgain {
		return false
	}
	h := &klaxon.Health{What: klaxon.HealthHeldBack, Since: now(), Output: o.sink.Name(),
		Detail: "records are refused; this statement was taken, so that they are set aside"}
	o.stamp(h, now())
	if o.mute(h) {
		return false
	}
	taken, _ := o.offerOne(h, o.how.deadline(), now)
	if taken {
		o.doubts.spoke = time.Now()
	}
	return taken
}

// offerOne gives the peer one record; more is false when there is no use in another.
func (o *output) offerOne(r klaxon.Record, within time.Duration, now func() time.Time) (taken, more bool) {
	began := time.Now()
	n, _, err := o.emit([]klaxon.Record{r}, within)
	if n == 0 {
		return false, doubtful(err)
	}
	o.took([]klaxon.Record{r}, time.Since(began), now)
	return true, false
}

// mute tells whether the sink takes a record without a word to its peer.
func (o *output) mute(r klaxon.Record) bool {
	m, ok := o.sink.(Muter)
	return ok && m.Mute(r)
}

// others picks a few of the records that wait behind one: what the sensor said last of
// itself, which no stranger worded; then by proof, for who forges addresses can make
// any number that are refused; and among equals at random, for so can who has some of
// his own. Of an alarm only the first record that waits may go, so that their order
// stays.
func (o *output) others(not klaxon.Record) []klaxon.Record {
	o.mu.Lock()
	behind := slices.Concat(o.pending, o.queue)
	o.mu.Unlock()
	var best [classes + 1][]klaxon.Record
	seen := map[string]bool{alarmOf(not): true}
	for _, r := range behind {
		id := alarmOf(r)
		if r == not || o.doubts.early[r] || id != "" && seen[id] || o.follows(r) {
			continue
		}
		seen[id] = true
		if o.mute(r) {
			continue
		}
		best[rankOf(r)] = append(best[rankOf(r)], r)
	}
	said := best[classes]
	picked := said[max(len(said)-1, 0):]
	most := othersTried
	if o.doubts.suspects(time.Now()) {
		most = othersAgain
	}
	for rank := classes - 1; rank >= 0; rank-- {
		list := best[rank]
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		picked = append(picked, list[:min(len(list), most-len(picked))]...)
	}
	return picked
}

// rankOf is how unlikely it is that a stranger worded a record.
func rankOf(r klaxon.Record) int {
	switch r := r.(type) {
	case *klaxon.Touch:
		return classOf(r.Proof)
	case *klaxon.Alarm:
		return classOfAlarm(r)
	}
	return classes
}

// alarmOf is the alarm that a record is about, "" for none.
func alarmOf(r klaxon.Record) string {
	if a, ok := r.(*klaxon.Alarm); ok {
		return a.ID
	}
	return ""
}
