package chain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// announced holds the signature under what was pruned against the log. klaxond says
// in syslog that it prunes before it does, and whoever writes the file can sign off
// anything: so a log with anchors from before the signature and from after it has the
// announcement between them, from the process that wrote those.
//
// A log that begins later cannot tell, nor can one that begins with the last anchor
// before, or ends with the first one after: two lines may change places on their way. So
// one anchor from after, before the announcement, is a doubt: klaxond writes the next one
// 10 s later. What any user of the
// host can write with logger(1) is believed as far as the log is: where syslog notes
// itself which process sent a line, as journald does, nobody else can write in
// klaxond's name.
func (w *Walk) announced() {
	base := w.part.Base
	before := w.before()
	if w.by == 0 || before == 0 {
		return
	}
	next := w.after()
	said, late := w.announcement(next)
	gone := fmt.Sprintf("records 1 to %d are gone", base.Seq)
	switch {
	case said == nil:
		w.unannounced(gone, before, next)
	case late > 0 && !w.inOrder(), late > 1 && !w.goesOn(said):
		w.doubt = fmt.Sprintf("%s, and where in the log that was announced says nothing, for its lines may not be in the order in which they were written: join its files the oldest first, or take a newer log", gone)
	case late == 1:
		w.doubt = fmt.Sprintf("%s, and line %d of the log, which announces that, stands just behind line %d, by when it was done: two lines that changed places on their way look so, and who announces afterwards what he did", gone, said.Line, next.Line)
	case late > 1:
		w.fault(FaultUnsigned, 1, base.Seq, "%s, and line %d of the log announces that only after line %d, by when it was done: record %d, which signs it off, was not klaxond's", gone, said.Line, next.Line, w.by)
	case w.part.Pruned.Why == WhyAge && w.young(w.part.Pruned.Time):
		w.fault(FaultUnsigned, 1, base.Seq, "%s, and record %d signs that off for their age, though line %d of the log has the last of them less than %v before", gone, w.by, w.newest().Line, YoungestAge)
	case w.part.Pruned.Why == WhyAge && next != nil && w.young(next.Time):
		w.doubt = fmt.Sprintf("%s, and record %d signs that off for their age at a time that line %d of the log, which was written after it, is %v before: see whether the clock was ahead then",
			gone, w.by, next.Line, w.part.Pruned.Time.Sub(next.Time).Round(time.Second))
	case !w.sender(said):
		w.doubt = fmt.Sprintf("%s, and line %d of the log, which announces that, is of process %d, which wrote no anchor next to it: see whether that was klaxond", gone, said.Line, said.PID)
	}
}

// unannounced says what it means that no line announces what is gone.
func (w *Walk) unannounced(gone string, before int, next *Anchor) {
	switch {
	case next == nil:
		w.doubt = fmt.Sprintf("%s by the word of the file alone: the log ends before record %d, which signs it off, and announces nothing; take a newer log", gone, w.by)
	case w.part.Pruned.Unsaid:
		w.doubt = fmt.Sprintf("%s, and record %d, which signs it off, says that no syslog daemon took its announcement: see whether one was away at that time", gone, w.by)
	case before == 1:
		w.doubt = fmt.Sprintf("%s by the word of the file alone: the log begins just before record %d, which signs it off, and announces nothing; take one that begins earlier", gone, w.by)
	case w.late(math.MaxInt) == 1:
		w.doubt = fmt.Sprintf("%s by the word of the file alone: the log ends just behind record %d, which signs it off, and announces nothing; take a newer log", gone, w.by)
	default:
		w.fault(FaultUnsigned, 1, w.part.Base.Seq, "%s, and no line of the log announces that: record %d, which signs it off, was not klaxond's, or its lines were lost on the way here", gone, w.by)
	}
}

// unproven tells what neither is a fault nor can be taken for granted.
func (w *Walk) unproven() {
	if w.doubt != "" && !w.moved { // else the log is older than what was pruned
		w.fault(FaultUnproven, 1, w.part.Base.Seq, "%s", w.doubt)
	}
}

