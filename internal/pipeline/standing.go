package pipeline

import "time"

// standing is whether a sink fails, and what was told of that. The zero value is well.
// Who has one locks it.
type standing struct {
	failing bool
	failed  uint64    // calls of the sink that did not take everything
	why     string    // the reason of the last of them
	saidSo  bool      // that it fails was told, and not yet that it does not
	well    time.Time // when it ceased to fail
	flaps   bool      // it failed again soon after
}

// fail counts a call that did not take everything.
func (s *standing) fail(err error) {
	s.failed++
	s.why = reason(err)
}

// settle says how the last call ended. began and ended are true when the sink begins to
// fail, which was not told, and when it ceases to.
func (s *standing) settle(well bool, err error, now time.Time) (began, ended bool) {
	if !well {
		s.fail(err)
	}
	began, ended = !s.failing && !well, s.failing && well
	s.failing = !well
	if began && now.Sub(s.well) < wellFor && !s.well.IsZero() {
		s.flaps = true
	}
	if ended {
		s.well = now
	}
	began = began && !s.saidSo
	s.saidSo = s.saidSo || s.failing
	return began, ended
}

// recovered is true when it is to be told that the sink has ceased to fail: at once,
// and of one that has failed and worked in turn when it has worked for wellFor, so that
// its statements leave room for others'.
func (s *standing) recovered(now time.Time) (news bool) {
	calm := now.Sub(s.well) >= wellFor
	news = s.saidSo && !s.failing && (calm || !s.flaps)
	s.flaps = s.flaps && !(calm && !s.failing)
	if news {
		s.saidSo = false
	}
	return news
}
