package classify

import (
	"math"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// tool is what a fingerprint file registers. Its name is told when one of its
// relations held need times or more in a row, and for most of the contacts.
type tool struct {
	name      string
	relations []relation
}

// relation is a track.Relation with what its holding means.
type relation struct {
	track.Relation
	why    string  // completes "N probes …"
	need   uint8   // how often in a row it must hold before the tool is named; 0 for never
	chance float64 // that it holds for a packet of no tool
	broken bool    // a run of it breaks now and then, by chance or by the tool's other probes
}

// tools are the fingerprints, the surest first.
var tools = [...]tool{masscan, mirai, scapy, nmap, unicornscan, naabu, zmap, hping}

const synOnly = 1 << track.MethodSyn

// relations lists those of all tools in order; a relation's place is that of its
// count in track.Keys.
func relations() (list []track.Relation) {
	for i := range tools {
		for _, r := range tools[i].relations {
			list = append(list, r.Relation)
		}
	}
	return list
}

// runs lists what all packets of one run of a tool share.
var runs = []track.RunKey{nmapRun, zmapRun, unicornRun}

// numbered calls f for every relation with its place, until f returns false.
func numbered(f func(place int, t *tool, r *relation) bool) {
	place := 0
	for i := range tools {
		for j := range tools[i].relations {
			if !f(place, &tools[i], &tools[i].relations[j]) {
				return
			}
			place++
		}
	}
}

// toolOf names the program that a source's packets betray, or what it does.
func toolOf(v track.View, c klaxon.Confidence, now int64) klaxon.Tool {
	if found := toolByPackets(v); found.Name != "" {
		return found
	}
	return connects(v, c, now)
}

func toolByPackets(v track.View) (found klaxon.Tool) {
	k := &v.Keys
	if k.Xprobe() && k.OSDecided() {
		return klaxon.Tool{Name: "xprobe2", Chance: osChance}
	}
	if k.OSDecided() {
		return klaxon.Tool{Name: nmap.name, Chance: osChance}
	}
	numbered(func(place int, t *tool, r *relation) bool {
		n := k.Hits[place]
		if r.need > 0 && n >= r.need && int(n)*r.share() >= int(k.Tries) {
			found = klaxon.Tool{Name: t.name, Chance: r.by(n, k.Tries)}
		}
		return found.Name == ""
	})
	return found
}

// share is the part of the contacts, one in so many, that the longest run must
// have: a tool sends most of what comes from its address.
func (r *relation) share() int {
	if r.broken {
		return 16
	}
	return 2
}

// by is the chance of such a run beginning somewhere among so many contacts.
func (r *relation) by(n, tries uint8) float64 {
	return max(float64(tries)*math.Pow(r.chance, float64(n)), leastChance)
}

// leastChance bounds what is claimed: tools and their imitations change.
const leastChance = 1e-18

// decidedBy is the relation that established a scan, or nil.
func decidedBy(k *track.Keys) (found *relation) {
	numbered(func(place int, _ *tool, r *relation) bool {
		if place == int(k.By)-1 {
			found = r
		}
		return found == nil
	})
	return found
}

// onlyMSS tells a SYN that offers the segment size of Ethernet and nothing else.
func onlyMSS(p *decode.Packet) bool {
	return p.Options.Len == 4 && p.Options.HasMSS && p.Options.MSS == 1460
}
