package track

import "klaxon"

// Source is what is known of one source: an address, or the /64 it is in. It
// lives in a table of fixed size; Life changes when the record is given to
// another source, or starts anew after a closed alarm.
type Source struct {
	Addr  [16]byte // the first address it was seen with
	MAC   [6]byte  // the first frame's; zero when the link has none
	V6    bool
	Moved bool  // frames came from other hardware addresses, too
	Wide  bool  // the record stands for a /64
	Scope uint8 // of the interface it was seen on; a guess when Deaf
	Deaf  bool  // no packet was seen, it is known by touches of traps alone

	Proof   klaxon.Proof // of the address
	Life    uint32
	First   int64              // time of its first contact, ns
	Last    int64              // of its last contact, ns
	rawMAC  [6]byte            // of the frame of its newest raw packet
	fresh   int64              // of its last contact that was new, ns
	Methods uint32             // one bit for each Method it used
	Counts  [methodCount]uint8 // contacts of each Method, but for those of OS detection; at most 255
	once    uint32             // one bit for each Method of which a contact was evidence
	Often   uint32             // and for each of which two were
	Score   Weight             // the walk over all its first contacts, at least the floor
	Link    Weight             // likewise for ARP and ND, which every contact with a neighbour begins with
	Gross   Weight             // the evidence for scanning alone, without what speaks against it
	next    Weight             // value of Gross at which it is to be judged again
	grown   uint32             // value of Tuples at which it is to be judged again once its keys decided

	Tuples    uint32 // distinct contacts, but for those of ARP and ND
	Asked     uint32 // distinct addresses that ARP or ND asked for
	Failed    uint32 // refused, silent, dark
	Unheard   uint32 // of these, silent or dark
	Illegals  uint32 // packets that no host sends
	Succeeded uint32
	Empties   uint32
	Repeats   uint32 // contacts made again at the pace of the time before
	Paced     uint32 // contacts that were made again so pacedEnough times
	Fragments uint8  // contacts whose first packet came in fragments
	hops      uint8  // datagrams of a traceroute that a target refused
	forgiven  uint8  // refusals that were taken back
	stack     uint8  // of its newest connection, see stackOf; 0 for unknown
	pace      uint16 // seconds between the last contact that was made again and the time before
	salt      uint16
	Strong    uint16             // contacts that weigh as much as a failure, or nearly
	wins      [winBuckets]uint16 // successes, by a hash of the service
	Returned  uint8              // contacts that a raw packet began and a connection repeated in which something was said
	Contacts  uint8              // such connections with services that its scan had found open, after a pause
	targets   nibbles            // of contacts, but for those of ARP and ND
	failing   nibbles            // of those that Strong counts

	Keys    Keys
	Touched Note    // the newest contact with a service that is watched by name, or the first with a trap
	Touches uint32  // how many there were, and touches of traps; Touched is valid iff not 0
	Traps   uint32  // contacts with traps of this host
	first   [1]Note // of its contacts
	run     uint16  // number of its run + 1, 0 for none
	Reached uint16  // touches that traps told of, however often one of them; at most 65,535
	runLife uint32  // of that record
	hist    int32   // index of its history + 1, 0 for none
	Report  int32   // index of its report + 1, 0 for none: an alarm of it is open
	dirty   bool
	Whole   bool // a contact that a raw packet began was repeated by a whole connection, and nothing was said
	Half    bool // a trap that it had connected to was probed again, by a raw packet
	heard   bool // an answer to a contact of it was seen
	bold    bool // it proved its address by a contact that a raw packet began
	caught  bool // likewise by one with a trap, or that was told by itself
	Marks   TouchMarks
}

// Targets estimates with how many hosts the source's contacts were, within 26 %.
func (s *Source) Targets() int { return s.targets.count() }

// Failing estimates with how many hosts the contacts were that Strong counts,
// within 26 %.
func (s *Source) Failing() int { return s.failing.count() }

// Committed tells whether something that speaks against the source, and not merely
// some conversation of its owner, proved its address. A conversation proves nothing of
// probes that others may send in its name.
func (s *Source) Committed() bool {
	return s.bold || s.caught || s.Whole || s.Empties > 0 || s.Returned > 0 || s.Contacts > 0
}

// stronger notes that a contact began to weigh as a failure, or does no more.
func (t *Tracker) stronger(s *Source, n *Note, w, old Weight) {
	switch strong, was := w >= weightStrong, old >= weightStrong; {
	case strong && !was && s.Strong < 1<<16-1:
		s.Strong++
		s.failing.add(t.hash.host(&n.Dst, 0))
	case was && !strong && s.Strong > 0:
		s.Strong--
	}
}

type sources struct {
	all     []Source
	tags    tags
	evicted uint64
	life    uint32
	used    uint64
}

func newSources(bytes int64) sources {
	t := newTags(bytes, sourceSize)
	return sources{all: make([]Source, len(t.all)), tags: t}
}

// find returns the record for hash, or nil, and its index.
func (t *sources) find(hash uint64) (*Source, uint32) {
	if i := t.tags.find(hash); i >= 0 {
		return &t.all[i], uint32(i)
	}
	return nil, 0
}

// take gives a record to a new source: a free one, else the one of the set with
// the least evidence, and of those the oldest. A record with an open alarm is
// given away last of all.
func (t *sources) take(hash uint64) (s *Source, index uint32, hist, report int32) {
	i := t.tags.free(hash)
	if i < 0 {
		i = t.cheapest(t.tags.set(hash))
		t.evicted++
		hist, report = t.all[i].hist, t.all[i].Report
	}
	t.tags.put(i, hash)
	t.life++
	t.used++
	s = &t.all[i]
	*s = Source{}
	s.Life = t.life
	return s, uint32(i), hist, report
}

// cheapest returns the index of the record to be given away in the set at base.
func (t *sources) cheapest(base int) int {
	best := base
	for i := base + 1; i < base+ways; i++ {
		if t.all[i].cheaper(&t.all[best]) {
			best = i
		}
	}
	return best
}

func (s *Source) cheaper(o *Source) bool {
	if a, b := s.Report != 0, o.Report != 0; a != b {
		return b
	}
	if a, b := s.value(), o.value(); a != b {
		return a < b
	}
	return s.Last < o.Last
}

// value is what would be lost with the record.
func (s *Source) value() Weight {
	return max(s.Score, s.Link, 0) + Weight(s.Keys.best())*weightFailure
}
