package plot

import (
	"cmp"
	"image/color"
	"math"
	"slices"
)

// picture is a Plot made ready to be drawn, the same for every canvas.
type picture struct {
	grid     *grid
	title    string
	subtitle string
	span     span
	entries  []entry // in the order of drawing: other traffic, other alarmed, then series, the first of rank last
	step     int     // columns drawn as one
	marks    []mark  // by time
	unmarked uint64  // alarms without a mark
	listed   int     // marks with a number
}

// entry is a line of the legend and what is drawn for it.
type entry struct {
	style
	lightest float64 // share of the colour in its lightest shade
	label    string
	what     string
	points   uint64
	layers   []layer
	cells    int    // bins that are not empty
	peak     uint32 // the most in one of them
}

// dense tells whether an entry is drawn as density.
func (e *entry) dense() bool { return e.cells > dotsMax }

func (e *entry) isTraffic() bool { return e.layers[0] == otherTraffic }

func (p *Plot) picture() *picture {
	pic := &picture{grid: p.grid, title: p.title, step: 1, marks: slices.Clone(p.marks)}
	if pic.title == "" {
		pic.title = "ports against time"
	}
	pic.entries = p.entries()
	pic.rank(p.index)
	pic.unmarked = p.alarms - min(p.alarms, uint64(len(pic.marks)))
	pic.span = p.span()
	pic.measure()
	pic.subtitle = p.subtitle(pic.span.layout())
	return pic
}

// rank finds the entry of each mark and gives a number to the alarms that are
// told in words: the most severe, of sources with a colour first, counted by
// time.
func (pic *picture) rank(index map[key]layer) {
	for i := range pic.marks {
		if m := &pic.marks[i]; m.sourced {
			m.layer = index[m.key]
		}
	}
	slices.SortFunc(pic.marks, func(a, b mark) int {
		return cmp.Or(b.severity-a.severity, pic.entryOf(b.layer)-pic.entryOf(a.layer), byTime(a, b))
	})
	pic.listed = min(len(pic.marks), listMax)
	slices.SortFunc(pic.marks[:pic.listed], byTime)
	for i := range pic.marks[:pic.listed] {
		pic.marks[i].number = i + 1
	}
	slices.SortFunc(pic.marks, byTime)
}

// entryOf returns the place of a layer's entry, 0 for other traffic.
func (pic *picture) entryOf(l layer) int {
	return max(0, slices.IndexFunc(pic.entries, func(e entry) bool { return slices.Contains(e.layers, l) }))
}

// entries ranks the series and gives the first their colours.
func (p *Plot) entries() []entry {
	list := []entry{
		{style: trafficStyle, lightest: 0.3, label: "other traffic", layers: []layer{otherTraffic}},
		{style: alarmedStyle, lightest: 0.5, label: "other sources with alarms", layers: []layer{otherAlarmed}},
	}
	ranked := p.ranked()
	for len(ranked) > coloursMax {
		last := len(ranked) - 1
		list[1].layers = append(list[1].layers, ranked[last])
		ranked = ranked[:last]
	}
	for i, l := range slices.Backward(ranked) {
		list = append(list, entry{
			style: styles[i], lightest: 0.55, label: p.series[l].label, what: p.series[l].what, layers: []layer{l},
		})
	}
	for i := range list {
		for _, l := range list[i].layers {
			list[i].points += p.totals[l]
		}
	}
	return slices.DeleteFunc(list, func(e entry) bool { return e.points == 0 && e.what == "" })
}

// ranked returns the series, the most severe first, then those with the most
// points.
func (p *Plot) ranked() []layer {
	var list []layer
	for l := firstSeries; l < layers; l++ {
		if p.series[l].alarms > 0 {
			list = append(list, l)
		}
	}
	slices.SortStableFunc(list, func(a, b layer) int {
		return cmp.Or(cmp.Compare(p.series[b].severity, p.series[a].severity), cmp.Compare(p.totals[b], p.totals[a]))
	})
	return list
}

func (p *Plot) span() span {
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	if p.grid.any {
		from, to = p.grid.edge(0), p.grid.edge(p.grid.bins())
	}
	for i := range p.marks {
		from, to = min(from, p.marks[i].at), max(to, p.marks[i].at)
	}
	if from > to {
		return around(0, 0)
	}
	return around(from, to)
}

func (p *Plot) subtitle(layout string) string {
	var points uint64
	for _, n := range p.totals {
		points += n
	}
	text := counted(points, "point") + ", " + counted(p.alarms, "alarm")
	if points > 0 {
		text += ", " + stamp(p.grid.first, layout) + " to " + stamp(p.grid.last, layout) + " UTC"
	}
	return text
}

// edge returns the time where the nth bin in use begins.
func (g *grid) edge(n int) int64 {
	b := g.lo + int64(n)
	if b > math.MaxInt64>>g.shift {
		return math.MaxInt64
	}
	return b << g.shift
}

// measure counts the bins of each entry and chooses how many columns are drawn
// as one.
func (pic *picture) measure() {
	for {
		dense := 0
		for i := range pic.entries {
			e := &pic.entries[i]
			pic.measureEntry(e)
			if e.dense() {
				dense += e.cells
			}
		}
		if dense <= cellsMax || pic.step >= columns/4 {
			return
		}
		pic.step *= 2
	}
}

func (pic *picture) measureEntry(e *entry) {
	e.cells, e.peak = 0, 0
	counts := make([]uint32, pic.groups())
	for r := range rows {
		if !pic.read(e, r, counts) {
			continue
		}
		for _, n := range counts {
			if n > 0 {
				e.cells++
				e.peak = max(e.peak, n)
			}
		}
	}
}

// groups is how many columns are drawn.
func (pic *picture) groups() int { return (pic.grid.bins() + pic.step - 1) / pic.step }

// read fills counts with a row of an entry; false when the row is empty.
func (pic *picture) read(e *entry, r row, counts []uint32) bool {
	clear(counts)
	any := false
	for _, l := range e.layers {
		if pic.grid.used[l][r] {
			pic.grid.read(l, r, pic.step, counts)
			any = true
		}
	}
	return any
}

// level tells which shade a count has.
func (e *entry) level(n uint32) int {
	if e.peak <= 1 {
		return levels
	}
	return 1 + int(math.Round((levels-1)*math.Log(float64(n))/math.Log(float64(e.peak))))
}

// shade returns the colour of a level. The less counts differ, the less shades
// do, so that a thin series is not a pale one.
func (e *entry) shade(level int) color.RGBA {
	depth := (1 - e.lightest) * min(math.Log2(float64(e.peak))/levels, 1)
	return mixed(e.colour, 1-depth*float64(levels-level)/(levels-1))
}
