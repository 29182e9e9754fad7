package pipeline

import "klaxon"

// budget is what an output may be told in any minute by its own configuration. All
// of it can be spent by what is gravest; what is less so leaves a reserve to what is
// more, so that, as with the budget of all outputs, who forges addresses can hold back only
// what is no better proven. What the sensor says of itself has a tenth of its own. A budget of less than ten is too small for
// all of this.
type budget struct {
	all, health      rate
	tokens, ofHealth bucket
	shared           bool // the budget is too small for health to have its own
	reserve          [classes]float64
	told             map[string]bool // open alarms that it let pass, at most untoldCap
}

// shares are the parts of a burst that classes leave to those above them.
var shares = [classes]float64{unproven: 0.6, onLink: 0.4, proven: 0.25, urgent: 0}

// newBudget has half of the records at once and the other half over the minute, so
// that no minute has more.
func newBudget(perMinute int, now int64) *budget {
	half := func(n float64) rate { return rate{burst: max(n/2, 1), perSecond: n / 120} }
	n := float64(perMinute)
	b := &budget{health: half(n / 10), told: map[string]bool{}}
	if ofHealth := b.health.burst + 60*b.health.perSecond; n-ofHealth >= 2 {
		n -= ofHealth
	} else {
		b.shared = true
	}
	b.all = half(n)
	b.tokens, b.ofHealth = b.all.full(now), b.health.full(now)
	for c, part := range shares {
		b.reserve[c] = min(float64(int(part*b.all.burst+0.5)), b.all.burst-1)
	}
	return b
}

// pass tells whether there is budget for a record, and spends it. The end of an alarm
// that it let pass is free: it is owed, and there are no more ends than beginnings.
func (b *budget) pass(r klaxon.Record, now int64) bool {
	switch r := r.(type) {
	case *klaxon.Alarm:
		over := r.Event == klaxon.EventClose || r.Event == klaxon.EventRetract
		if over && b.told[r.ID] {
			delete(b.told, r.ID)
			return true
		}
		if !b.spend(classOfAlarm(r), now) {
			return false
		}
		if !over && len(b.told) < untoldCap {
			b.told[r.ID] = true
		}
		return true
	case *klaxon.Touch:
		return b.spend(classOf(r.Proof), now)
	case *klaxon.Health:
		if r.What == klaxon.HealthHeldBack && r.Count > 0 {
			return true // once in reportEvery: it tells what budgets kept back
		}
	}
	if b.shared {
		return b.spend(urgent, now)
	}
	return b.ofHealth.take(b.health, now)
}

func (b *budget) spend(class int, now int64) bool {
	b.tokens.refill(b.all, now)
	if b.tokens.tokens < 1+b.reserve[class] {
		return false
	}
	b.tokens.tokens--
	return true
}
