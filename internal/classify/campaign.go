package classify

import (
	"net/netip"
	"slices"
	"strconv"

	"klaxon"
	"klaxon/internal/track"
)

// The bounds of campaigns. A source takes part when it has failed with
// campaignShare services of one host, or with one service of so many hosts of one
// network: no honest client does, and a single one is a suspect by then. When
// campaignSources of them have covered campaignCover services within a day, and three
// quarters of these once, they share the work: honest clients of a host that is
// down all miss the same services. Bots that know nothing of each other choose
// hosts at random, so of these it takes campaignHosts, and hardly any twice.
const (
	campaignShare   = 4
	campaignSources = 4
	campaignCover   = 20          // services of a host: strangers who choose alike all take the same
	campaignHosts   = 64          // hosts of a network: of 254, strangers would have chosen six or seven twice
	campaignWithin  = 24 * 3600e9 // ns
	campaignWait    = PollerWait  // that a source must have been no more than a suspect: one that goes on is told by itself
	campaignsMax    = 256
	membersMax      = 64 // kept of each; all are counted
	itemsMax        = 16 // kept of each member
	// campaignPorts is where the ports begin that servers give away for one
	// connection: a client that was told one by a service of brokers may fail with
	// it, and with another one the next time, as FTP behind a firewall makes it.
	campaignPorts = 10000
)

// brokers are services that tell their clients other ports: FTP, the port mappers
// of ONC and of Microsoft, RTSP, H.323, SIP.
var brokers = [...]uint16{21, 990, 111, 135, 554, 1720, 5060}

// campaigns finds sources that share one target among each other. The zero value
// is ready; when it is full the one that was heard of last of all makes room,
// unless its alarm is open.
type campaigns struct {
	all   []campaign
	lives uint32
}

type campaign struct {
	about   subject
	last    int64  // when somebody joined it last, ns
	life    uint32 // of its alarm, 0 for none
	total   int    // members ever
	members []member
	scan    klaxon.Scan // techniques and times of all of them
}

// subject is what a campaign is about: the services of one host, or one service of
// a network.
type subject struct {
	where   netip.Prefix // a whole address for a host
	service uint16       // 0 for a host
	over    klaxon.Transport
}

type member struct {
	addr      netip.Addr
	since, at int64 // when it joined, and was last judged, ns
	proven    bool
	n         int
	items     [itemsMax]item
}

// item is one service of the host, or one host of the network.
type item struct {
	dst  netip.Addr
	port uint16
	over klaxon.Transport
}

// Conspires takes the source of the newest verdict, when that made it a suspect,
// into the campaign that it is part of, and returns the number and life of that,
// if there is one. A scanner in its own right is none of it.
//
// Newcomer says that it has joined, and counts when it is judged again after
// PollerWait.
func (j *Judge) Conspires(v track.View, suspect bool) (number, life uint32, newcomer, ok bool) {
	about, m := j.shareOf(v)
	if m.n < campaignShare {
		return 0, 0, false, false
	}
	if !suspect {
		if n := j.campaigns.find(about); n >= 0 {
			j.campaigns.all[n].leave(&m)
		}
		return 0, 0, false, false
	}
	n := j.campaigns.of(about, j.now)
	if n < 0 {
		return 0, 0, false, false
	}
	c := &j.campaigns.all[n]
	newcomer = c.join(m, v, j)
	if c.life == 0 && !c.shares(j.now) {
		return 0, 0, newcomer, false
	}
	if c.life == 0 {
		j.campaigns.lives++
		c.life = j.campaigns.lives
	}
	return uint32(n), c.life, newcomer, true
}

