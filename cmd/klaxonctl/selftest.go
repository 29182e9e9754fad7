package main

import (
	"fmt"
	"time"

	"klaxon/internal/control"
)

// selfTest says what klaxond's own touches of its traps came to.
func (q *question) selfTest(t *control.SelfTest) {
	switch {
	case t == nil:
	case t.State == control.SelfTestOff:
		q.row("self-test", "off: "+shown(t.Why))
	case t.State == control.SelfTestPending:
		q.row("self-test", "the first is about to come")
	case t.Last == nil:
		q.row("self-test", "NOT DETECTING, never since the start")
	default:
		q.row("self-test", fmt.Sprintf("%s; last detected %s, %s within %s; %d of %s missed", selfTestWord(t.State), q.look.when(*t.Last),
			shown(t.Trap), pause(time.Duration(t.Took)), t.Lost, amount(t.Count, "test", "tests")))
	}
}

func selfTestWord(s control.SelfTestState) string {
	if s == control.SelfTestDetecting {
		return "detecting"
	}
	return "NOT DETECTING"
}
