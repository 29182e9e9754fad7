package plot

import (
	"math"
	"slices"
)

// spot is where a mark of a series is drawn.
type spot struct{ x, y float64 }

// dots draws the entries that have few bins, a mark for each; those with the
// fewest above all others.
func (pic *picture) dots(c canvas) {
	pic.inTurn(c)
	pic.aside(c)
}

func (e *entry) draw(c canvas, at []spot) {
	if e.cells <= rimMax {
		for _, s := range at {
			c.dot(e.shape, s.x, s.y, e.radius()+0.7, white)
		}
	}
	for _, s := range at {
		c.dot(e.shape, s.x, s.y, e.radius(), e.colour)
	}
}

// stepsAside tells whether an entry's marks are so few that each must be seen.
func (e *entry) stepsAside() bool { return e.cells <= fewMax && !e.isTraffic() }

// inTurn draws the entries of many marks. Where an entry has taken a bin, one of
// higher rank covers it only when it is its turn.
func (pic *picture) inTurn(c canvas) {
	taken := make([]bool, int(rows)*pic.groups())
	for i := range pic.entries {
		e := &pic.entries[i]
		if e.dense() || e.stepsAside() {
			continue
		}
		var list []spot
		pic.each(e, func(g int, r row) {
			at := int(r)*pic.groups() + g
			if !taken[at] || turn(i, g, r) {
				list = append(list, pic.spot(g, r))
			}
			taken[at] = true
		})
		e.draw(c, list)
	}
}

// aside draws the entries of few marks, the first by rank first: a mark that
// would hide one of another's steps to the right of it.
func (pic *picture) aside(c canvas) {
	var others []spot
	for i := range slices.Backward(pic.entries) {
		e := &pic.entries[i]
		if !e.stepsAside() {
			continue
		}
		var list []spot
		pic.each(e, func(g int, r row) {
			list = append(list, pic.spot(g, r).aside(others, 2*e.radius()))
		})
		e.draw(c, list)
		others = append(others, list...)
	}
}

// aside returns the first place to the right where a mark is clear of others.
func (s spot) aside(others []spot, distance float64) spot {
	for range coloursMax {
		if !slices.ContainsFunc(others, func(o spot) bool {
			return math.Abs(s.x-o.x) < 0.75*distance && math.Abs(s.y-o.y) < 0.75*distance
		}) {
			break
		}
		s.x = min(s.x+distance, plotRight)
	}
	return s
}

// spot returns the middle of a bin.
func (pic *picture) spot(g int, r row) spot {
	y, h := r.place()
	return spot{float64(pic.edgeX(g)+pic.edgeX(g+1)) / 2, float64(y) + float64(h)/2}
}

// each calls fn for each bin of an entry that is not empty.
func (pic *picture) each(e *entry, fn func(g int, r row)) {
	counts := make([]uint32, pic.groups())
	for r := range rows {
		if !pic.read(e, r, counts) {
			continue
		}
		for g, n := range counts {
			if n > 0 {
				fn(g, r)
			}
		}
	}
}

// radius returns how large the marks of an entry are: the fewer the larger.
func (e *entry) radius() float64 {
	switch {
	case e.cells <= fewMax:
		return 4
	case e.cells <= rimMax:
		return 3
	}
	return 2.2
}
