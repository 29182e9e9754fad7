package plot

import "math"

// layer numbers the counts of one series. otherTraffic and otherAlarmed are for
// what has no series of its own.
type layer uint8

const (
	otherTraffic layer = iota
	otherAlarmed
	firstSeries
	layers = firstSeries + seriesMax
)

// grid counts points by layer, row and column. A column is a bin of time, 2^shift
// ns wide; bin b stands in column b modulo columns, so that the range may grow to
// either side without moving anything.
type grid struct {
	shift       uint
	lo, hi      int64 // bins in use; valid, as are the times, when any is set
	first, last int64 // times
	any         bool
	counts      []uint16 // they saturate: what is told of them is their shade
	used        [layers][rows]bool
}

func newGrid() *grid {
	return &grid{shift: shiftMin, counts: make([]uint16, int(layers)*int(rows)*columns)}
}

// line returns the counts of one row of a layer.
func (g *grid) line(l layer, r row) *[columns]uint16 {
	at := (int(l)*int(rows) + int(r)) * columns
	return (*[columns]uint16)(g.counts[at : at+columns])
}

func (g *grid) add(l layer, r row, at int64) {
	b := at >> g.shift
	if !g.any || b < g.lo || b > g.hi {
		g.reach(at)
		b = at >> g.shift
	}
	g.first, g.last = min(g.first, at), max(g.last, at)
	g.used[l][r] = true
	if n := &g.line(l, r)[b&(columns-1)]; *n < math.MaxUint16 {
		*n++
	}
}

// move takes a point that was counted in one layer to another.
func (g *grid) move(from, to layer, r row, at int64) {
	n := &g.line(from, r)[(at>>g.shift)&(columns-1)]
	if *n > 0 && *n < math.MaxUint16 {
		*n--
	}
	g.add(to, r, at)
}

// reach makes room for a time, doubling the width as often as it takes.
func (g *grid) reach(at int64) {
	b := at >> g.shift
	if !g.any {
		g.lo, g.hi, g.first, g.last, g.any = b, b, at, at, true
		return
	}
	lo, hi, by := min(g.lo, b), max(g.hi, b), uint(0)
	for uint64(hi>>by)-uint64(lo>>by) >= columns {
		by++
	}
	if by > 0 {
		g.widen(by)
	}
	g.lo, g.hi = lo>>by, hi>>by
}

// widen adds up 2^by neighbouring columns.
func (g *grid) widen(by uint) {
	for l := range layers {
		for r := range rows {
			if g.used[l][r] {
				g.widenLine(g.line(l, r), by)
			}
		}
	}
	g.shift += by
}

func (g *grid) widenLine(line *[columns]uint16, by uint) {
	old := *line
	clear(line[:])
	for b := g.lo; b <= g.hi; b++ {
		n := &line[(b>>by)&(columns-1)]
		*n = sum(*n, old[b&(columns-1)])
	}
}

// fold adds one layer to another and empties it.
func (g *grid) fold(from, to layer) {
	for r := range rows {
		if !g.used[from][r] {
			continue
		}
		source, target := g.line(from, r), g.line(to, r)
		for i, n := range source {
			target[i] = sum(target[i], n)
		}
		clear(source[:])
		g.used[from][r], g.used[to][r] = false, true
	}
}

func sum(a, b uint16) uint16 { return uint16(min(uint32(a)+uint32(b), math.MaxUint16)) }

// read adds the counts of a row of a layer to out, in groups of step columns
// from the first in use on.
func (g *grid) read(l layer, r row, step int, out []uint32) {
	if !g.used[l][r] {
		return
	}
	line := g.line(l, r)
	for b := g.lo; b <= g.hi; b++ {
		out[int(b-g.lo)/step] += uint32(line[b&(columns-1)])
	}
}

// bins returns how many columns are in use.
func (g *grid) bins() int {
	if !g.any {
		return 0
	}
	return int(g.hi-g.lo) + 1
}
