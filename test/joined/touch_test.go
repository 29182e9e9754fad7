package joined

import (
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

var connects = []klaxon.Technique{klaxon.Connect}

// TestOneTouch: a connection to one trap is one alarm of shape touch, which opens
// with the touch and carries it, whatever else sees it.
func TestOneTouch(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		evil := h.stranger(7)
		evil.Connect(h.host.Addr, 23, synth.Talk{Up: 12})
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeTouch,
			Proof: klaxon.ProofHandshake, MaxProbes: 1, Records: 2, Hosts: 1, Services: 1})
		a := h.opened()
		if a.Touch == nil || a.Touch.Target.Port != 23 || a.Severity != 2 || a.Confidence != klaxon.Proven {
			h.t.Errorf("opened with touch %v, severity %d, %s", a.Touch, a.Severity, a.Confidence)
		}
		for _, a := range h.alarms {
			if want := map[bool]string{true: "eth9"}[h.wire && h.lag == 0]; a.Interface != want {
				h.t.Errorf("%s on interface %q, want %q", a.Event, a.Interface, want)
			}
		}
		if a.Why != "tcp/23 is a trap, which has no honest client" {
			h.t.Errorf("why: %s", a.Why)
		}
	})
}

// TestInsideTouch: from inside it is of the highest severity.
func TestInsideTouch(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		evil := h.neighbour(1)
		evil.Connect(h.host.Addr, 3389, synth.Talk{})
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, MaxProbes: 1, Records: 2})
		if a := h.opened(); a.Touch == nil || a.Severity != 5 || a.Confidence != klaxon.Proven {
			h.t.Errorf("touch %v, severity %d, %s", a.Touch, a.Severity, a.Confidence)
		}
	})
}

// TestSecondTrap: a second trap makes a scan of it, in the same alarm.
func TestSecondTrap(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		evil := h.stranger(7)
		evil.Connect(h.host.Addr, 23, synth.Talk{})
		h.Wait(20 * time.Second)
		evil.Connect(h.host.Addr, 3389, synth.Talk{})
		h.Wait(20 * time.Second)
		evil.Connect(h.host.Addr, 5900, synth.Talk{})
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical,
			Proof: klaxon.ProofHandshake, MaxProbes: 1, Hosts: 1, Services: 3})
		if a := h.opened(); a.Shape != klaxon.ShapeTouch || a.Touch == nil || a.Touch.Target.Port != 23 {
			h.t.Errorf("opened as %s with %v", a.Shape, a.Touch)
		}
	})
}

// TestTouchAgain: who comes back when its alarm is over is told of again.
func TestTouchAgain(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		evil := h.stranger(7)
		for _, pause := range []time.Duration{20 * time.Minute, 3 * time.Hour, 50 * time.Minute} {
			evil.Connect(h.host.Addr, 23, synth.Talk{Up: 3})
			h.rest(pause)
		}
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, MaxProbes: 1, Records: 6, Lives: 3})
		n, prev := 0, ""
		for _, a := range h.alarms {
			if a.Event != klaxon.EventOpen {
				continue
			}
			if n++; a.Touch == nil || a.Prev != prev {
				h.t.Errorf("alarm %d: touch %v, after %q, want %q", n, a.Touch, a.Prev, prev)
			}
			prev = a.ID
		}
		if n != 3 {
			h.t.Errorf("%d alarms, want 3", n)
		}
	})
}

// TestWireAlone: a half-open probe of one trap is told without its touch.
func TestWireAlone(t *testing.T) {
	each(t, fewTraps, []senses{wireAlone, wireFirst, touchFirst}, func(h *house) {
		evil := h.stranger(7)
		evil.Nmap().SYN(h.host.Addrs(), []uint16{512})
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeTouch, MaxProbes: 1, Records: 2})
		if a := h.opened(); a.Touch != nil || a.Severity != 1 || a.Time.Sub(a.First) > 10*time.Second {
			h.t.Errorf("touch %v, severity %d, after %s", a.Touch, a.Severity, a.Time.Sub(a.First))
		}
	})
}

// TestConnectionAfterHalfOpen: who comes back with a connection to the trap that he
// probed half open is told of once more, with what is new, and not twice.
func TestConnectionAfterHalfOpen(t *testing.T) {
	for _, from := range []string{"outside", "inside"} {
		for _, pause := range []time.Duration{2 * time.Second, 10 * time.Second, 2 * time.Minute} {
			for _, talk := range []synth.Talk{{}, {Up: 12}, {Up: 12, Down: 400, Lasts: 5 * time.Second}} {
				each(t, fewTraps, []senses{wireFirst, touchFirst}, func(h *house) {
					evil := h.stranger(7)
					if from == "inside" {
						evil = h.neighbour(7)
					}
					evil.Nmap().SYN(h.host.Addrs(), []uint16{23})
					h.Wait(pause)
					evil.Connect(h.host.Addr, 23, talk)
					h.rest(20 * time.Minute)
					w := truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Connect},
						Shape: klaxon.ShapeTouch, Proof: klaxon.ProofHandshake, MaxProbes: 1, Records: 3}
					if talk.Up > 0 && pause < 5*time.Second { // as nmap -sV does it
						w.Techniques, w.Extra = []klaxon.Technique{klaxon.Syn, klaxon.Version}, connects
					}
					if talk.Lasts > 0 {
						w.Records++ // what is said shows when the connection ends, seconds later
					}
					h.want(w)
				})
			}
		}
	}
}

