package policy

import "slices"

// quiet is an alarm that is to make room when there are too many, as it was when
// that was found out.
type quiet struct {
	key  Key
	life *life
	last int64
	rang bool
}

// quietMost is how many are found out at once: looking through all open alarms for
// every single one would take longer than all the rest.
const quietMost = 64

// closeQuietest closes the alarm that matters least.
func (a *Alarms) closeQuietest(now int64) {
	q := a.quietest()
	a.counts.Refused++
	a.close(q.key, q.life, a.current(q.key, q.life, now), now)
}

// quietest looks at the next one of the list. What was heard of since stands
// further back now; heed sees to what opened since.
func (a *Alarms) quietest() quiet {
	for ; len(a.quiet) > 0; a.quiet = a.quiet[1:] {
		q := a.quiet[0]
		if a.open[q.key] == q.life && q.life.last == q.last && q.life.rang == q.rang {
			return q
		}
	}
	list := make([]quiet, 0, len(a.open))
	for k, l := range a.open {
		list = append(list, quiet{k, l, l.last, l.rang})
	}
	slices.SortFunc(list, func(x, y quiet) int {
		if makesRoom(x.life, y.life) {
			return -1
		}
		return 1
	})
	a.quiet = slices.Clone(list[:min(quietMost, len(list))])
	return list[0]
}

// heed takes note of an alarm that opened. It is younger than all of the list; but
// one that nobody heard of makes room before all who rang.
func (a *Alarms) heed(l *life) {
	if l.rang {
		return
	}
	if i := slices.IndexFunc(a.quiet, func(q quiet) bool { return q.rang }); i >= 0 {
		a.quiet = a.quiet[:i]
	}
}

// makesRoom tells whether an alarm is closed before another when there are too
// many: passers-by must not push out what people heard of.
func makesRoom(l, than *life) bool {
	if l.rang != than.rang {
		return than.rang
	}
	return l.last < than.last || l.last == than.last && compare(l, than) < 0
}
