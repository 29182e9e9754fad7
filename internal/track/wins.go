package track

// winBuckets is how many classes of services the successes of a source are
// counted in. A history keeps what is evidence and forgets the rest, so that its
// services would look worse than they are.
const winBuckets = 8

// Wins is how often a source succeeded with a service, at most: others may be in
// its class. The classes differ from source to source, lest a scanner pads its
// probes with successes of the same class.
func (s *Source) Wins(port uint16) int { return int(s.wins[s.bucket(port)]) }

func (s *Source) bucket(port uint16) uint16 { return (port ^ s.salt) * 0x9e37 >> 13 % winBuckets }

// win adds n, which may be -1, to the successes with a service.
func (s *Source) win(port uint16, n uint32) {
	w := &s.wins[s.bucket(port)]
	switch {
	case int32(n) > 0 && *w < 1<<16-1:
		*w++
	case int32(n) < 0 && *w > 0:
		*w--
	}
}
