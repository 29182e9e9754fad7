package policy

import (
	"math"

	"klaxon"
)

// wideIndex is the number of the crowd that is everywhere.
const wideIndex = math.MaxUint32

// wide is the crowd of those that are too many over all victims: whoever forges a
// scan of each host of a network would be told by himself at each. It takes those
// who have no crowd of their own victim, from when aloneEverywhere were told by
// themselves within crowdWindow until for as long nobody came.
type wide struct {
	crowd
	victims distinct
	alone   [aloneEverywhere]int64 // when the last were told by themselves, ns; a ring
	next    int
}

// busy tells whether no more are told by themselves, as of now.
func (w *wide) busy(now int64) bool {
	if w.life != 0 && now-w.last < int64(crowdWindow) {
		return true
	}
	oldest := w.alone[w.next]
	return oldest != 0 && now-oldest < int64(crowdWindow)
}

// tell notes that one was told by itself.
func (w *wide) tell(now int64) {
	w.alone[w.next] = now
	w.next = (w.next + 1) % len(w.alone)
}

// joinWide tells whether a source is told as one of those everywhere.
func (a *Alarms) joinWide(k Key, s *klaxon.Scan, now int64) bool {
	if !a.crowds.wide.busy(now) {
		a.crowds.wide.tell(now)
		return false
	}
	a.spread(k, s, now)
	return true
}

// spread takes a source into the crowd that is everywhere.
func (a *Alarms) spread(k Key, s *klaxon.Scan, now int64) {
	w := &a.crowds.wide
	if w.life == 0 {
		a.crowds.lives++
		*w = wide{crowd: crowd{life: a.crowds.lives}, victims: distinct{seed: a.cfg.Seed, room: wideVictims}, alone: w.alone, next: w.next}
	}
	w.last = now
	a.crowds.joined.count(&w.crowd, k, s)
	if len(s.Targets.Dst) > 0 {
		w.victims.add(s.Targets.Dst[0])
	}
	n, _ := w.victims.count()
	w.scan.Targets.Hosts = max(w.scan.Targets.Hosts, int(n))
	w.scan.Shape = w.shape()
	sketch := w.sketch()
	a.Judge(w.key(wideIndex), &sketch, now)
}

// shape is that of what all did together: touches stay touches.
func (w *wide) shape() klaxon.Shape {
	switch {
	case w.scan.Shape == klaxon.ShapeTouch:
		return klaxon.ShapeTouch
	case w.scan.Targets.Hosts < 3:
		return w.scan.Shape
	case w.scan.Targets.Services < 5:
		return klaxon.ShapeSweep
	}
	return klaxon.ShapeBlock
}
