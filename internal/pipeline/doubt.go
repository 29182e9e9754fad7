package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"klaxon"
)

// doubts are about a record that a peer got and did not take, which may be for what
// is in it: a stranger's bytes can be such that a filter on the way, or the peer
// itself, refuses them. One such record must not hold up all that come behind it,
// and a peer that refuses everything, as with a wrong password, must not cost any.
//
// So each time the peer does not take it another one is offered. When that was taken
// as often as the first was not, the first is set aside: the store has it. It is
// plain data of run's goroutine.
type doubts struct {
	about  klaxon.Record
	passed int                    // tries at which about was not taken, and then another was
	early  map[klaxon.Record]bool // those others: they are not sent again when their turn comes
	picky  time.Time              // when a record was set aside last
	credit int                    // how many may be set aside before another is to be taken again
	spoke  time.Time              // when the peer was asked by a statement last
}

// doubtful tells whether a failure may be due to the first record that is not out.
func doubtful(err error) bool {
	var d *klaxon.Doubt
	return errors.As(err, &d)
}

// begin notes whom the doubt is about.
func (d *doubts) begin(r klaxon.Record) {
	if d.about != r {
		d.about, d.passed = r, 0
	}
}

// known tells whether the peer has been seen not long ago to refuse one record and
// take others: then there is no need to be slow about the next.
func (d *doubts) known(now time.Time) bool {
	return !d.picky.IsZero() && now.Sub(d.picky) < pickyFor
}

// needed is how often another is to be taken before one is set aside.
func (d *doubts) needed(now time.Time) int {
	if d.known(now) {
		return asideSoon
	}
	return asideAfter
}

// skip is how many of the first records were taken before their turn, and stretch
// how many of the others come before the next of those.
func (d *doubts) skip(batch []klaxon.Record) (n int) {
	for n < len(batch) && d.early[batch[n]] {
		delete(d.early, batch[n])
		n++
	}
	return n
}

func (d *doubts) stretch(batch []klaxon.Record, most int) (n int) {
	for n < min(most, len(batch)) && !d.early[batch[n]] {
		n++
	}
	return n
}

// question is called when the peer did not take the first of batch. It returns what
// is left of that, and whether to go on without a wait.
func (o *output) question(batch []klaxon.Record, err error, now func() time.Time) (left []klaxon.Record, again bool) {
	d := &o.doubts
	d.begin(batch[0])
	another := d.known(now()) && d.credit > 0 || o.tryAnother(batch, now())
	if another {
		d.passed++
	}
	if d.passed < d.needed(now()) {
		o.settle(another, err, now())
		return batch, another && d.known(now())
	}
	d.about, d.passed, d.picky, d.credit = nil, 0, now(), d.credit-1
	o.book(nil, batch[:1], setAside(batch[0], err), now())
	o.settle(true, nil, now())
	return batch[1:], true
}

// tryAnother is true when the peer takes a record from behind the first, or a
// statement that is made for it.
func (o *output) tryAnother(batch []klaxon.Record, now time.Time) bool {
	for _, r := range o.others(batch) {
		taken, more := o.offerOne(r)
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
	if o.stamp == nil || now.Sub(o.doubts.spoke) < speakAgain {
		return false
	}
	h := &klaxon.Health{What: klaxon.HealthDrops, Since: now, Output: o.sink.Name(),
		Detail: "records are refused; this statement was taken, so that they are set aside"}
	o.stamp(h, now)
	if o.mute(h) {
		return false
	}
	taken, _ := o.offerOne(h)
	if taken {
		o.doubts.spoke = now
	}
	return taken
}

// offerOne gives the peer one record; more is false when there is no use in another.
func (o *output) offerOne(r klaxon.Record) (taken, more bool) {
	n, err := o.emit([]klaxon.Record{r})
	if n == 0 {
		return false, doubtful(err)
	}
	o.doubts.credit = asidePerPass
	if o.told != nil {
		o.told(o.sink.Name(), []klaxon.Record{r})
	}
	return true, false
}

// mute tells whether the sink takes a record without a word to its peer.
func (o *output) mute(r klaxon.Record) bool {
	m, ok := o.sink.(Muter)
	return ok && m.Mute(r)
}

// others picks a few of the records behind the first: what the sensor said last of
// itself, which no stranger worded; then by proof, for who forges addresses can make
// any number that are refused; and among equals at random, for so can who has some of
// his own. Of an alarm only the first record that waits may go, so that their order
// stays.
func (o *output) others(batch []klaxon.Record) []klaxon.Record {
	o.mu.Lock()
	behind := slices.Concat(batch[1:], o.queue)
	o.mu.Unlock()
	var best [classes + 1][]klaxon.Record
	seen := map[string]bool{alarmOf(batch[0]): true}
	for _, r := range behind {
		id := alarmOf(r)
		if o.doubts.early[r] || id != "" && seen[id] {
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
	if o.doubts.known(time.Now()) {
		most = othersKnown
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

// setAside says what became of a record, and where it still is.
func setAside(r klaxon.Record, err error) error {
	id := alarmOf(r)
	if t, ok := r.(*klaxon.Touch); ok {
		id = t.ID
	}
	if id == "" {
		return fmt.Errorf("set aside, for others are taken: %w", err)
	}
	return fmt.Errorf("set aside, for others are taken (klaxonctl show %s): %w", id, err)
}
