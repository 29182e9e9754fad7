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
				if !e.isTraffic() {
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
