package render

import (
	"testing"
	"time"

	"klaxon"
)

// TestNoAllocation: with room in dst, nothing here allocates.
func TestNoAllocation(t *testing.T) {
	buf := make([]byte, 0, 8<<10)
	touch := full()
	health := &klaxon.Health{Time: noon, What: klaxon.HealthDisk, Since: noon, Count: 3, Output: "json", Detail: "\n"}
	alarm := scan()
	raw := []byte("\x1b[2J~\\ plain")
	for what, write := range map[string]func(){
		"AppendText":         func() { AppendText(buf, raw, 8) },
		"AppendToken":        func() { AppendToken(buf, raw, 8) },
		"AppendTouchLine":    func() { AppendTouchLine(buf, touch) },
		"AppendJSON touch":   func() { AppendJSON(buf, touch) },
		"AppendJSON health":  func() { AppendJSON(buf, health) },
		"AppendAlarmLine":    func() { AppendAlarmLine(buf, alarm) },
		"AppendJSON alarm":   func() { AppendJSON(buf, alarm) },
		"AppendHuman alarm":  func() { AppendHuman(buf, alarm, time.UTC) },
		"AppendHuman touch":  func() { AppendHuman(buf, touch, time.UTC) },
		"AppendHuman health": func() { AppendHuman(buf, health, time.UTC) },
		"AppendTouchLine stack": func() {
			var room [2048]byte
			AppendTouchLine(room[:0], touch)
		},
	} {
		if n := testing.AllocsPerRun(100, write); n != 0 {
			t.Errorf("%s allocates %v times", what, n)
		}
	}
}
