package track

// Coverage tells how much of the traffic is seen, counted in the hosts that
// were contacted, as far as they are remembered.
type Coverage struct {
	Both  int // their answers were seen
	One   int // they answered, as later packets show, but the answers take another way
	Never int // no sign of an answer: silent, asleep, or not there
}

// What is known of a target's answers, as bits.
const (
	coveredBoth = 1 << iota
	coveredLost
)

// contacted remembers a target that attempt does not count.
func (t *Tracker) contacted(b *start) {
	if h := t.hash.addr(b.dst, t.scope); !t.drilling() && t.targets.find(h) == nil {
		e := t.targets.take(h)
		e.addr, e.v6, e.begin = *b.dst, b.v6, t.now
	}
}

func (t *Tracker) covered(target *[16]byte, bit uint8) {
	if target == nil {
		return
	}
	if e := t.targets.find(t.hash.addr(target, t.scope)); e != nil {
		e.covered |= bit
	}
}

// Coverage sums up the hosts that are remembered.
func (t *Tracker) Coverage() (c Coverage) {
	for i := range t.targets.all {
		switch e := &t.targets.all[i]; {
		case t.targets.tags.all[i] == 0:
		case e.covered&coveredBoth != 0:
			c.Both++
		case e.covered&coveredLost != 0:
			c.One++
		default:
			c.Never++
		}
	}
	return c
}
