package policy

import (
	"slices"
	"testing"
	"time"

	"klaxon"
)

// TestMeaning: what is told as an update, once its time has come, and what is
// not.
func TestMeaning(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(s *klaxon.Scan)
		told   bool
	}{
		{"nothing", func(s *klaxon.Scan) {}, false},
		{"more probes", func(s *klaxon.Scan) { s.Probes = 1e6 }, false},
		{"more targets", func(s *klaxon.Scan) { s.Targets = klaxon.Targets{Hosts: 99, Services: 99, More: true} }, false},
		{"ten times more hosts", func(s *klaxon.Scan) { s.Targets = klaxon.Targets{Hosts: 100} }, true},
		{"ten times more services", func(s *klaxon.Scan) { s.Targets = klaxon.Targets{Hosts: 1, Services: 100} }, true},
		{"another reason", func(s *klaxon.Scan) { s.Why = "another" }, false},
		{"a later probe", func(s *klaxon.Scan) { s.Last = s.Last.Add(time.Minute) }, false},
		{"a surer tool", func(s *klaxon.Scan) { s.Tool.Chance = 1e-9 }, false},
		{"shape", func(s *klaxon.Scan) { s.Shape = klaxon.ShapeBlock }, true},
		{"a technique", func(s *klaxon.Scan) { s.Techniques = append(s.Techniques, klaxon.Xmas) }, true},
		{"another technique instead", func(s *klaxon.Scan) { s.Techniques = []klaxon.Technique{klaxon.Xmas} }, true},
		{"a mark", func(s *klaxon.Scan) { s.Marks = append(s.Marks, klaxon.MarkSlow) }, true},
		{"another mark instead", func(s *klaxon.Scan) { s.Marks = []klaxon.Mark{klaxon.MarkFragmented} }, true},
		{"a tool", func(s *klaxon.Scan) { s.Tool.Name = "nmap" }, true},
		{"confidence", func(s *klaxon.Scan) { s.Confidence = klaxon.Proven }, true},
		{"several sources", func(s *klaxon.Scan) { s.SourcesTotal = 2 }, true},
		{"a weaker confidence", func(s *klaxon.Scan) { s.Confidence = klaxon.Suspect }, false},
		{"a technique forgotten", func(s *klaxon.Scan) { s.Techniques = nil }, false},
		{"a reason forgotten", func(s *klaxon.Scan) { s.Why = "" }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			first := scan(outsider, 0)
			if tt.name == "another mark instead" {
				first.Marks = []klaxon.Mark{klaxon.MarkSlow}
			}
			d.judge(k1, first, 0)
			s := scan(outsider, 0)
			tt.change(&s)
			d.judge(k1, s, 1)
			d.tick(29)
			d.want("open 0")
			for at := int64(30); at < 100; at++ {
				d.tick(at)
			}
			if tt.told {
				d.want("open 0", "update 30")
			} else {
				d.want("open 0")
			}
		})
	}
}

// TestMeaningThatReturns: a change that is gone when its time comes is not told.
func TestMeaningThatReturns(t *testing.T) {
	d := newDesk(t)
	d.judge(k1, scan(outsider, 0), 0)
	s := scan(outsider, 1)
	s.Shape = klaxon.ShapeBlock
	d.judge(k1, s, 1)
	d.judge(k1, scan(outsider, 2), 2)
	for at := int64(3); at < 300; at++ {
		d.tick(at)
	}
	d.want("open 0")
}

// TestKnownForCertain: what an alarm said it does not unsay.
func TestKnownForCertain(t *testing.T) {
	d := newDesk(t)
	s := scan(insider, 0)
	s.Tool = klaxon.Tool{Name: "nmap", Chance: 1e-9}
	s.Confidence = klaxon.Proven
	d.judge(k1, s, 0)
	s = scan(insider, 50)
	s.First = s.First.Add(time.Hour)
	s.Techniques = []klaxon.Technique{klaxon.Xmas, klaxon.Syn, klaxon.Null}
	s.Shape = klaxon.ShapeTouch // alone it would have a lower severity
	d.judge(k1, s, 50)
	d.want("open 0", "update 50")
	got := d.last()
	if want := []klaxon.Technique{klaxon.Syn, klaxon.Xmas, klaxon.Null}; !slices.Equal(got.Techniques, want) {
		t.Errorf("techniques %v, want %v", got.Techniques, want)
	}
	if got.Tool.Name != "nmap" || got.Confidence != klaxon.Proven || got.Severity != 5 || got.First.UnixNano() != begin {
		t.Errorf("%+v", got)
	}
}
