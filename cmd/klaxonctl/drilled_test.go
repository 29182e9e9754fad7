package main

import (
	"testing"

	"klaxon"
)

// TestOfDrill: a drill is left out of what rang, and says so where it is shown.
func TestOfDrill(t *testing.T) {
	drilled := []klaxon.Mark{klaxon.MarkSlow, klaxon.MarkDrill}
	a := klaxon.Alarm{Scan: klaxon.Scan{Techniques: []klaxon.Technique{klaxon.Xmas}, Shape: klaxon.ShapeTouch, Marks: drilled}}
	if !ofDrill(&a) || !ofDrill(&klaxon.Touch{Marks: drilled}) || whatOf(&a, 1) != "xmas/touch (drill)" {
		t.Errorf("%v, %s", ofDrill(&a), whatOf(&a, 1))
	}
	if ofDrill(&klaxon.Alarm{}) || ofDrill(&klaxon.Touch{}) || ofDrill(&klaxon.Health{What: klaxon.HealthTest}) {
		t.Error("what is no drill is taken for one")
	}
}