// TestPoller: one that comes back at a steady pace is told once, and taken back.
func TestPoller(t *testing.T) {
	for _, pace := range []time.Duration{30 * time.Second, 5 * time.Minute} {
		t.Run(pace.String(), func(t *testing.T) {
			each(t, fewTraps, []senses{wireFirst, touchFirst, touchAlone, wireAlone}, func(h *house) {
				monitor := h.neighbour(3)
				end, technique := synth.ByClient, klaxon.Connect
				if !h.traps {
					end, technique = synth.HalfOpen, klaxon.Syn
				}
				for i := range 60 {
					if i%17 != 16 { // it misses a beat now and then
						monitor.Connect(h.host.Addr, 8080, synth.Talk{End: end})
					}
					h.Wait(pace)
					h.detector.Advance(h.now())
				}
				h.rest(20 * time.Minute)
				h.innocent = append(h.innocent, monitor.Addr)
				if h.opened(); len(h.alarms) != 2 || h.alarms[1].Event != klaxon.EventRetract || h.alarms[1].Why == h.alarms[0].Why {
					h.t.Errorf("%d records: %v", len(h.alarms), h.alarms)
				}
				if h.t.Failed() {
					return
				}
				// Another trap is another matter.
				h.alarms, h.innocent = nil, nil
				monitor.Connect(h.host.Addr, 23, synth.Talk{End: end})
				h.rest(15 * time.Minute)
				h.want(truth.Want{Source: monitor.Addr, Techniques: []klaxon.Technique{technique}, Shape: klaxon.ShapeTouch, Records: 2})
			})
		})
	}
}

// TestSlowPoller: one that comes so rarely that each time is an alarm of its own
// is told a few times, and then no more.
func TestSlowPoller(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		monitor := h.neighbour(3)
		for range 48 {
			monitor.Connect(h.host.Addr, 8080, synth.Talk{})
			h.rest(time.Hour)
		}
		h.want(truth.Want{Source: monitor.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, Records: 8, Lives: 4})
	})
}

// TestForgedDatagram: datagrams that anybody may have sent in the gateway's name
// are told as what they are.
func TestForgedDatagram(t *testing.T) {
	each(t, fewTraps, withTraps, func(h *house) {
		gateway := h.stranger(1)
		for _, port := range udpTraps {
			gateway.Ask(h.host.Addr, port, 20)
			h.Wait(3 * time.Second)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: gateway.Addr, Techniques: []klaxon.Technique{klaxon.Udp}, Shape: klaxon.ShapeTouch, MaxProbes: 1})
		for _, a := range h.alarms {
			if a.Proof != klaxon.ProofNone || a.Confidence > klaxon.Established || a.Severity > 2 {
				h.t.Errorf("%s: proof %s, %s, severity %d", a.Event, a.Proof, a.Confidence, a.Severity)
			}
		}
		if a := h.opened(); a.Touch == nil {
			h.t.Error("opened without its touch")
		}
	})
}

// TestHearsay: what a stranger on this host says of others is told as that, and
// is evidence against nobody.
func TestHearsay(t *testing.T) {
	each(t, fewTraps, []senses{touchAlone}, func(h *house) {
		victim := h.stranger(9)
		h.marks, h.proof = []klaxon.Mark{klaxon.MarkRelayed}, klaxon.ProofNone
		for i := range fewTraps {
			victim.Connect(h.host.Addr, fewTraps[i], synth.Talk{})
			h.Wait(time.Second)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: victim.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, MaxProbes: 1, Records: 2})
		for _, a := range h.alarms {
			if a.Severity != 1 || !slices.Contains(a.Marks, klaxon.MarkRelayed) || a.Proof != klaxon.ProofNone {
				h.t.Errorf("%s: severity %d, marks %v, proof %s", a.Event, a.Severity, a.Marks, a.Proof)
			}
		}
		if f, ok := h.detector.Why(victim.Addr); ok && f.Score > 0 {
			h.t.Errorf("it is evidence: %+v", f)
		}
	})
}

