package track

import (
	"net/netip"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/hugepage"
)

// Config says how a Tracker works. Only Rows is needed.
type Config struct {
	Memory  int64 // bytes of all tables; 0 for DefaultMemory
	Rows    *Rows
	Seed    uint64         // of the hash; a secret of this run
	Alone   bool           // all packets come by one interface, now and later: none is a copy of another
	OneWay  bool           // silence is a failure even if answers cannot be seen
	Dark    []netip.Prefix // networks without any host
	Routers []netip.Addr   // addresses that look for hosts on behalf of others
	Own     []OwnCall      // services of its own host that this program calls itself
	Watched *Watched       // services of which a single probe is told; nil for none

	// Drill tells the scope of a touch that is part of a drill, false for any
	// other; nil where there are no drills.
	Drill func(*klaxon.Touch) (uint8, bool)
}

// Tracker holds all that is remembered. It is made by New and belongs to one
// goroutine.
type Tracker struct {
	cfg   Config
	rows  *Rows
	hash  hasher
	now   int64 // time of the newest packet, never going back
	base  int64 // time of the first packet
	began bool  // there was one

	contacts  contacts
	sources   sources
	histories histories
	reports   reports
	targets   targets
	waiting   waiting
	sight     sight
	routers   routers
	halves    halves
	pairs     pairs
	lives     lives
	connected []netip.Prefix
	copies    copies
	runs      runs
	prods     prods
	covers    covered

	scope   uint8         // of the packet being read
	quoted  decode.Packet // of the ICMP error being read, what it quotes
	changed []uint32
	counts  Counts
	dropped float64 // share of packets the kernel lost of late

	traps   traps
	knocker decode.Packet // of the touch being taken, what a packet of it would show
}

// Counts sums up a Tracker's life.
type Counts struct {
	Contacts, ContactsEvicted uint64
	Sources, SourcesEvicted   uint64
	Jumps                     uint64 // steps in time of more than two seconds
	Backwards                 uint64 // packets older than the one before
	Late                      uint64 // contacts judged before their time, for lack of room
	Strays                    uint64 // answers to nothing
	NotOne                    uint64 // packets of which an end is no single host: broadcast, multicast, unspecified
	Forged                    uint64 // packets that came from outside with this host's own address
	Own                       uint64 // packets of calls that this program makes of its own host
	Touches                   uint64 // of traps
	Copies                    uint64 // packets seen on another interface already
}

// New makes a Tracker with all of its memory.
func New(cfg Config) *Tracker {
	if cfg.Memory == 0 {
		cfg.Memory = DefaultMemory
	}
	part := max(cfg.Memory, MinMemory) / 64
	t := &Tracker{
		cfg:       cfg,
		rows:      cfg.Rows,
		hash:      newHasher(cfg.Seed),
		contacts:  newContacts(part * contactShare),
		sources:   newSources(part * sourceShare),
		histories: newHistories(part * historyShare),
		reports:   newReports(part * reportShare),
		targets:   newTargets(part * targetShare),
		sight:     newSight(),
		runs:      newRuns(),
		covers:    newCovered(),
		lives:     newLives(cfg.Seed ^ 0x6c69766573), // another key than that of the tables, which Recall replaces
	}
	t.waiting = newWaiting(len(t.contacts.all))
	t.changed = make([]uint32, 0, changedMax)
	t.touchMemory()
	return t
}

// touchMemory writes to every page once, so that a flood cannot make the
// program grow later.
func (t *Tracker) touchMemory() {
	touch(t.contacts.all)
	touch(t.contacts.shorts)
	touch(t.waiting.ring)
	touch(t.sources.all)
	touch(t.sources.tags.all)
	touch(t.histories.all)
	touch(t.targets.all)
	touch(t.targets.tags.all)
	touch(t.covers.all)
	touch(t.lives.all)
	hugepage.Advise(t.reports.all)
	for i := range t.reports.all {
		t.reports.give(int32(i) + 1)
	}
}

func touch[T any](table []T) {
	hugepage.Advise(table)
	clear(table)
}

// Observe takes one packet, seen at a time in nanoseconds since 1970 on the
// interface of the given number. Each interface is a scope of its own until it
// proves to carry copies of what another one carries. It may write to p.
func (t *Tracker) Observe(at int64, scope uint8, p *decode.Packet) {
	t.Advance(at)
	switch {
	case p.Kind == decode.KindTCP && goesOn(p):
		return
	case !t.usable(p):
		t.counts.NotOne++
		return
	case p.Inbound && t.impostor(p):
		t.counts.Forged++
		return
	case t.own(p):
		t.counts.Own++
		return
	case t.cfg.Drill != nil && drilled(scope):
		t.scope = scope
	case t.see(scope, p):
		t.counts.Copies++
		return
	}
	switch p.Kind {
	case decode.KindTCP:
		t.tcp(p)
	case decode.KindUDP:
		t.udp(p)
	case decode.KindICMP:
		t.icmp(p)
	case decode.KindICMPv6:
		t.icmp6(p)
	case decode.KindSCTP:
		t.sctp(p)
	case decode.KindARP:
		t.arp(p)
	case decode.KindIP:
		t.protocol(p)
	case decode.KindFragment:
		t.fragment(p)
	}
}

// Advance moves time on to at, and settles what was waiting for it.
func (t *Tracker) Advance(at int64) {
	switch {
	case !t.began:
		t.began, t.base, t.now = true, at, at
	case at < t.now:
		t.counts.Backwards++
		return
	case at-t.now > int64(jumpTold):
		t.counts.Jumps++
	}
	if t.waiting.due <= at {
		t.expire(at)
	}
	t.now = at
}

// Now is the time of the newest packet.
func (t *Tracker) Now() int64 { return t.now }

// SetDrops tells what share of the packets, from 0 to 1, was lost on the way
// here: silence means so much less.
func (t *Tracker) SetDrops(share float64) { t.dropped = min(max(share, 0), 1) }

// News tells whether Changed or Floods has something to tell.
func (t *Tracker) News() bool {
	return len(t.changed) > 0 || t.targets.told != t.targets.number
}

// Changed calls f for every source whose evidence has changed enough to be
// judged again since the last call.
func (t *Tracker) Changed(f func(View)) {
	for _, i := range t.changed {
		t.sources.all[i].dirty = false
		f(t.view(i))
	}
	t.changed = t.changed[:0]
}

// Counts returns what happened so far.
func (t *Tracker) Counts() Counts {
	c := t.counts
	c.ContactsEvicted, c.Sources, c.SourcesEvicted = t.contacts.evicted, t.sources.used, t.sources.evicted
	return c
}

// mark says that a source is to be judged.
// It returns false when there is no room: the next evidence asks again.
func (t *Tracker) mark(s *Source, index uint32) bool {
	if s.dirty {
		return true
	}
	if len(t.changed) == cap(t.changed) {
		return false
	}
	s.dirty = true
	t.changed = append(t.changed, index)
	return true
}
