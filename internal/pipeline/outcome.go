package pipeline

import (
	"errors"
	"syscall"
	"time"

	"klaxon"
)

// book counts what Emit took and refused.
func (o *output) book(took, refused []klaxon.Record, err error, now time.Time) {
	defer o.done(len(took) + len(refused))
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone {
		return
	}
	o.age.went(len(took)+len(refused), time.Now())
	o.owing.less(took)
	o.owing.less(refused)
	o.written.add(took...)
	o.pending = o.pending[len(took)+len(refused):]
	if len(took)+len(refused) > 0 {
		o.given = time.Now() // the rest, as it were
	}
	if len(refused) > 0 {
		o.lost.add(reason(err), now, refused...)
	}
}

// settle tells when the sink begins or ceases to fail.
func (o *output) settle(well bool, err error, now time.Time) {
	o.mu.Lock()
	if o.gone {
		o.mu.Unlock()
		return
	}
	began, ended := o.health.settle(well, err, now)
	o.mu.Unlock()
	if began {
		o.tell(klaxon.Health{What: failureOf(err), Since: now, Output: o.sink.Name(), Detail: reason(err)})
	}
	if ended {
		o.recovered(now)
	}
}

// recovered tells that a sink has ceased to fail, if it is time to.
func (o *output) recovered(now time.Time) {
	o.mu.Lock()
	news := o.health.recovered(now)
	o.mu.Unlock()
	if news {
		o.report("writing again")
	}
}

// report tells how many records were lost since the last report. With a detail
// it speaks even when none was.
func (o *output) report(detail string) {
	o.mu.Lock()
	n, since, why := o.lost.take()
	o.mu.Unlock()
	spoken := detail != ""
	if !spoken {
		detail = why
	}
	what := klaxon.HealthDrops
	if n == 0 {
		what = klaxon.HealthHeldBack // and that is over
	}
	if n > 0 || spoken {
		o.tell(klaxon.Health{What: what, Since: since, Count: n, Output: o.sink.Name(), Detail: detail})
	}
}

func failureOf(err error) klaxon.HealthWhat {
	for _, disk := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(err, disk) {
			return klaxon.HealthDisk
		}
	}
	return klaxon.HealthHeldBack
}

func reason(err error) string {
	if err == nil {
		return "the sink took part of a batch and gave no reason"
	}
	return err.Error()
}
