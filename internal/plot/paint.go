package plot

// The geometry of the picture, in pixels of the SVG.
const (
	width      = 1156
	plotLeft   = 76
	plotTop    = 84
	plotWidth  = 1024
	plotHeight = 2 * portRows
	plotRight  = plotLeft + plotWidth
	plotBottom = plotTop + plotHeight

	stripTop    = plotBottom + 8
	stripHeight = 18 // of each band
	stripBottom = stripTop + stripHeight*(int(bands)-1)

	legendTop  = stripBottom + 62
	lineHeight = 18
)

// place returns the upper edge and the height of a row.
func (r row) place() (y, h int) {
	if r < portRows {
		return plotBottom - 2*int(r) - 2, 2
	}
	return stripTop + int(r-portRows)*stripHeight + 3, stripHeight - 6
}

// edgeX returns the pixel where the nth group of columns begins.
func (pic *picture) edgeX(n int) int {
	at := pic.grid.edge(min(n*pic.step, pic.grid.bins()))
	return plotLeft + int(pic.span.x(at)*plotWidth+0.5)
}

// density draws the entries that have too many bins for marks. Each bin has one
// colour: that of the series with the most points in it. Where several have as
// many, as decoys have, they take turns.
func (pic *picture) density(c canvas) {
	n := pic.groups()
	looks := make([]uint8, int(rows)*n) // entry × levels + level; 0 for nothing
	counts, most := make([]uint32, n), make([]uint32, n)
	for r := range rows {
		clear(most)
		line := looks[int(r)*n:][:n]
		for i := range pic.entries {
			e := &pic.entries[i]
			if !e.dense() || !pic.read(e, r, counts) {
				continue
			}
			for g, v := range counts {
				if v == 0 || v < most[g] || v == most[g] && !turn(i, g, r) {
					continue
				}
				line[g] = uint8(i*levels + e.level(v))
				if e.layers[0] != otherTraffic {
					most[g] = v // any series covers other traffic
				}
			}
		}
	}
	pic.paint(c, looks, n)
}

// turn tells whether the ith entry may cover another that has as much of a bin:
// in every other patch of 4 by 4, which is large enough to be seen.
func turn(i, g int, r row) bool { return (g/4+int(r)/4+i)%2 == 0 }

// paint draws one look after the other, so that each is one path.
func (pic *picture) paint(c canvas, looks []uint8, n int) {
	edges := make([]int, n+1)
	for g := range edges {
		edges[g] = pic.edgeX(g)
	}
	for look := uint8(1); int(look) <= len(pic.entries)*levels; look++ {
		e := &pic.entries[(look-1)/levels]
		if !e.dense() {
			continue
		}
		colour := e.shade(int(look-1)%levels + 1)
		for r := range rows {
			y, h := r.place()
			for g := 0; g < n; g++ {
				from := g
				for g < n && looks[int(r)*n+g] == look {
					g++
				}
				if g > from {
					c.run(edges[from], y, max(edges[g]-edges[from], 2), h, colour)
				}
			}
		}
	}
}

// dots draws the entries that have few bins, a mark for each. Where a bin has
// marks of several they take turns, too.
func (pic *picture) dots(c canvas) {
	taken := make([]bool, int(rows)*pic.groups())
	for i := range pic.entries {
		e := &pic.entries[i]
		if e.dense() {
			continue
		}
		free := func(g int, r row) bool { return !taken[int(r)*pic.groups()+g] || turn(i, g, r) }
		if e.cells <= rimMax {
			pic.marksOf(e, free, func(x, y float64) { c.dot(e.shape, x, y, e.radius()+0.7, white) })
		}
		pic.marksOf(e, free, func(x, y float64) { c.dot(e.shape, x, y, e.radius(), e.colour) })
		pic.take(e, taken)
	}
}

// marksOf calls draw for each bin of an entry that want agrees to.
func (pic *picture) marksOf(e *entry, want func(g int, r row) bool, draw func(x, y float64)) {
	pic.each(e, func(g int, r row) {
		if y, h := r.place(); want(g, r) {
			draw(float64(pic.edgeX(g)+pic.edgeX(g+1))/2, float64(y)+float64(h)/2)
		}
	})
}

func (pic *picture) take(e *entry, taken []bool) {
	pic.each(e, func(g int, r row) { taken[int(r)*pic.groups()+g] = true })
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
	case e.cells <= 100:
		return 4
	case e.cells <= rimMax:
		return 3
	}
	return 2.2
}
