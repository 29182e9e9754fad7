package classify

import (
	"testing"

	"klaxon"
	"klaxon/internal/track"
)

// TestHostsOf: with one service among its notes a source was at as many hosts as it had
// contacts of that kind. Those who asked for addresses last are not counted by the
// ports that they tried before.
func TestHostsOf(t *testing.T) {
	for _, c := range []struct {
		method track.Method
		port   uint16
		want   int
	}{{track.MethodARP, 0, 90}, {track.MethodND, 0, 90}, {track.MethodSyn, 80, 200}} {
		var notes []track.Note
		for n := range byte(64) {
			notes = append(notes, track.Note{Dst: [16]byte{192, 0, 2, n}, Port: c.port, Method: c.method, Outcome: track.Silent, Weight: 1})
		}
		v := track.View{Source: &track.Source{Tuples: 200, Asked: 90}, Notes: notes}
		var s spread
		s.reset(notes)
		if got := hostsOf(v, &s); got != c.want {
			t.Errorf("method %v: %d hosts, want %d", c.method, got, c.want)
		}
	}
}

// TestWhyCountsAll: what no host sends is counted in all contacts of a source, not in
// those alone that its notes have room for.
func TestWhyCountsAll(t *testing.T) {
	var notes []track.Note
	for n := range byte(64) {
		notes = append(notes, track.Note{Dst: [16]byte{192, 0, 2, n}, Port: 1, Method: track.MethodFin, Outcome: track.Illegal, Weight: 2800})
	}
	v := track.View{Source: &track.Source{Tuples: 628, Illegals: 627, Succeeded: 1, Methods: 1 << track.MethodFin}, Notes: notes}
	var j Judge
	got := j.Facts(v, 0)
	if want := "of 628 contacts with 628 hosts, 627 with packets that no host sends, 1 successful"; got.Why != want {
		t.Errorf("%q, want %q", got.Why, want)
	}
	if got.Illegal != 627 {
		t.Errorf("%d, and the reason says 627", got.Illegal)
	}
}

// TestContactsOf: to ask for addresses is how contacts begin, and a probe where it is a
// scan by itself.
func TestContactsOf(t *testing.T) {
	for _, c := range []struct {
		tuples, asked uint32
		link          track.Weight
		want          int
	}{{101, 1, 0, 101}, {101, 254, track.Threshold, 355}, {0, 7, 0, 7}, {0, 0, 0, 0}} {
		v := track.View{Source: &track.Source{Tuples: c.tuples, Asked: c.asked, Link: c.link}}
		var j Judge
		if got := j.Sketch(v, Verdict{}).Probes; got != uint64(c.want) || contactsOf(v) != c.want {
			t.Errorf("%+v: %d probes, %d contacts, want %d", c, got, contactsOf(v), c.want)
		}
	}
}

// TestServicesWithoutNeighbours: who asks for the address of a host before he calls
// it called no service by that.
func TestServicesWithoutNeighbours(t *testing.T) {
	note := func(host byte, m track.Method, port uint16) track.Note {
		return track.Note{Dst: [16]byte{192, 0, 2, host}, Port: port, Method: m, Outcome: track.Refused}
	}
	for _, c := range []struct {
		name  string
		asked uint32
		notes []track.Note
		want  int
	}{
		{"one port on two hosts", 2, []track.Note{note(1, track.MethodARP, 0), note(1, track.MethodSyn, 23), note(2, track.MethodARP, 0), note(2, track.MethodSyn, 23)}, 1},
		{"two ports", 1, []track.Note{note(1, track.MethodND, 0), note(1, track.MethodSyn, 23), note(1, track.MethodUDP, 23)}, 2},
		{"two queries", 1, []track.Note{note(1, track.MethodARP, 0), note(1, track.MethodEcho, 0), note(1, track.MethodMask, 0)}, 2},
		{"addresses alone", 2, []track.Note{note(1, track.MethodARP, 0), note(2, track.MethodARP, 0)}, 1},
		{"one probe in two ways", 0, []track.Note{note(1, track.MethodSyn, 23), note(1, track.MethodFin, 23)}, 1},
	} {
		v := track.View{Source: &track.Source{Tuples: uint32(len(c.notes)) - c.asked, Asked: c.asked}, Notes: c.notes}
		var j Judge
		if got := j.Facts(v, 0).Services; got != c.want {
			t.Errorf("%s: %d services, want %d", c.name, got, c.want)
		}
	}
}

// TestHalfOpenIsNoTouch: a trap that was half-opened did not tell of it, and the reason
// does not say that it was touched.
func TestHalfOpenIsNoTouch(t *testing.T) {
	trap := func(port uint16, o track.Outcome) track.Note {
		return track.Note{Dst: [16]byte{192, 0, 2, 1}, Port: port, Method: track.MethodSyn, Outcome: o, Trap: true}
	}
	for _, c := range []struct {
		reached uint16
		notes   []track.Note
		want    string
	}{
		{2, []track.Note{trap(22, track.Trapped), trap(23, track.Trapped)}, "it touched 2 traps, which have no honest clients"},
		{1, []track.Note{trap(22, track.Trapped), trap(23, track.HalfOpen)}, "it touched 1 trap and half-opened 1, which have no honest clients"},
		{0, []track.Note{trap(22, track.HalfOpen), trap(23, track.HalfOpen)}, "it half-opened 2 traps, which have no honest clients"},
		{0, []track.Note{trap(22, track.HalfOpen), trap(23, track.Trapped)}, "it probed 2 traps, which have no honest clients"},
	} {
		v := track.View{Source: &track.Source{Touches: 2, Touched: c.notes[0], Traps: 2, Tuples: 2, Reached: c.reached, Proof: klaxon.ProofOnLink}, Notes: c.notes}
		var j Judge
		if got := j.Facts(v, 0).Why; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestMissingOfOpen: an alarm that is open wants no more evidence, but may want a proof.
func TestMissingOfOpen(t *testing.T) {
	for _, c := range []struct {
		f    Facts
		told bool
		want string
	}{
		{Facts{Confidence: klaxon.Suspect, Missing: "8 more contacts that are refused"}, false, "8 more contacts that are refused"},
		{Facts{Confidence: klaxon.Suspect, Missing: "8 more contacts that are refused"}, true, needsProof},
		{Facts{Confidence: klaxon.Established, Proof: klaxon.ProofOnLink}, true, needsProof},
		{Facts{Confidence: klaxon.Suspect, Proof: klaxon.ProofHandshake, Missing: "8 more contacts that are refused"}, true, ""},
		{Facts{Confidence: klaxon.Proven, Proof: klaxon.ProofData}, true, ""},
	} {
		if c.f.Tell(c.told, ""); c.f.Missing != c.want || c.f.Told != c.told {
			t.Errorf("%+v: missing %q, want %q", c.f, c.f.Missing, c.want)
		}
	}
}
