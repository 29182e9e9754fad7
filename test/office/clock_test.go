package office

import (
	"math"
	"time"
)

// steadily does something every d until the end, first at a random time within d.
func (o *office) steadily(d time.Duration, do func()) {
	var again func()
	next := o.Now().Add(time.Duration(o.Rand().Float64() * float64(d)))
	again = func() {
		do()
		if next = next.Add(d); next.Before(o.until) {
			o.After(next.Sub(o.Now()), again)
		}
	}
	o.After(next.Sub(o.Now()), again)
}

// often does something until the end, at random: the gaps are exponential.
func (o *office) often(mean time.Duration, do func()) {
	o.oftenWhile(mean, func() bool { return true }, do)
}

// oftenWhile does so as long as something holds.
func (o *office) oftenWhile(mean time.Duration, holds func() bool, do func()) {
	var again func()
	again = func() {
		if o.Now().Before(o.until) && holds() {
			do()
			o.After(o.gap(mean), again)
		}
	}
	o.After(o.gap(mean), again)
}

// gap is an exponential duration.
func (o *office) gap(mean time.Duration) time.Duration {
	return time.Duration(-math.Log(1-o.Rand().Float64()) * float64(mean))
}

// daily does something every day at a time of the day, give or take.
func (o *office) daily(at, slack time.Duration, do func()) {
	midnight := o.Now().Truncate(24 * time.Hour)
	for day := midnight; day.Before(o.until); day = day.Add(24 * time.Hour) {
		when := day.Add(at + time.Duration((o.Rand().Float64()*2-1)*float64(slack)))
		if when.After(o.Now()) && when.Before(o.until) {
			o.After(when.Sub(o.Now()), do)
		}
	}
}

// inTurn does something for 0 to n-1, one every d.
func (o *office) inTurn(n int, d time.Duration, do func(i int)) {
	for i := range n {
		o.After(time.Duration(i)*d, func() { do(i) })
	}
}

// weekend tells Saturday and Sunday.
func (o *office) weekend() bool {
	d := o.Now().Weekday()
	return d == time.Saturday || d == time.Sunday
}

// chance is true with a probability.
func (o *office) chance(p float64) bool { return o.Rand().Float64() < p }

func pick[T any](o *office, list []T) T { return list[o.Rand().IntN(len(list))] }

// popular picks one of a list whose n-th is used as often as 1/n says (Zipf).
func popular[T any](o *office, list []T) T {
	return list[min(int(math.Pow(float64(len(list)+1), o.Rand().Float64()))-1, len(list)-1)]
}
