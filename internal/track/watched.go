package track

// Watched is a set of services of which every single probe is told. Its zero
// value is empty.
type Watched struct{ tcp, udp [65536 / 64]uint64 }

// AddTCP and AddUDP add the ports from first to last.
func (w *Watched) AddTCP(first, last uint16) { add(&w.tcp, first, last) }

// AddUDP adds the ports from first to last.
func (w *Watched) AddUDP(first, last uint16) { add(&w.udp, first, last) }

func add(set *[1024]uint64, first, last uint16) {
	for p := int(first); p <= int(last); p++ {
		set[p/64] |= 1 << (p % 64)
	}
}

func (t *Tracker) watchedTCP(port uint16) bool {
	return t.cfg.Watched != nil && t.cfg.Watched.tcp[port/64]&(1<<(port%64)) != 0
}

func (t *Tracker) watchedUDP(port uint16) bool {
	return t.cfg.Watched != nil && t.cfg.Watched.udp[port/64]&(1<<(port%64)) != 0
}
