package detect_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// drillHouse is a trapHouse of a daemon, where touches from port 1 are vouched for
// as a drill's.
func drillHouse() *trapHouse {
	h := &trapHouse{at: 1_700_000_000e9}
	h.Detector = detect.New(detect.Config{
		Track: track.Config{Memory: track.MinMemory, Seed: 5, Drill: func(t *klaxon.Touch) (uint8, bool) {
			return track.DrillScope, t.Source.Port == 1
		}},
		Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established, Calm: true,
		Emit: func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
	})
	h.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 5}, {Transport: klaxon.TCP, Number: 6}}, 0)
	h.SetLocal([]netip.Addr{trapHost})
	return h
}

func (h *trapHouse) drillTouch(source string, from, port uint16) {
	h.at += int64(time.Second)
	h.Touch(h.at, &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake, Marks: []klaxon.Mark{klaxon.MarkDrill},
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr(source), Port: from}, Target: klaxon.Endpoint{Addr: trapHost, Port: port}})
}

func isDrill(a *klaxon.Alarm) bool { return slices.Contains(a.Marks, klaxon.MarkDrill) }

// TestNobodyHidesBehindADrill: what a source does beside a drill rings as ever,
// and a drill stays one.
func TestNobodyHidesBehindADrill(t *testing.T) {
	for name, order := range map[string][]bool{"drill first": {true, false}, "drill last": {false, true}} {
		t.Run(name, func(t *testing.T) {
			h := drillHouse()
			for _, drill := range order {
				if drill {
					h.drillTouch("10.1.1.7", 1, 5)
				} else {
					h.touch("10.1.1.7", 5)
				}
			}
			h.Close()
			opened := map[bool]*klaxon.Alarm{}
			for _, a := range h.alarms {
				if a.Quiet != isDrill(a) {
					t.Errorf("%s: quiet %v, marks %v", a.Event, a.Quiet, a.Marks)
				}
				if a.Event == klaxon.EventOpen {
					opened[isDrill(a)] = a
				}
			}
			if len(opened) != 2 || opened[true].ID == opened[false].ID || opened[false].Prev != "" || opened[true].Prev != "" {
				t.Errorf("opened %v, want the drill's alarm and the source's own, and no link between", opened)
			}
			if s := h.TrapStates()[0]; s.Touches != 1 {
				t.Errorf("%d touches of the trap, want the one that was no drill", s.Touches)
			}
		})
	}
}

// TestMarkAloneIsNoDrill: a mark that nobody vouches for hides nothing.
func TestMarkAloneIsNoDrill(t *testing.T) {
	h := drillHouse()
	h.drillTouch("10.1.1.7", 2, 5)
	h.Close()
	if len(h.alarms) == 0 || isDrill(h.alarms[0]) || h.alarms[0].Quiet {
		t.Errorf("%+v, want an alarm without the mark", h.alarms)
	}
}

// TestDrillOfTheWire: in a drill's scope a single probe of any service rings, of
// any technique, and is forgotten by the next drill.
func TestDrillOfTheWire(t *testing.T) {
	for flags, want := range map[decode.Flags]klaxon.Technique{
		decode.FIN: klaxon.Fin, 0: klaxon.Null, decode.FIN | decode.PSH | decode.URG: klaxon.Xmas, decode.SYN: klaxon.Syn,
	} {
		h := drillHouse()
		for n := range 3 {
			h.BeginDrill(uint64(n))
			h.at += int64(time.Second)
			p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 64, Window: 1024, Flags: flags, SrcPort: 50000, DstPort: 5 + uint16(n), Seq: 7}
			copy(p.Src[:], []byte{127, 9, 9, 9})
			copy(p.Dst[:], trapHost.AsSlice())
			h.Packet(h.at, track.DrillScope+3, &p)
			h.at += int64(10 * time.Second)
			h.Advance(h.at)
		}
		h.Close()
		opened := 0
		for _, a := range h.alarms {
			if !isDrill(a) || !a.Quiet {
				t.Errorf("%s: %+v", want, a)
			}
			if a.Event == klaxon.EventOpen {
				opened++
				if !slices.Equal(a.Techniques, []klaxon.Technique{want}) {
					t.Errorf("%v, want %s", a.Techniques, want)
				}
			}
		}
		if opened != 3 {
			t.Errorf("%s: %d alarms, want one for each drill", want, opened)
		}
		for _, s := range h.TrapStates() {
			if s.State() != track.TrapUnseen {
				t.Errorf("%s: trap %d is %s, by a drill", want, s.Number, s.State())
			}
		}
		if c := h.Coverage(); c != (track.Coverage{}) {
			t.Errorf("%s: %+v, want no host contacted", want, c)
		}
	}
}