// shareOf is what a source failed with most: services of one host, or hosts with
// one service.
func (j *Judge) shareOf(v track.View) (about subject, m member) {
	s := &j.spread
	m = member{addr: addr(&v.Addr, v.V6), since: j.now, at: j.now, proven: v.Proof != klaxon.ProofNone}
	host, service := most(&s.hosts), most(&s.services)
	switch {
	case host == nil:
		return about, m
	case service != nil && service.failed() > host.failed():
		about = subject{where: around(service.first), service: service.first.Port, over: transportOf(service.first.Method)}
	default:
		dst := host.first.AddrOf()
		about = subject{where: netip.PrefixFrom(dst, dst.BitLen())}
	}
	told := about.service == 0 && brokered(v.Notes, host.first)
	for i := range v.Notes {
		n := &v.Notes[i]
		if m.n < itemsMax && n.Weight > 0 && j.now-n.At < campaignWithin && about.has(n) && !(told && n.Port >= campaignPorts) {
			m.items[m.n] = item{n.AddrOf(), n.Port, transportOf(n.Method)}
			m.n++
		}
	}
	return about, m
}

// brokered tells whether a source used a service of a host that tells other ports.
func brokered(notes []track.Note, host *track.Note) bool {
	for i := range notes {
		n := &notes[i]
		if n.Outcome == track.Success && n.Dst == host.Dst && slices.Contains(brokers[:], n.Port) {
			return true
		}
	}
	return false
}

func (g *group) failed() int { return g.refused + g.silent + g.illegal + g.trapped }

// most is the group with the most failures.
func most(g *groups) (best *group) {
	for i := range g.n {
		if e := &g.all[i]; withPorts(e.first) && (best == nil || e.failed() > best.failed()) {
			best = e
		}
	}
	return best
}

// around is the network of a note's target.
func around(n *track.Note) netip.Prefix {
	bits := 24
	if n.V6 {
		bits = 64
	}
	p, _ := n.AddrOf().Prefix(bits)
	return p
}

func (a *subject) has(n *track.Note) bool {
	if !withPorts(n) || !a.where.Contains(n.AddrOf()) {
		return false
	}
	return a.service == 0 || a.service == n.Port && a.over == transportOf(n.Method)
}

func withPorts(n *track.Note) bool {
	over := transportOf(n.Method)
	return over == klaxon.TCP || over == klaxon.UDP
}

// find returns the number of the campaign about something, -1 for none.
func (w *campaigns) find(about subject) int {
	for i := range w.all {
		if w.all[i].about == about {
			return i
		}
	}
	return -1
}

// at is the campaign of a number and a life, nil when that has ended.
func (w *campaigns) at(number, life uint32) *campaign {
	if int(number) >= len(w.all) || w.all[number].life != life {
		return nil
	}
	return &w.all[number]
}

// of finds the campaign about something, or a place for it; -1 when there is none.
func (w *campaigns) of(about subject, now int64) int {
	if n := w.find(about); n >= 0 {
		if c := &w.all[n]; c.life == 0 && now-c.last > campaignWithin {
			*c = campaign{about: about}
		}
		return n
	}
	if len(w.all) < campaignsMax {
		w.all = append(w.all, campaign{about: about})
		return len(w.all) - 1
	}
	oldest := -1
	for i := range w.all {
		if c := &w.all[i]; c.life == 0 && (oldest < 0 || c.last < w.all[oldest].last) {
			oldest = i
		}
	}
	if oldest >= 0 {
		w.all[oldest] = campaign{about: about}
	}
	return oldest
}

// join adds a source, or what is new of it. Those of the day before leave.
func (c *campaign) join(m member, v track.View, j *Judge) (newcomer bool) {
	c.last = m.at
	since, known := c.leave(&m)
	if known {
		m.since = since
	}
	c.members = slices.DeleteFunc(c.members, func(x member) bool { return c.life == 0 && m.at-x.at > campaignWithin })
	if len(c.members) < membersMax {
		c.members = append(c.members, m)
	}
	s := j.Sketch(v, Verdict{})
	if c.scan.First.IsZero() || s.First.Before(c.scan.First) {
		c.scan.First = s.First
	}
	if s.Last.After(c.scan.Last) {
		c.scan.Last = s.Last
	}
	for _, t := range s.Techniques {
		if !slices.Contains(c.scan.Techniques, t) {
			c.scan.Techniques = append(c.scan.Techniques, t)
		}
	}
	if !slices.Contains(c.scan.Sources, m.addr) {
		c.total++
		if len(c.scan.Sources) < membersMax {
			c.scan.Sources = append(c.scan.Sources, m.addr)
		}
	}
	c.scan.Probes = max(c.scan.Probes, uint64(c.items()))
	return !known
}

