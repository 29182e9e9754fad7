package flood

import (
	"fmt"
	"slices"
	"testing"

	"klaxon"
)

// forged is a hundred thousand complete scans of one victim, each from another
// forged source whose packets are credible, and one real scan among them.
type forged struct {
	name    string
	manner  manner
	sources int
	lasts   int64
	proof   int    // the real one shows itself with this probe, counted from 0
	data    uint16 // by so many bytes; without any it does so with every open port

	everywhere bool // each has a victim of its own
}

const (
	forgedPorts  = 12
	forgedOpen   = 2  // of them
	forgedAtOnce = 20 // scans at any time
)

var realOne = v4(198, 51, 100, 77)

// scanner is the n-th of them.
func (f *forged) scanner(n int, seed uint32) sender {
	s := sender{addr: nth(uint32(n), seed), manner: f.manner, seq: uint32(n)*2654435761 + 1, port: uint16(33000 + n%30000)}
	if n == f.sources/2 {
		s.addr = realOne
	}
	return s
}

// victim is the host that the n-th scans.
func (f *forged) victim(n int) [16]byte {
	if !f.everywhere {
		return victim
	}
	return v4(10, byte(20+n>>16), byte(n>>8), byte(n))
}

// open tells whether the k-th port is: the real one's conversation is with an
// open one.
func (f *forged) open(k int) bool { return (k-f.proof+forgedPorts)%forgedPorts < forgedOpen }

func (f *forged) play(seed uint64) *stage {
	s := newStage(seed)
	total := f.sources * forgedPorts
	for i := range total {
		s.now = begin + int64(float64(i)*float64(f.lasts)/float64(total))
		group, k, n := i/(forgedAtOnce*forgedPorts), i/forgedAtOnce%forgedPorts, i%forgedAtOnce
		from, port, victim := f.scanner(group*forgedAtOnce+n, uint32(seed)), uint16(100+k), f.victim(group*forgedAtOnce+n)
		switch {
		case from.addr == realOne && (k == f.proof || f.data == 0 && f.open(k)):
			s.converse(&from, victim, port, f.data)
		case f.open(k):
			s.syn(&from, victim, port)
			s.accept()
		default:
			s.syn(&from, victim, port)
			s.refuse()
		}
	}
	s.Close()
	return s
}

// forgeries are what is played: a scan of the kernel's is established by ten
// refusals, so that the real one proves itself before or after that. Raw packets
// come more slowly than a flood does.
func forgeries(sources int) []forged {
	return []forged{
		{name: "kernel, proven at last", sources: sources, lasts: int64(sources) * 72 * second / 1000, proof: forgedPorts - 1, data: 90},
		{name: "kernel, connects and closes at first", sources: sources, lasts: int64(sources) * 72 * second / 1000},
		{name: "raw, proven at last", manner: rawNmap, sources: sources, lasts: int64(sources) * 150 * second / 1000, proof: forgedPorts - 1, data: 90},
	}
}

// TestForgedScans wants twelve records at most, one alarm that tells how many
// candidates there were, and the real one named.
func TestForgedScans(t *testing.T) {
	sources := 100_000
	if racing {
		sources = 3_000
	}
	for _, f := range forgeries(sources) {
		t.Run(f.name, func(t *testing.T) {
			s := f.play(3)
			if len(s.alarms) > 12 {
				t.Errorf("%d records, at most 12 are wanted", len(s.alarms))
			}
			f.judge(t, s.alarms)
			for i, a := range s.alarms {
				if i < 20 {
					t.Logf("%s %s %v/%s %s proof %s, %d sources, %d probes: %s", a.Event, a.ID[:4], a.Techniques, a.Shape, a.Source.Addr, a.Proof, a.SourcesTotal, a.Probes, a.Why)
				}
			}
		})
	}
}

// judge looks for the alarm of all, and for that of the real one.
func (f *forged) judge(t *testing.T, alarms []*klaxon.Alarm) {
	var all, found *klaxon.Alarm
	for _, a := range alarms {
		switch {
		case a.Source.Addr == addrOf(&realOne):
			found = a
		case a.SourcesTotal > 1:
			all = a
		}
	}
	if found == nil || found.Confidence != klaxon.Proven || found.Event != klaxon.EventClose {
		t.Errorf("the real one was not told as proven: %v", found)
	}
	// One that comes back when its record is long gone counts again.
	if all == nil || all.SourcesTotal < f.sources*99/100 || all.SourcesTotal > f.sources*101/100 {
		t.Fatalf("the candidates were not counted: %v", all)
	}
	for _, wrong := range []string{
		telling(all.Event != klaxon.EventClose, "it was not closed"),
		telling(!slices.Contains(all.Marks, klaxon.MarkSpoofedMaybe), "it has no mark spoofed-maybe"),
		telling(len(all.Sources) != 256, "it names %d candidates", len(all.Sources)),
		telling(!slices.Contains(all.Targets.Dst, addrOf(&victim)), "it does not tell the victim"),
		telling(all.Shape != klaxon.ShapeVertical, "its shape is %s", all.Shape),
		telling(all.Probes < uint64(f.sources)*9/4, "it counts %d probes", all.Probes),
	} {
		if wrong != "" {
			t.Errorf("the alarm of all: %s", wrong)
		}
	}
}

func telling(is bool, format string, args ...any) string {
	if !is {
		return ""
	}
	return fmt.Sprintf(format, args...)
}