// announcement is the line that announces what is gone, and how many anchors from after
// that stand before it: the best of those that klaxond wrote, or others. next is the
// first anchor from after it.
func (w *Walk) announcement(next *Anchor) (best *Anchor, late int) {
	found := 0
	for i := 0; i < len(w.said) && found < maxSaid; i++ {
		a := &w.said[i]
		if a.Hash != w.part.Base.Hash || a.Seq != w.part.Base.Seq {
			continue
		}
		found++
		n := 0
		if next != nil && next.Line < a.Line {
			n = w.late(a.Line)
		}
		if best == nil || n < late || n == late && !w.sender(best) && w.sender(a) {
			best, late = a, n
		}
	}
	return best, late
}

// late counts the heads, to two, from the signature on that were anchored before a line.
func (w *Walk) late(line int) (n int) {
	var last uint64
	for i := len(w.anchors) - 1; i >= 0 && n < 2 && w.anchors[i].Seq >= w.by; i-- {
		if a := &w.anchors[i]; a.Line < line && a.Seq != last {
			last = a.Seq
			n++
		}
	}
	return n
}

// goesOn tells whether what came after the signature was anchored behind an announcement
// as well. Else that may be all there is of an older file, behind a newer one.
func (w *Walk) goesOn(said *Anchor) bool {
	for i := len(w.anchors) - 1; i >= 0 && w.anchors[i].Seq >= w.by; i-- {
		if w.anchors[i].Line > said.Line {
			return true
		}
	}
	return false
}

// before counts the heads, to two, that were anchored before the signature.
func (w *Walk) before() (n int) {
	for i := 0; i < len(w.anchors) && n < 2 && w.anchors[i].Seq < w.by; i++ {
		if i == 0 || w.anchors[i].Seq != w.anchors[i-1].Seq {
			n++
		}
	}
	return n
}

// after is the first line of the log with an anchor of the signature or of what came
// after it.
func (w *Walk) after() (first *Anchor) {
	for i := len(w.anchors) - 1; i >= 0 && w.anchors[i].Seq >= w.by; i-- {
		if a := &w.anchors[i]; first == nil || a.Line < first.Line {
			first = a
		}
	}
	return first
}

// sender tells whether the process that announced something wrote the anchor before
// it in the log, or the one after it. A log that names no processes says nothing.
func (w *Walk) sender(said *Anchor) bool {
	var before, behind *Anchor
	for i := range w.anchors {
		switch a := &w.anchors[i]; {
		case a.Line < said.Line && (before == nil || a.Line > before.Line):
			before = a
		case a.Line > said.Line && (behind == nil || a.Line < behind.Line):
			behind = a
		}
	}
	return said.PID == 0 || before != nil && before.PID == said.PID || behind != nil && behind.PID == said.PID
}

// newest is the last anchor of what is gone; nil for none.
func (w *Walk) newest() (last *Anchor) {
	for i := range w.anchors {
		if a := &w.anchors[i]; a.Seq <= w.part.Base.Seq {
			last = a
		}
	}
	return last
}

// young tells whether what was forgotten for its age was too young for that at a time:
// what the signature says, or that of the first anchor of what came behind it, which is
// earlier only if the clock was set back, or the signature claims a time to come. A
// record of the future was kept while the clock was wrong: nobody can tell.
func (w *Walk) young(at time.Time) bool {
	last := w.newest()
	if last == nil {
		return false
	}
	age := at.Sub(last.Time)
	return age >= 0 && age < YoungestAge
}

// inOrder tells whether the anchors stand in the log as they were written.
func (w *Walk) inOrder() bool {
	return slices.IsSortedFunc(w.anchors, func(a, b Anchor) int {
		if a.Seq == b.Seq { // again, after a restart
			return 0
		}
		return cmp.Compare(a.Line, b.Line)
	})
}
