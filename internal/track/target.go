package track

import (
	"math"
	"math/bits"
)

// target counts what comes at one address, to tell floods from scans.
type target struct {
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
	flood    uint8  // place of its flood + 1, 0 for none
	odd      uint32 // of the attempts, how many look forged
}

type targets struct {
	all    []target
	tags   tags
	floods [floodsMax]Flood
	number uint32 // of the newest flood
	told   uint32 // number of the newest flood that was told
	active int    // targets that are flooded
}

func newTargets(bytes int64) targets {
	t := newTags(bytes, targetSize)
	return targets{all: make([]target, len(t.all)), tags: t}
}

func (t *targets) find(hash uint64) *target {
	if i := t.tags.find(hash); i >= 0 {
		return &t.all[i]
	}
	return nil
}

// take gives an entry to a new target: that of the set with the fewest attempts.
func (t *targets) take(hash uint64) *target {
	i := t.tags.free(hash)
	if i < 0 {
		i = t.quietest(t.tags.set(hash))
		t.end(&t.all[i])
	}
	t.tags.put(i, hash)
	t.all[i] = target{}
	return &t.all[i]
}

func (t *targets) quietest(base int) int {
	best := base
	for i := base + 1; i < base+ways; i++ {
		if t.all[i].attempts < t.all[best].attempts {
			best = i
		}
	}
	return best
}

// attempt counts a packet that wants something of a target; odd says that it
// looks forged. It tells whether the packet is part of a flood.
func (t *Tracker) attempt(f *flow, m Method, port uint16, odd bool) (covered bool) {
	if t.drilling() {
		return false // a dozen probes are no flood, and no host was contacted
	}
	e := t.targets.find(f.dst)
	if e == nil {
		e = t.targets.take(f.dst)
		e.addr, e.v6, e.begin = f.p.Dst, f.p.V6, t.now
	}
	if t.now-e.begin > int64(floodWindow) {
		t.targets.restart(e, t.now)
	}
	e.attempts++
	e.last = t.now
	if odd {
		e.odd++
	}
	src := t.hash.mix(f.src, 1) // as hasher.host
	if e.flood != 0 {
		x := &t.targets.floods[e.flood-1]
		class := t.loadOf(port)
		x.attempt(class, src, t.now)
		return x.under(class) && (odd || e.odd*2 <= e.attempts) && !(odd && t.isBold(f))
	}
	e.port(port)
	e.sources[src>>62] |= 1 << (src >> 56 & 63)
	if e.floods() {
		t.targets.begin(e, t.scope, m)
	}
	return false
}

// restart begins a new window. A flood ends with one that was peaceful.
func (t *targets) restart(e *target, now int64) {
	if e.flood != 0 && (e.attempts < floodAttempts || now-e.last >= int64(floodWindow)) {
		t.end(e)
	}
	e.begin, e.attempts, e.done, e.odd = now, 0, 0, 0
	if e.flood != 0 {
		t.floods[e.flood-1].fade()
	} else {
		e.portsN, e.sources = 0, [4]uint64{}
	}
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

// count estimates the number of sources; 256 bits do for about 1,400.
func (e *target) count() int {
	zero := 256
	for _, w := range e.sources {
		zero -= bits.OnesCount64(w)
	}
	return int(-256 * math.Log(max(float64(zero), .5)/256))
}

// odd notes that an attempt at a target looks forged after all.
func (t *Tracker) odd(dst *[16]byte) {
	if e := t.targets.find(t.hash.addr(dst, t.scope)); e != nil {
		e.odd++
	}
}

// ended counts the end of a conversation with the target of a contact.
func (t *Tracker) ended(dst *[16]byte) {
	if e := t.targets.find(t.hash.addr(dst, t.scope)); e != nil {
		e.done++
	}
}
