package joined

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// manyTraps are five thousand.
var manyTraps = synth.Ports(10001, 15000)

// TestConnectScan: five thousand traps that accept every connection are one scan,
// and no service.
func TestConnectScan(t *testing.T) {
	each(t, manyTraps, withTraps, func(h *house) {
		evil := h.stranger(7)
		for _, port := range manyTraps {
			evil.Connect(h.host.Addr, port, synth.Talk{})
			h.Wait(2 * time.Millisecond)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeVertical, Proof: klaxon.ProofHandshake,
			MaxProbes: 10, Hosts: 1, Services: len(manyTraps)})
		h.closed()
		if touched := h.count("touched"); touched != len(manyTraps) {
			t.Errorf("%d traps were touched, want all", touched)
		}
	})
}

// TestUnknownHalfOpen: a tool that nobody knows, whose SYNs are those of a kernel
// and which never finishes a handshake, rings within ten probes.
func TestUnknownHalfOpen(t *testing.T) {
	each(t, manyTraps, []senses{wireAlone, wireFirst, touchFirst}, func(h *house) {
		evil := h.stranger(7)
		for _, port := range manyTraps {
			evil.Connect(h.host.Addr, port, synth.Talk{End: synth.HalfOpen})
			h.Wait(2 * time.Millisecond)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical,
			MaxProbes: 10, Hosts: 1, Services: len(manyTraps)})
		h.closed()
	})
}

// TestKnownHalfOpen: nor is one that is known misled.
func TestKnownHalfOpen(t *testing.T) {
	each(t, manyTraps, []senses{wireAlone, wireFirst, touchFirst}, func(h *house) {
		evil := h.stranger(7)
		evil.Nmap().SYN(h.host.Addrs(), manyTraps)
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Tool: "nmap", Shape: klaxon.ShapeVertical,
			MaxProbes: 10, Hosts: 1, Services: len(manyTraps)})
		h.closed()
	})
}

// TestBoughtCredit: successes with the real service beside the traps buy nothing.
func TestBoughtCredit(t *testing.T) {
	each(t, manyTraps, []senses{wireAlone, wireFirst, touchFirst}, func(h *house) {
		evil := h.stranger(7)
		for _, port := range manyTraps[:60] {
			for range 4 {
				evil.Connect(h.host.Addr, web, synth.Talk{Up: 300, Down: 3000})
				h.Wait(500 * time.Millisecond)
			}
			evil.Connect(h.host.Addr, port, synth.Talk{End: synth.HalfOpen})
			h.Wait(500 * time.Millisecond)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, MaxProbes: 12})
		h.closed()
	})
}

// TestHonestBeside: clients of the real service are quiet, and a scanner beside
// them is the only one that is told.
func TestHonestBeside(t *testing.T) {
	each(t, manyTraps, withTraps, func(h *house) {
		evil := h.stranger(7)
		for i := range 300 {
			client := h.stranger(20 + i%30)
			client.Connect(h.host.Addr, web, synth.Talk{Up: 300, Down: 9000})
			h.innocent = append(h.innocent, client.Addr)
			if i%5 == 0 {
				evil.Connect(h.host.Addr, manyTraps[i], synth.Talk{})
			}
			h.Wait(time.Second)
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: connects, Shape: klaxon.ShapeVertical, MaxProbes: 1})
		h.closed()
	})
}

// TestMixedScan: a source that probes half-open, connects, and asks UDP traps, too,
// is one source, wherever it stands and whoever sees what of it first.
func TestMixedScan(t *testing.T) {
	for name, evilOf := range map[string]func(*house) *synth.Host{
		"neighbour": func(h *house) *synth.Host { return h.neighbour(4) },
		"stranger":  func(h *house) *synth.Host { return h.stranger(4) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, fewTraps, []senses{wireFirst, touchFirst}, func(h *house) {
				evil := evilOf(h)
				for i, port := range fewTraps {
					evil.Connect(h.host.Addr, port, synth.Talk{End: []synth.End{synth.HalfOpen, synth.ByClient, synth.ByReset}[i%3]})
					h.Wait(700 * time.Millisecond)
				}
				h.rest(20 * time.Minute)
				h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Connect}, Shape: klaxon.ShapeVertical,
					Proof: klaxon.ProofHandshake, MaxProbes: 10, Hosts: 1, Services: len(fewTraps)})
				h.closed()
			})
		})
	}
}

// closed checks that no trap is told of as an open port.
func (h *house) closed() {
	h.t.Helper()
	for _, a := range h.alarms {
		for _, p := range a.Targets.Open {
			if p.Number != web {
				h.t.Errorf("%s: %s/%d is open, it says", a.Event, p.Transport, p.Number)
			}
		}
	}
}

// count is how many traps have a state.
func (h *house) count(state string) (n int) {
	states := h.detector.TrapStates()
	for i := range states {
		if string(states[i].State()) == state {
			n++
		}
	}
	return n
}

// TestProofComesLater: a scan that was told twice, and proves its address after that, is
// told of it soon, for what bans goes by proof.
func TestProofComesLater(t *testing.T) {
	each(t, fewTraps, []senses{wireFirst, touchFirst}, func(h *house) {
		evil := h.stranger(7)
		evil.Nmap().SYN(h.host.Addrs(), synth.Ports(1000, 1040))
		h.Wait(20 * time.Second)
		evil.Nmap().FIN(h.host.Addrs(), synth.Ports(1000, 1040))
		h.rest(2 * time.Minute)
		evil.Connect(h.host.Addr, 23, synth.Talk{})
		at := h.Now()
		h.rest(2 * time.Minute)
		told := false
		for _, a := range h.alarms {
			told = told || a.Confidence == klaxon.Proven && a.Time.Sub(at) <= 40*time.Second
		}
		if !told {
			h.t.Error("the proof is not told within half a minute")
		}
		h.rest(20 * time.Minute)
		h.want(truth.Want{Source: evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Fin}, Extra: []klaxon.Technique{klaxon.Connect},
			Proof: klaxon.ProofHandshake, Records: 4})
	})
}

// TestSameScanAgain: a scan that is made again when its alarm is over is another one,
// whatever it is made with; and a poller that was taken back is none.
func TestSameScanAgain(t *testing.T) {
	for name, scan := range map[string]func(h *house, evil *synth.Host, to []netip.Addr){
		"connect": func(h *house, evil *synth.Host, to []netip.Addr) {
			for _, a := range to {
				evil.Connect(a, 9102, synth.Talk{})
			}
		},
		"syn":  func(h *house, evil *synth.Host, to []netip.Addr) { evil.Nmap().SYN(to, synth.Ports(9100, 9104)) },
		"fin":  func(h *house, evil *synth.Host, to []netip.Addr) { evil.Nmap().FIN(to, synth.Ports(9100, 9104)) },
		"udp":  func(h *house, evil *synth.Host, to []netip.Addr) { evil.Nmap().UDP(to[:4], synth.Ports(9100, 9130)) },
		"echo": func(h *house, evil *synth.Host, to []netip.Addr) { evil.Nmap().Echo(to) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, wireFirst, false, 1, fewTraps)
			evil := h.neighbour(7)
			to := []netip.Addr{h.host.Addr}
			for i := range 60 {
				to = append(to, h.neighbour(50+i).Addr)
			}
			for range 3 {
				scan(h, evil, to)
				h.rest(30 * time.Minute)
			}
			opened := 0
			for _, a := range h.alarms {
				if a.Event == klaxon.EventOpen && a.Source.Addr == evil.Addr {
					opened++
				}
			}
			if opened != 3 {
				t.Errorf("%d alarms, want 3", opened)
			}
		})
	}
}
