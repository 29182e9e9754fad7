package wire

// losses turns counts of lost frames into the share that was lost of late. It
// depends on nothing but its calls, so that a recording gives the same.
type losses struct {
	totals []uint64 // by interface
	since  uint64   // frames that came since the window began
	at     int64    // when the window ended, which is also when the next begins
	came   uint64   // frames in the window that ended at at
	lost   uint64
	faded  float64 // what is left of earlier losses at at
	share  float64
}

// total is what was told of an interface last.
func (l *losses) total(iface int) uint64 {
	if iface < len(l.totals) {
		return l.totals[iface]
	}
	return 0
}

// told takes an interface's total at a time, and returns the share. Totals of
// one time belong to one window.
func (l *losses) told(iface int, total uint64, at int64) float64 {
	for len(l.totals) <= iface {
		l.totals = append(l.totals, 0)
	}
	if at != l.at {
		l.faded = max(l.share-float64(at-l.at)/float64(lossFades), 0)
		l.at, l.came, l.since, l.lost = at, l.since, 0, 0
	}
	if total > l.totals[iface] {
		l.lost += total - l.totals[iface]
		l.totals[iface] = total
	}
	l.share = l.faded
	if l.lost > 0 {
		l.share = max(l.share, float64(l.lost)/(float64(l.lost)+float64(l.came)))
	}
	return l.share
}

// due tells whether the totals are to be told: when one has changed, or an
// earlier loss is still fading.
func (l *losses) due(totals func(int) uint64, ifaces int) bool {
	for i := range ifaces {
		if totals(i) > l.total(i) {
			return true
		}
	}
	return l.share > 0
}
