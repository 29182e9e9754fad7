package track

import "klaxon"

// DrillScope is the first of the scopes in which a fire drill's packets and touches
// are seen. There they meet the same tables and rules as everybody's, in which a
// single probe of any service is told; and neither are they held against a source
// that has the same address, nor does anything that it does hide behind the drill.
const DrillScope = 1 << 7

func drilled(scope uint8) bool { return scope >= DrillScope }

// drilling tells whether what is being looked at is part of a drill.
func (t *Tracker) drilling() bool { return t.cfg.Drill != nil && drilled(t.scope) }

// BeginDrill makes what earlier drills did unknown to the next. salt differs for
// each.
func (t *Tracker) BeginDrill(salt uint64) { t.hash.drill = salt }

// drillOf tells the scope of a touch that is part of a drill. A mark that nobody
// can vouch for is none.
func (t *Tracker) drillOf(x *klaxon.Touch) (scope uint8, ok bool) {
	if t.cfg.Drill == nil || marksOf(x)&TouchDrill == 0 {
		return 0, false
	}
	scope, ok = t.cfg.Drill(x)
	return scope, ok && drilled(scope)
}

// believed are the marks of a touch that are taken over.
func (t *Tracker) believed(x *klaxon.Touch, drill bool) TouchMarks {
	if t.cfg.Drill != nil && !drill {
		return marksOf(x) &^ TouchDrill
	}
	return marksOf(x)
}
