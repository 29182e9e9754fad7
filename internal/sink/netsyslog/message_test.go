package netsyslog

import (
	"testing"

	"klaxon"
	"klaxon/internal/sink/sinktest"
)

// TestPriority: what somebody should look at stands out in the log, and a drill and
// what is over do not.
func TestPriority(t *testing.T) {
	grave, over, drill := sinktest.Alarm("x"), sinktest.Alarm("x"), sinktest.Alarm("x")
	over.Event, drill.Marks = klaxon.EventClose, []klaxon.Mark{klaxon.MarkDrill}
	for _, tt := range []struct {
		what string
		r    klaxon.Record
		want int
	}{
		{"severity 5", grave, critical}, {"over", over, info}, {"a drill", drill, info}, {"a touch", sinktest.Touch(1), notice},
		{"blind", &klaxon.Health{What: klaxon.HealthSilence, Count: 2}, critical}, {"seeing", &klaxon.Health{What: klaxon.HealthSilence}, notice}, {"lost", &klaxon.Health{What: klaxon.HealthDrops}, warning},
		{"weather", &klaxon.Health{What: klaxon.HealthWeather}, notice},
	} {
		if got := headOf(tt.r).severity; got != tt.want {
			t.Errorf("%s is %d, want %d", tt.what, got, tt.want)
		}
	}
}
