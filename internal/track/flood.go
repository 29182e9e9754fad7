package track

// Flood is what a target suffers, as long as it does not pass in peace for
// floodWindow.
type Flood struct {
	Addr        [16]byte // as in decode.Packet
	V6          bool
	Scope       uint8
	Method      Method
	First, Last int64 // ns
	Attempts    uint64
	Ports       []uint16 // the first ports, at most four

	sources sketch
	load    [floodLoads]uint32 // attempts of late by a keyed hash of the port
	recent  uint32             // their sum
	before  int                // sources in the window in which it began
	number  uint32             // of the flood, counted from 1; 0 for none
	over    bool
	told    bool
}

// Sources estimates from how many addresses it comes.
func (f *Flood) Sources() int { return min(max(f.before, f.sources.count()), int(f.Attempts)) }

// The measure of a flood: so many attempts within floodWindow of which less
// than one in floodDone ends like a conversation, at few ports or from many
// sources. A scanner of one host is one source at many ports. Many clients that
// come back at once and stay are told from it by their packets: more than half
// of a flood's are of no operating system, or have their answer repeated; where
// neither shows, there must be ten times as many without a single end.
const (
	floodAttempts = 1000
	floodDone     = 10
	floodPorts    = 4
	floodSources  = 500
	floodMute     = 10
)

func (e *target) floods() bool {
	if e.attempts < floodAttempts || e.done*floodDone >= e.attempts || e.portsN > floodPorts && e.count() < floodSources {
		return false
	}
	return e.odd*2 > e.attempts || e.done == 0 && e.attempts >= floodMute*floodAttempts
}

// begin makes a flood of what came at a target in this window, in the place of
// the one that is over for longest; nothing when all are going on.
func (t *targets) begin(e *target, scope uint8, m Method) {
	best := -1
	for i := range t.floods {
		f := &t.floods[i]
		if (f.number == 0 || f.over) && (best < 0 || f.Last < t.floods[best].Last) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	t.number++
	f, n := &t.floods[best], min(int(e.portsN), len(e.ports))
	*f = Flood{
		Addr: e.addr, V6: e.v6, Scope: scope, Method: m, First: e.begin, Last: e.last,
		Attempts: uint64(e.attempts), Ports: append(f.Ports[:0], e.ports[:n]...),
		before: min(e.count(), int(e.attempts)), number: t.number,
	}
	e.flood = uint8(best) + 1
	t.active++
}

// end lets a target's flood be over. Its record stays until the place is needed.
func (t *targets) end(e *target) {
	if e.flood != 0 {
		t.floods[e.flood-1].over = true
		e.flood = 0
		t.active--
	}
}

// flooded tells whether address a, at a port, is under a flood that anybody may
// hide in, or that it answers: what is seen there is evidence against nobody.
func (t *Tracker) flooded(a *[16]byte, port uint16) bool {
	if t.targets.active == 0 {
		return false
	}
	e := t.targets.find(t.hash.addr(a, t.scope))
	return e != nil && e.flood != 0 && t.targets.floods[e.flood-1].under(t.loadOf(port))
}

// The load of a flood is counted by classes of ports. A port is flooded when its
// class has a thousandth of all, be it one of a few or one of all ports: what a
// scanner sends to others is not covered, however many ports are flooded.
const (
	floodLoads = 256
	floodShare = 1024
	floodLeast = 2
)

func (t *Tracker) loadOf(port uint16) int { return int(t.hash.mix(uint64(port), 9) >> 56) }

// under tells whether a class of ports is flooded.
func (f *Flood) under(class int) bool { return f.load[class] >= max(floodLeast, f.recent/floodShare) }

// attempt counts one.
func (f *Flood) attempt(class int, source uint64, now int64) {
	f.Attempts++
	f.Last = now
	f.sources.add(source)
	f.load[class]++
	f.recent++
}

// fade halves the load: what is flooded may change.
func (f *Flood) fade() {
	f.recent = 0
	for i := range f.load {
		f.load[i] /= 2
		f.recent += f.load[i]
	}
}

// Floods calls f for every flood that began since the last call, with its number.
func (t *Tracker) Floods(f func(number uint32, flood *Flood)) {
	if t.targets.told == t.targets.number {
		return
	}
	t.targets.told = t.targets.number
	for i := range t.targets.floods {
		if x := &t.targets.floods[i]; x.number != 0 && !x.told {
			x.told = true
			f(x.number, x)
		}
	}
}

// Flood returns the flood of a number, or nil when its record is gone.
func (t *Tracker) Flood(number uint32) *Flood {
	for i := range t.targets.floods {
		if x := &t.targets.floods[i]; x.number == number {
			return x
		}
	}
	return nil
}
