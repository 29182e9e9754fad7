package policy

import (
	"slices"
	"testing"

	"klaxon"
)

func TestSeverityRisesAtOnce(t *testing.T) {
	d := newDesk(t)
	d.cfg.Floor = klaxon.Suspect
	s := scan(insider, 0)
	s.Confidence = klaxon.Suspect
	d.judge(k1, s, 0)
	s.Confidence = klaxon.Established
	d.judge(k1, s, 3)
	d.want("open 0", "update 3")
	if a, b := d.told[0].Severity, d.told[1].Severity; a != 2 || b != 5 {
		t.Errorf("severity %d, then %d", a, b)
	}
	s.Confidence = klaxon.Proven // no rise
	d.judge(k1, s, 4)
	d.want("open 0", "update 3")
}

// TestTouchBecomesScan: a rise that is not urgent waits seconds for what else is
// about to show, and is told with it. What was called half-open before it was
// known what becomes of its SYNs is called what it is.
func TestTouchBecomesScan(t *testing.T) {
	d := newDesk(t)
	s := scan(outsider, 0)
	s.Shape, s.Proof = klaxon.ShapeTouch, klaxon.ProofHandshake
	d.judge(k1, s, 0)
	s.Shape, s.Confidence = klaxon.ShapeVertical, klaxon.Proven
	d.judge(k1, s, 1)
	s.Techniques, s.Tool.Name = []klaxon.Technique{klaxon.Connect}, "nmap"
	d.judge(k1, s, 2)
	d.want("open 0")
	for at := int64(3); at < 60; at++ {
		d.tick(at)
	}
	d.want("open 0", "update 4")
	if got := d.last(); got.Severity != 3 || got.Tool.Name != "nmap" || !slices.Equal(got.Techniques, s.Techniques) {
		t.Errorf("severity %d, tool %q, %v", got.Severity, got.Tool.Name, got.Techniques)
	}
	s.Techniques = []klaxon.Technique{klaxon.Syn} // later it is another technique
	d.judge(k1, s, 700)
	if got := d.last().Techniques; !slices.Equal(got, []klaxon.Technique{klaxon.Connect, klaxon.Syn}) {
		t.Errorf("techniques %v", got)
	}
}

// TestInsideTouchBecomesScan: nothing rises, and it is told within seconds all the
// same that the touch was the beginning of a scan.
func TestInsideTouchBecomesScan(t *testing.T) {
	d := newDesk(t)
	s := scan("10.0.0.66", 0)
	s.Shape, s.Proof, s.Confidence = klaxon.ShapeTouch, klaxon.ProofHandshake, klaxon.Proven
	d.judge(k1, s, 0)
	s.Shape = klaxon.ShapeVertical
	d.judge(k1, s, 1)
	for at := int64(2); at < 60; at++ {
		d.tick(at)
	}
	d.want("open 0", "update 4")
	if got := d.last(); got.Severity != 5 || got.Shape != klaxon.ShapeVertical {
		t.Errorf("severity %d, %s", got.Severity, got.Shape)
	}
}

// TestSeverity holds the grades against the table of the design.
func TestSeverity(t *testing.T) {
	for _, tt := range []struct {
		name       string
		source     string
		shape      klaxon.Shape
		proof      klaxon.Proof
		confidence klaxon.Confidence
		want       int
	}{
		{"unproven touch", outsider, klaxon.ShapeTouch, klaxon.ProofNone, klaxon.Established, 1},
		{"touch by a neighbour", outsider, klaxon.ShapeTouch, klaxon.ProofOnLink, klaxon.Established, 1},
		{"proven touch", outsider, klaxon.ShapeTouch, klaxon.ProofHandshake, klaxon.Proven, 2},
		{"touch with data", outsider, klaxon.ShapeTouch, klaxon.ProofData, klaxon.Proven, 2},
		{"unproven touch in the name of a neighbour", insider, klaxon.ShapeTouch, klaxon.ProofNone, klaxon.Established, 1},
		{"touch from inside, half-open", insider, klaxon.ShapeTouch, klaxon.ProofOnLink, klaxon.Established, 5},
		{"touch from inside", insider, klaxon.ShapeTouch, klaxon.ProofHandshake, klaxon.Proven, 5},
		{"suspect", outsider, klaxon.ShapeVertical, klaxon.ProofNone, klaxon.Suspect, 2},
		{"established", outsider, klaxon.ShapeSweep, klaxon.ProofNone, klaxon.Established, 3},
		{"proven, passing by", outsider, klaxon.ShapeBlock, klaxon.ProofData, klaxon.Proven, 3},
		{"established, IPv6", "2001:db8::1", klaxon.ShapeSweep, klaxon.ProofNone, klaxon.Established, 3},
		{"inside", insider, klaxon.ShapeVertical, klaxon.ProofNone, klaxon.Established, 5},
		{"inside, proven", "fd00::1", klaxon.ShapeBlock, klaxon.ProofHandshake, klaxon.Proven, 5},
		{"inside, suspect", insider, klaxon.ShapeVertical, klaxon.ProofNone, klaxon.Suspect, 2},
		{"flood", outsider, klaxon.ShapeFlood, klaxon.ProofNone, klaxon.Established, 3},
		{"flood from inside", insider, klaxon.ShapeFlood, klaxon.ProofNone, klaxon.Established, 3},
		{"many sources", "", klaxon.ShapeBlock, klaxon.ProofNone, klaxon.Established, 3},
		{"this host itself, proven", "127.0.0.1", klaxon.ShapeBlock, klaxon.ProofData, klaxon.Proven, 4},
		{"contact after reconnaissance", outsider, klaxon.ShapeVertical, klaxon.ProofData, klaxon.Proven, 5},
	} {
		d := newDesk(t)
		d.cfg.Floor = klaxon.Suspect
		s := scan(tt.source, 0)
		s.Shape, s.Proof, s.Confidence = tt.shape, tt.proof, tt.confidence
		if tt.want == 5 && tt.source == outsider {
			s.Marks = []klaxon.Mark{klaxon.MarkContact}
		}
		d.judge(k1, s, 0)
		if got := d.last().Severity; got != tt.want {
			t.Errorf("%s: severity %d, want %d", tt.name, got, tt.want)
		}
	}
}
