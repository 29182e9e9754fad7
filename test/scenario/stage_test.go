package scenario

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/synth"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
	"klaxon/test/truth"
)

// scenario is a story with its truth, which it writes down as it goes.
type scenario struct {
	name string
	play func(*stage)
}

// stage is the world of a story, seen by a detector.
type stage struct {
	*synth.World
	wants   []truth.Want
	options []truth.Option

	mirrors   bool // tunnels are opened
	suspects  bool // the suspected are told, too
	malformed bool // some packets are meant to be damaged
	track     track.Config
	allow     []netip.Prefix

	seed     uint64
	keeps    *keeper // of evidence, nil for none
	detector *detect.Detector
	alarms   []*klaxon.Alarm
	tally    decode.Tally
	packet   decode.Packet
}

// want notes a scan that must be told.
func (s *stage) want(w truth.Want) { s.wants = append(s.wants, w) }

// scan notes one by its source, with the tool's name.
func (s *stage) scan(source *synth.Host, tool string, probes int, shape klaxon.Shape, techniques ...klaxon.Technique) {
	s.want(truth.Want{Source: source.Addr, Techniques: techniques, Shape: shape, Tool: tool, MaxProbes: probes})
}

// scanOf is scan with the exact number of hosts and services.
func (s *stage) scanOf(hosts, services int, source *synth.Host, tool string, probes int, shape klaxon.Shape, techniques ...klaxon.Technique) {
	s.want(truth.Want{Source: source.Addr, Techniques: techniques, Shape: shape, Tool: tool, MaxProbes: probes, Hosts: hosts, Services: services})
}

// innocent notes hosts that must not be blamed.
func (s *stage) innocent(hosts ...*synth.Host) {
	for _, h := range hosts {
		s.options = append(s.options, truth.Innocent(h.Addr))
	}
}

// suspected notes one that must be suspected, and no more. It comes before the
// first packet.
func (s *stage) suspected(h *synth.Host) {
	if s.detector != nil {
		panic("the detector is there already, and does not tell suspicions")
	}
	s.suspects = true
	s.options = append(s.options, truth.WantSuspect(h.Addr))
}

// mayFlood accepts that a flood is told.
func (s *stage) mayFlood() { s.options = append(s.options, truth.AllowFlood()) }

func (s *stage) take(f capture.Frame) {
	if s.detector == nil {
		s.detector = s.newDetector()
	}
	reason := decode.Decoder{Mirrors: s.mirrors}.Decode(f.Link, f.Data, f.Length, &s.packet)
	s.tally[reason]++
	if reason == decode.Decoded {
		s.detector.Advance(f.Time) // as the clock of a live run does
		s.keeps.packet(&s.packet, &f)
		s.detector.Packet(f.Time, uint8(f.Interface), &s.packet)
	}
}

func (s *stage) newDetector() *detect.Detector {
	cfg := s.track
	cfg.Seed = s.seed
	if cfg.Memory == 0 {
		cfg.Memory = 16 << 20
	}
	floor := klaxon.Established
	if s.suspects {
		floor = klaxon.Suspect
	}
	return detect.New(detect.Config{
		Track: cfg, Sensor: "stage", Floor: floor, Allow: s.allow,
		Zone: policy.NewZones(nil, []netip.Prefix{netip.MustParsePrefix(lan6)}).Of,
		Emit: func(a *klaxon.Alarm) { s.alarms = append(s.alarms, a); s.keeps.alarm(a) },
	})
}

// perform plays a scenario with a seed of the story and one of the detector.
func perform(sc scenario, story, seed uint64) *stage {
	return performOn(&stage{seed: seed}, sc, story)
}

func performOn(s *stage, sc scenario, story uint64) *stage {
	s.World = synth.New(story, s.take)
	sc.play(s)
	s.Finish()
	if s.detector != nil {
		s.detector.Close()
	}
	return s
}

// problems are the differences between what was told and the truth.
func (s *stage) problems() []string {
	list := truth.Check(s.alarms, s.wants, s.options...)
	for r, n := range s.tally {
		if r := decode.Reason(r); n > 0 && r.Malformed() && !s.malformed {
			list = append(list, fmt.Sprintf("%d packets are %s: the story is wrong", n, r))
		}
	}
	if s.detector == nil {
		list = append(list, "nothing happened in the story")
	}
	return list
}

