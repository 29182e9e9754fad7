package scenario

import (
	"fmt"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/watch/capture"
)

// keeper keeps the evidence of a story's alarms. A nil one keeps none.
type keeper struct {
	store *evidence.Store
	files map[string][]evidence.Frame // by alarm
	links [256]decode.Link            // by interface
}

func newKeeper(seed uint64) *keeper {
	return &keeper{store: evidence.New(seed), files: make(map[string][]evidence.Frame)}
}

func (k *keeper) packet(p *decode.Packet, f *capture.Frame) {
	if k == nil {
		return
	}
	k.links[f.Interface] = f.Link
	k.store.Packet(p, &evidence.Frame{At: f.Time, Interface: f.Interface, Length: f.Length, Data: f.Data})
}

func (k *keeper) alarm(a *klaxon.Alarm) {
	if k == nil {
		return
	}
	if frames, _ := k.store.Alarm(a); frames != nil {
		k.files[a.ID] = frames
	}
}

// again plays the frames of an alarm to a detector of the same making.
func (k *keeper) again(s *stage, id string) []*klaxon.Alarm {
	r := &stage{mirrors: s.mirrors, suspects: s.suspects, track: s.track, allow: s.allow, seed: s.seed}
	for _, f := range k.files[id] {
		r.take(capture.Frame{Time: f.At, Link: k.links[f.Interface], Interface: f.Interface, Length: f.Length, Data: f.Data})
	}
	if r.detector == nil {
		return nil
	}
	r.detector.Close()
	return r.alarms
}

// reproduced compares what the evidence of each alarm tells with the alarm.
func (k *keeper) reproduced(s *stage) (problems []string) {
	for _, a := range s.alarms {
		if a.Event != klaxon.EventClose {
			continue
		}
		frames := k.files[a.ID]
		if len(frames) == 0 || len(frames) > evidence.FramesMax {
			problems = append(problems, fmt.Sprintf("%d frames", len(frames)))
		}
		if a.Shape == klaxon.ShapeFlood {
			continue // 64 packets are none
		}
		if p := unlike(a, k.again(s, a.ID)); p != "" {
			problems = append(problems, p)
		}
	}
	return problems
}

// unlike says in what the best of the alarms told again is another than a.
func unlike(a *klaxon.Alarm, again []*klaxon.Alarm) string {
	best := fmt.Sprintf("nothing is told again of %s/%s from %s", a.Techniques, a.Shape, a.Source.Addr)
	for _, b := range again {
		if b.Event != klaxon.EventClose || b.Source.Addr != a.Source.Addr {
			continue
		}
		switch {
		case b.Shape != a.Shape, b.Tool.Name != a.Tool.Name, !alike(a.Techniques, b.Techniques), b.Confidence < min(a.Confidence, klaxon.Established):
			best = fmt.Sprintf("%s/%s by %q is told again as %s/%s by %q", a.Techniques, a.Shape, a.Tool.Name, b.Techniques, b.Shape, b.Tool.Name)
		default:
			return ""
		}
	}
	return best
}

func alike(a, b []klaxon.Technique) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// keeperOf keeps evidence in one of the runs of a scenario.
func keeperOf(seeds [2]uint64) *keeper {
	if seeds != [2]uint64{1, 1} {
		return nil
	}
	return newKeeper(1)
}

// unshown are the scenarios of which 64 packets do not show all, with the reason.
var unshown = map[string]string{
	"nmap -sn on the link v4":                       fewAsked,
	"nmap -sn on the link, replies out of sight v4": fewAsked,
	"slowly, an address every 15 s v4":              fewAsked,
	"a kernel that connects to dark neighbours v4":  fewAsked,
	"a kernel that connects to dark neighbours v6":  fewAsked,
	"sixteen sources with six hosts each v4":        fewShared,
	"sixteen sources with six hosts each v6":        fewShared,
	"nmap -sI v6":                                   "a zombie that stands among its targets is known by its hardware address, and the alarm does not tell it",
}

const fewShared = "it takes 64 hosts to tell that they are shared"

const fewAsked = "an address counts when it was asked for twice, and it takes 40 addresses"

// reproduce holds the evidence of a story's alarms against them.
func (s *stage) reproduce(t *testing.T, name string) {
	if s.keeps == nil {
		return
	}
	problems := s.keeps.reproduced(s)
	if unshown[name] != "" {
		if len(problems) == 0 {
			t.Errorf("its evidence shows all, though %s", unshown[name])
		}
		return
	}
	for _, p := range problems {
		t.Errorf("evidence: %s", p)
	}
}