// TestPacedInsider: who touches several traps at one pace polls nothing, and does
// not get his alarm taken back.
func TestPacedInsider(t *testing.T) {
	each(t, fewTraps, []senses{wireFirst, touchAlone}, func(h *house) {
		evil := h.neighbour(4)
		for range 20 {
			for _, trap := range []uint16{23, 3389} {
				evil.Connect(h.host.Addr, trap, synth.Talk{})
			}
			h.Wait(5 * time.Second)
			h.detector.Advance(h.now())
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeVertical, MaxProbes: 2})
		for _, a := range h.alarms {
			if a.Event == klaxon.EventRetract {
				h.t.Errorf("taken back: %s", a.Why)
			}
		}
		if a := h.alarms[len(h.alarms)-1]; a.Source.Addr != evil.Addr || a.Severity != 5 {
			h.t.Errorf("at the end: %+v", a)
		}
	})
}

// TestHearsayThenReal: what somebody else said of a source does not keep its own
// touch from being told for what it is.
func TestHearsayThenReal(t *testing.T) {
	each(t, fewTraps, []senses{touchAlone}, func(h *house) {
		evil := h.neighbour(5)
		h.marks, h.proof = []klaxon.Mark{klaxon.MarkRelayed}, klaxon.ProofNone
		evil.Connect(h.host.Addr, 23, synth.Talk{})
		h.Wait(time.Minute)
		h.marks, h.proof = nil, klaxon.ProofHandshake
		evil.Connect(h.host.Addr, 23, synth.Talk{})
		h.Wait(10 * time.Second)
		h.detector.Advance(h.now())
		a := h.alarms[len(h.alarms)-1]
		if a.Severity != 5 || a.Confidence != klaxon.Proven {
			h.t.Errorf("after the real touch: %s, severity %d, %s, marks %v", a.Event, a.Severity, a.Confidence, a.Marks)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, MaxProbes: 1})
	})
}

// TestMerelyConnecting: who comes back to the trap that he probed half open and says
// nothing has no use for it, whoever closes the connection first.
func TestMerelyConnecting(t *testing.T) {
	for _, end := range []synth.End{synth.ByClient, synth.ByServer, synth.ByReset} {
		each(t, fewTraps, []senses{wireFirst, touchFirst}, func(h *house) {
			evil := h.stranger(7)
			evil.Nmap().SYN(h.host.Addrs(), []uint16{23})
			h.Wait(time.Minute)
			evil.Connect(h.host.Addr, 23, synth.Talk{End: end})
			h.rest(20 * time.Minute)
			for _, a := range h.alarms {
				if slices.Contains(a.Marks, klaxon.MarkContact) || a.Severity > 2 {
					h.t.Errorf("ended by %d: %s with severity %d, %v", end, a.Event, a.Severity, a.Marks)
				}
			}
			h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Connect}, Shape: klaxon.ShapeTouch, Records: 3})
		})
	}
}

// TestNoSteadyPace: who tries one trap again and again without a pace is no poller, nor
// is one any more who was and has another technique now.
func TestNoSteadyPace(t *testing.T) {
	for _, most := range []time.Duration{7 * time.Second, 30 * time.Second} {
		noSteadyPace(t, most)
	}
}

func noSteadyPace(t *testing.T, most time.Duration) {
	each(t, fewTraps, []senses{wireFirst, touchFirst, touchAlone}, func(h *house) {
		evil := h.neighbour(7)
		for range 40 {
			evil.Connect(h.host.Addr, 23, synth.Talk{})
			h.Wait(time.Second + time.Duration(h.Rand().Int64N(int64(most))))
			h.detector.Advance(h.now())
		}
		for _, a := range h.alarms {
			if a.Event == klaxon.EventRetract {
				h.t.Errorf("taken back at %s: %s", a.Time.Format("15:04:05"), a.Why)
			}
		}
		h.rest(30 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeTouch, Records: 3})
	})
}

func TestPollerWithAnotherTechnique(t *testing.T) {
	each(t, fewTraps, []senses{wireFirst, touchFirst}, func(h *house) {
		evil := h.neighbour(7)
		for range 10 {
			evil.Nmap().SYN(h.host.Addrs(), []uint16{23})
			h.Wait(10 * time.Second)
		}
		h.detector.Advance(h.now())
		if n := len(h.alarms); n == 0 || h.alarms[n-1].Event != klaxon.EventRetract {
			h.t.Fatalf("a poller of ten beats is not taken back: %d records", n)
		}
		evil.Connect(h.host.Addr, 23, synth.Talk{})
		h.rest(20 * time.Minute)
		last := h.alarms[len(h.alarms)-1]
		if last.Event != klaxon.EventClose || !slices.Contains(last.Techniques, klaxon.Connect) || last.Severity != 5 {
			h.t.Errorf("the connection is not told: last is %s, %v", last.Event, last.Techniques)
		}
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Extra: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeTouch, Records: 6, Lives: 2})
	})
}