// told sums it up.
func (s *stage) told() truth.Told { return truth.Sum(s.alarms, s.wants, s.options...) }

// play runs scenarios with the same story under two seeds of the detector, and
// with another one.
func play(t *testing.T, list []scenario) {
	family := t.Name()
	for _, sc := range list {
		t.Run(sc.name, func(t *testing.T) {
			told := make(map[string]string)
			innocent := false
			for _, seeds := range [][2]uint64{{1, 1}, {1, 77}, {5, 99}} {
				s := performOn(&stage{seed: seeds[1], keeps: keeperOf(seeds)}, sc, seeds[0])
				s.reproduce(t, sc.name)
				detected.add(family, sc.name, s.told())
				innocent = len(s.wants) == 0
				for _, p := range s.problems() {
					told[p] += fmt.Sprintf(" %d/%d", seeds[0], seeds[1])
				}
			}
			if innocent {
				nobodysTool(sc, told)
			}
			report(t, told)
		})
	}
}

// nobodysTool plays a story in which nobody scans once more, and lets suspicions
// be told, too: not even of a suspect may a tool be named.
func nobodysTool(sc scenario, told map[string]string) {
	s := performOn(&stage{seed: 3, suspects: true}, sc, 3)
	for _, a := range s.alarms {
		if a.Tool.Name != "" {
			told[fmt.Sprintf("the tool %s is named of innocent %s, a mere suspect: %s", a.Tool.Name, a.Source.Addr, a.Why)] += " 3/3"
		}
	}
}

// report tells the first problems; where one is wrong many may follow.
func report(t *testing.T, told map[string]string) {
	for i, p := range slices.Sorted(maps.Keys(told)) {
		if i == problemsMax {
			t.Errorf("and %d more", len(told)-i)
			return
		}
		t.Errorf("%s (seeds%s)", p, told[p])
	}
}

const problemsMax = 5

// The networks of the stories.
const (
	lan4 = "10.0.0.0/24"
	lan6 = "2001:db8:1::/64"
)

// site is a small network with its usual hosts, of one IP version.
type site struct {
	*synth.LAN
	version             string
	gateway             *synth.Host
	web, mail, db, wall *synth.Host // wall drops all but 443
	pcs                 []*synth.Host
	evil, insider       *synth.Host
	net                 string
}

// site4 and site6 build it. The first dozen addresses are in use.
func (s *stage) site4() *site { return s.site(lan4, "198.51.100.9", "10.0.0.66") }
func (s *stage) site6() *site { return s.site(lan6, "2001:db8:bad::9", "2001:db8:1::66") }

func (s *stage) site(net, outside, inside string) *site {
	l := s.LAN(net)
	x := &site{LAN: l, gateway: l.Router, net: net, version: "4"}
	if strings.Contains(net, ":") {
		x.version = "6"
	}
	x.web = l.Host().Open(22, 80, 443)
	x.mail = l.Host().Open(22, 25, 110, 143, 587, 993).OpenUDP(100, 53)
	x.db = l.Host().Open(22, 3306, 5432).Runs(synth.BSD)
	x.wall = l.Host().Open(443).Firewalled()
	for range 7 {
		x.pcs = append(x.pcs, l.Host().Runs(synth.Windows).Open(135, 445))
	}
	x.evil, x.insider = s.Host(outside), s.Host(inside)
	s.innocent(x.gateway, x.web, x.mail, x.db, x.wall)
	s.innocent(x.pcs...)
	return x
}

// all is addresses a to b of the site, whether there are hosts or not.
func (x *site) all(a, b int) []netip.Addr { return synth.Range(x.net, a, b) }

// addrs is the addresses of hosts.
func addrs(hosts ...*synth.Host) (list []netip.Addr) {
	for _, h := range hosts {
		list = append(list, h.Addr)
	}
	return list
}

// both makes one scenario for each IP version.
func both(name string, f func(s *stage, x *site)) []scenario {
	return []scenario{
		{name + " v4", func(s *stage) { f(s, s.site4()) }},
		{name + " v6", func(s *stage) { f(s, s.site6()) }},
	}
}

func join(lists ...[]scenario) (all []scenario) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func itoa(p uint16) string { return strconv.Itoa(int(p)) }
