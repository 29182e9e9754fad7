package track

import (
	"math"
	"math/bits"
)

// target counts what comes at one address, to tell floods from scans.
type target struct {
	hash     uint64
	addr     [16]byte
	begin    int64     // of the window, ns
	last     int64     // of the newest attempt, ns
	sources  [4]uint64 // linear counting (Whang, Vander-Zanden, Taylor 1990)
	attempts uint32
	done     uint32 // of these, how many came to an end that only a conversation has
	ports    [4]uint16
	portsN   uint8 // how many of ports are used; more than len(ports) when there were more
	v6       bool
	covered  uint8  // coveredBoth and coveredLost
	flooded  bool   // told, until a window passes in peace
	total    uint64 // attempts since the flood began; valid iff flooded
}

// The measure of a flood: so many attempts within floodWindow of which less
// than one in floodDone ends like a conversation, at few ports or from many
// sources. A scanner of one host is one source at many ports.
const (
	floodAttempts = 1000
	floodDone     = 10
	floodPorts    = 4
	floodSources  = 500
)

type targets struct {
	all     []target
	sets    setCount
	flooded []Flood
}

func newTargets(bytes int64) targets {
	n := tableSize(bytes, targetSize)
	return targets{all: make([]target, n), sets: setCount(n / ways), flooded: make([]Flood, 0, floodsMax)}
}

// Flood is what a target suffers.
type Flood struct {
	Addr        [16]byte // as in decode.Packet
	V6          bool
	Scope       uint8
	Method      Method
	First, Last int64 // ns
	Attempts    uint64
	Sources     int // estimated
	Ports       []uint16
}

func (t *targets) find(hash uint64) *target {
	set := t.all[t.sets.of(hash):][:ways]
	for i := range set {
		if set[i].hash == hash {
			return &set[i]
		}
	}
	return nil
}

// take gives an entry to a new target: that of the set with the fewest attempts.
func (t *targets) take(hash uint64) *target {
	set := t.all[t.sets.of(hash):][:ways]
	best := &set[0]
	for i := range set {
		if set[i].attempts < best.attempts {
			best = &set[i]
		}
	}
	*best = target{hash: hash}
	return best
}

// attempt counts a packet that wants something of dst.
func (t *Tracker) attempt(f *flow, m Method, port uint16) {
	h := t.hash.addr(&f.p.Dst, t.scope) | 1
	e := t.targets.find(h)
	if e == nil {
		e = t.targets.take(h)
		e.addr, e.v6, e.begin = f.p.Dst, f.p.V6, t.now
	}
	if t.now-e.begin > int64(floodWindow) {
		e.restart(t.now)
	}
	e.attempts++
	e.total++
	e.last = t.now
	e.port(port)
	src := t.hash.addr(&f.p.Src, t.scope)
	e.sources[src>>62] |= 1 << (src >> 56 & 63)
	if e.attempts >= floodAttempts && !e.flooded && e.flood() && len(t.targets.flooded) < cap(t.targets.flooded) {
		e.flooded, e.total = true, uint64(e.attempts)
		t.targets.flooded = append(t.targets.flooded, e.tell(t.scope, m))
	}
}

func (e *target) restart(now int64) {
	e.flooded = e.flooded && e.attempts >= floodAttempts && now-e.last < int64(floodWindow)
	e.begin, e.attempts, e.done, e.portsN, e.sources = now, 0, 0, 0, [4]uint64{}
}

func (e *target) port(p uint16) {
	for i := range min(int(e.portsN), len(e.ports)) {
		if e.ports[i] == p {
			return
		}
	}
	if int(e.portsN) < len(e.ports) {
		e.ports[e.portsN] = p
	}
	e.portsN = min(e.portsN, 254) + 1
}

func (e *target) flood() bool {
	return e.done*floodDone < e.attempts && (e.portsN <= floodPorts || e.count() >= floodSources)
}

// count estimates the number of sources; 256 bits do for about 1,400.
func (e *target) count() int {
	zero := 256
	for _, w := range e.sources {
		zero -= bits.OnesCount64(w)
	}
	return int(-256 * math.Log(max(float64(zero), .5)/256))
}

func (e *target) tell(scope uint8, m Method) Flood {
	n := min(int(e.portsN), len(e.ports))
	return Flood{
		Addr: e.addr, V6: e.v6, Scope: scope, Method: m, First: e.begin, Last: e.last,
		Attempts: uint64(e.attempts), Sources: e.count(), Ports: append([]uint16(nil), e.ports[:n]...),
	}
}

// ended counts the end of a conversation with the target of a contact.
func (t *Tracker) ended(dst *[16]byte) {
	if e := t.targets.find(t.hash.addr(dst, t.scope) | 1); e != nil {
		e.done++
	}
}

// Refresh brings what is known of a flood up to date.
func (t *Tracker) Refresh(f *Flood) {
	e := t.targets.find(t.hash.addr(&f.Addr, f.Scope) | 1)
	if e == nil || !e.flooded {
		return
	}
	f.Last, f.Attempts, f.Sources = e.last, e.total, max(f.Sources, e.count())
}

// Floods calls f for every flood that began since the last call.
func (t *Tracker) Floods(f func(Flood)) {
	for _, x := range t.targets.flooded {
		f(x)
	}
	t.targets.flooded = t.targets.flooded[:0]
}
