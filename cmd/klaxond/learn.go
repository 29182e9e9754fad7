package main

import (
	"fmt"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

// learn watches alarms from now on for a time, to propose rules. It mutes nothing.
func (d *daemon) learn(now time.Time, wait time.Duration) error {
	if wait <= 0 || wait > policy.LearnMax {
		return fmt.Errorf("learn for %v: want up to %v", wait, policy.LearnMax)
	}
	a := &d.allowed
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lessons = now.Add(wait)
	a.learner = policy.NewLearner(a.lessons)
	return nil
}

// lesson is what was learned so far, as lines for klaxon.toml, and whether the time
// is over. It is empty when nobody asked to learn.
func (d *daemon) lesson(now time.Time) (lines string, over bool) {
	a := &d.allowed
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.learner == nil {
		return "", true
	}
	return a.learner.TOML(), a.learner.Over(now)
}

// end is when learning ends.
func (a *allowed) end() *time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	until := a.lessons.UTC().Truncate(time.Second)
	return &until
}

// graduate tells, once, that the time of learning is over.
func (d *daemon) graduate(now time.Time) {
	a := &d.allowed
	a.mu.Lock()
	n, over := 0, a.learner != nil && a.learner.Finish(now)
	if over {
		n = len(a.learner.Rules())
	}
	a.mu.Unlock()
	if over {
		d.tellAllowed(uint64(n), fmt.Sprintf("learning is over, none of what is proposed is in force: rules for %d of those who rang", n))
	}
}

// hear shows an alarm to whoever learns. It is called on the detector's goroutine.
func (a *allowed) hear(x *klaxon.Alarm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.learner != nil {
		a.learner.Alarm(x)
	}
}