// leave takes a source out, and returns since when it was a member.
func (c *campaign) leave(m *member) (since int64, ok bool) {
	for i := range c.members {
		if x := &c.members[i]; x.addr == m.addr {
			since = x.since
			c.members = slices.Delete(c.members, i, i+1)
			return since, true
		}
	}
	return 0, false
}

// shares tells whether those who were members for a while cover their subject,
// hardly any part of it twice.
func (c *campaign) shares(now int64) bool {
	settled := campaign{}
	for i := range c.members {
		if now-c.members[i].since >= campaignWait {
			settled.members = append(settled.members, c.members[i])
		}
	}
	if len(settled.members) < campaignSources {
		return false
	}
	once, all := len(settled.union()), settled.items()
	if c.about.service != 0 {
		return once >= campaignHosts && once*64 >= all*63
	}
	return once >= campaignCover && once*4 >= all*3
}

func (c *campaign) items() (n int) {
	for i := range c.members {
		n += c.members[i].n
	}
	return n
}

// union lists what the members covered.
func (c *campaign) union() (all []item) {
	for i := range c.members {
		m := &c.members[i]
		all = append(all, m.items[:m.n]...)
	}
	slices.SortFunc(all, func(a, b item) int {
		if c := a.dst.Compare(b.dst); c != 0 {
			return c
		}
		return int(a.over)<<16 + int(a.port) - int(b.over)<<16 - int(b.port)
	})
	return slices.Compact(all)
}

// DescribeCampaign tells what is known of one; false when it has ended.
func (j *Judge) DescribeCampaign(number, life uint32) (klaxon.Scan, bool) {
	c := j.campaigns.at(number, life)
	if c == nil {
		return klaxon.Scan{}, false
	}
	s := c.scan
	s.Sources, s.Techniques = slices.Clone(s.Sources), slices.Clone(s.Techniques)
	s.SourcesTotal, s.Confidence = c.total, klaxon.Established
	s.Marks = []klaxon.Mark{klaxon.MarkDistributed}
	if !slices.ContainsFunc(c.members, func(m member) bool { return m.proven }) {
		s.Marks = append(s.Marks, klaxon.MarkSpoofedMaybe)
	}
	c.targets(&s.Targets)
	s.Shape = shapeOf(s.Targets)
	what := count(s.Targets.Services, "service", "services") + " of one host"
	if c.about.service != 0 {
		what = count(s.Targets.Hosts, "host", "hosts") + " for one service"
	}
	s.Why = strconv.Itoa(c.total) + " sources looked at " + what + ", each at others"
	return s, true
}

func (c *campaign) targets(t *klaxon.Targets) {
	var set [2][1024]uint64
	var hosts []netip.Addr
	services := 0
	for _, x := range c.union() {
		if len(hosts) == 0 || hosts[len(hosts)-1] != x.dst {
			hosts = append(hosts, x.dst)
		}
		row := &set[0]
		if x.over == klaxon.UDP {
			row = &set[1]
		}
		if row[x.port/64]&(1<<(x.port%64)) == 0 {
			row[x.port/64] |= 1 << (x.port % 64)
			services++
		}
	}
	t.Hosts, t.Services, t.More = len(hosts), services, c.total > len(c.members)
	t.Dst = hosts[:min(len(hosts), 32)]
	t.TCP, t.UDP = ranges(set[0][:], services, &t.More), ranges(set[1][:], services, &t.More)
}

// EndCampaign forgets one whose alarm has ended.
func (j *Judge) EndCampaign(number, life uint32) {
	if c := j.campaigns.at(number, life); c != nil {
		*c = campaign{}
	}
}
