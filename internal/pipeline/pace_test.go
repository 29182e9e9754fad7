package pipeline

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

func graveFrom(addr string) *klaxon.Alarm {
	a := alarmFrom(addr, klaxon.ProofData)
	a.Severity, a.Zone, a.Confidence, a.Time = 5, klaxon.ZoneInside, klaxon.Proven, time.Now()
	return a
}

// mailLike is how klaxond calls a mail output.
var mailLike = Delivery{Linger: 5 * time.Second, Pace: 5 * time.Minute, Deadline: time.Minute, Backoff: 5 * time.Minute}

// TestStormOfMail: an hour of as many alarms as people are told of at all, and a grave
// one each minute: a server that takes every mail gets all of them, the grave ones
// soon, in few mails.
func TestStormOfMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mail := &peer{fakeSink: fakeSink{name: "mail"}}
		var late time.Duration
		grave := 0
		mail.deliver = func(_ context.Context, batch []klaxon.Record) (int, error) {
			for _, r := range batch {
				if a, ok := r.(*klaxon.Alarm); ok && a.Severity == 5 {
					late = max(late, time.Since(a.Time))
					grave++
				}
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: mail, Delivery: mailLike})
		for m := range 60 {
			for i := range 150 {
				p.Alarm(alarmFrom(fmt.Sprintf("203.%d.%d.%d", i%3, m, i), klaxon.ProofHandshake))
				p.Alarm(alarmFrom(fmt.Sprintf("198.%d.%d.%d", i%3, m, i), klaxon.ProofNone))
				p.Alarm(alarmFrom(fmt.Sprintf("10.%d.%d.%d", i%3, m, i), klaxon.ProofOnLink))
				time.Sleep(400 * time.Millisecond)
			}
			p.Alarm(graveFrom(fmt.Sprintf("10.99.0.%d", m+1)))
		}
		time.Sleep(10 * time.Minute)
		stop()
		if c := p.Counts().Outputs[0]; c.AlarmsLost != 0 || grave != 60 || late > time.Minute {
			t.Errorf("of 60 grave alarms %d were mailed, at most %s late: %+v", grave, late, c)
		}
		if n := len(mail.called()); n > 130 {
			t.Errorf("%d mails", n)
		}
	})
}

// TestUrgentMail does not wait for the digest; what is not urgent does.
func TestUrgentMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mail := &peer{fakeSink: fakeSink{name: "mail"}}
		p, stop := start(t, Output{Sink: mail, Delivery: mailLike})
		p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		time.Sleep(time.Minute)
		p.Alarm(alarmFrom("192.0.2.2", klaxon.ProofHandshake))
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(mail.called()); n != 1 {
			t.Errorf("%d mails before the grave one", n)
		}
		p.Alarm(graveFrom("10.0.0.9"))
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if n := len(mail.alarms); n != 3 {
			t.Errorf("%d alarms are mailed six seconds later", n)
		}
		stop()
	})
}
