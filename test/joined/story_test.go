package joined

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render"
	"klaxon/internal/synth"
)

// story is what one source does at random to a few traps, and what is to be told of it.
type story struct {
	h        *house
	evil     *synth.Host
	rand     *rand.Rand
	told     []string
	did      map[klaxon.Technique]bool // to traps
	services map[klaxon.Port]bool      // traps alone
	proven   bool
	scanned  map[klaxon.Technique]bool // of more than traps; then these alone have to be named
}

// The steps of a story: those that touch traps, and all.
const (
	touching = 6
	scanning = 9
)

// step is one thing that it does.
func (s *story) step(of int) {
	port := fewTraps[s.rand.IntN(4)]
	tcp := klaxon.Port{Transport: klaxon.TCP, Number: port}
	switch s.rand.IntN(of) {
	case 0, 1:
		s.evil.Nmap().SYN(s.h.host.Addrs(), []uint16{port})
		s.does(klaxon.Syn, tcp)
	case 2, 3:
		up := 20 * s.rand.IntN(2)
		s.evil.Connect(s.h.host.Addr, port, synth.Talk{Up: up})
		s.does(klaxon.Connect, tcp)
		s.proven = true
	case 4:
		port := udpTraps[s.rand.IntN(2)]
		s.evil.Ask(s.h.host.Addr, port, 20)
		s.does(klaxon.Udp, klaxon.Port{Transport: klaxon.UDP, Number: port})
	case 5:
		s.evil.Ping(s.h.host.Addr, 1)
		s.told = append(s.told, "ping")
	case 6:
		from := 1000 + s.rand.IntN(100)
		s.evil.Nmap().SYN(s.h.host.Addrs(), synth.Ports(from, from+30))
		s.scans(klaxon.Syn)
	case 7:
		for p := range uint16(25) {
			s.evil.Connect(s.h.host.Addr, 2000+p, synth.Talk{})
		}
		s.scans(klaxon.Connect)
	case 8:
		var to []netip.Addr
		for i := range 20 {
			to = append(to, s.h.neighbour(100+i).Addr)
		}
		s.evil.Nmap().SYN(to, []uint16{445})
		s.scans(klaxon.Syn)
	}
	pause := time.Duration(s.rand.Int64N(int64(time.Minute)))
	if s.rand.IntN(2) == 0 {
		pause /= 30
	}
	s.told = append(s.told, pause.Truncate(time.Millisecond).String())
	s.h.Wait(pause)
	s.h.detector.Advance(s.h.now())
}

func (s *story) does(x klaxon.Technique, p klaxon.Port) {
	s.did[x], s.services[p] = true, true
	s.told = append(s.told, fmt.Sprint(x, " ", p.Number))
}

func (s *story) scans(x klaxon.Technique) {
	s.did[x], s.scanned[x] = true, true
	s.told = append(s.told, "scan by "+string(x))
}

// check compares the end of the only alarm with what was done.
func (s *story) check() (wrong []string) {
	lives := map[string]int{}
	for _, a := range s.h.alarms {
		lives[a.ID]++
	}
	if len(lives) != 1 {
		return []string{fmt.Sprint(len(lives), " alarms")}
	}
	last := s.h.alarms[len(s.h.alarms)-1]
	if last.Event != klaxon.EventClose {
		wrong = append(wrong, "not closed")
	}
	want := s.did
	if len(s.scanned) > 0 {
		want = s.scanned
	}
	for x := range want {
		if !slices.Contains(last.Techniques, x) && !(x == klaxon.Connect && slices.Contains(last.Techniques, klaxon.Version)) {
			wrong = append(wrong, "lacks "+string(x))
		}
	}
	for _, x := range last.Techniques {
		if !s.did[x] && !(x == klaxon.Version && s.did[klaxon.Syn] && s.did[klaxon.Connect]) {
			wrong = append(wrong, "has "+string(x))
		}
	}
	if len(s.scanned) == 0 && (last.Confidence == klaxon.Proven) != s.proven {
		wrong = append(wrong, "is "+last.Confidence.String())
	}
	if len(s.scanned) == 0 && len(s.services) > 1 && s.proven {
		for p := range s.services {
			list := last.Targets.TCP
			if p.Transport == klaxon.UDP {
				list = last.Targets.UDP
			}
			if !slices.ContainsFunc(list, func(r klaxon.PortRange) bool { return r.First <= p.Number && p.Number <= r.Last }) {
				wrong = append(wrong, fmt.Sprint("lacks port ", p.Number))
			}
		}
	}
	// Its beginning, its proof, that it became a scan, what is new after half a minute,
	// and the end.
	if n := lives[last.ID]; n > 5 {
		wrong = append(wrong, fmt.Sprint(n, " records"))
	}
	before := ""
	for _, a := range s.h.alarms {
		_, text, _ := strings.Cut(string(render.AppendHuman(nil, a, time.UTC)), "  ")
		if a.Event == klaxon.EventUpdate && text == before {
			wrong = append(wrong, "told twice: "+text)
		}
		before = text
	}
	return wrong
}

// TestStories: whatever a source does to a few traps within minutes, or to more than
// traps, and in whichever order that is heard of, is one alarm, which ends with all of it.
func TestStories(t *testing.T) {
	most := 0
	for _, sense := range []senses{wireFirst, touchFirst} {
		for seed := range 120 * seeds() {
			of := touching
			if seed%4 > 1 {
				of = scanning
			}
			h := newHouse(t, sense, seed%2 == 1, seed+1, fewTraps)
			s := &story{h: h, rand: h.Rand(), evil: h.stranger(7), did: map[klaxon.Technique]bool{}, scanned: map[klaxon.Technique]bool{}, services: map[klaxon.Port]bool{}}
			if s.rand.IntN(2) == 0 {
				s.evil = h.neighbour(7)
			}
			for len(s.did) == 0 || s.rand.IntN(5) > 0 {
				s.step(of)
			}
			h.rest(40 * time.Minute)
			h.Finish()
			h.detector.Close()
			most = max(most, len(h.alarms))
			if wrong := s.check(); len(wrong) > 0 {
				t.Errorf("%s, seed %d, %s: %s: %s", sense.name, seed, s.evil.Addr, strings.Join(s.told, ", "), strings.Join(wrong, ", "))
				for _, a := range h.alarms {
					t.Logf("  %s %s: %s, %v %s, severity %d, %d probes, %v %v: %s", a.Time.Format("15:04:05.000"), a.Event, a.Shape,
						a.Techniques, a.Confidence, a.Severity, a.Probes, a.Targets.TCP, a.Targets.UDP, a.Why)
				}
			}
		}
	}
	t.Logf("at most %d records", most)
}
