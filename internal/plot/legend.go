package plot

import (
	"slices"
	"strconv"

	"klaxon/internal/render"
)

// The columns of the legend and of the list of alarms below it.
const (
	legendMark   = plotLeft + 6
	legendLabel  = plotLeft + 20
	legendPoints = plotLeft + 470 // the right edge of the numbers
	legendWhat   = plotLeft + 500

	listNumber = plotLeft + 6
	listTime   = plotLeft + 20
	listRank   = plotLeft + 190
	listWho    = plotLeft + 260
	listWhat   = plotLeft + 590
	listExtent = plotLeft + 810
	listSize   = 11
)

// legend tells which colour is whose, the first by rank first, and the alarms in
// words.
func (pic *picture) legend(c canvas) {
	y := float64(legendTop)
	if len(pic.entries) > 0 {
		c.text(legendLabel, y, 12, start, faint, "source")
		c.text(legendPoints, y, 12, end, faint, "points")
		c.text(legendWhat, y, 12, start, faint, pic.hint())
	}
	for i := range slices.Backward(pic.entries) {
		e := &pic.entries[i]
		y += lineHeight
		c.dot(e.shape, legendMark, y-4, 4.5, e.colour)
		c.text(legendLabel, y, 12, start, ink, e.label)
		c.text(legendPoints, y, 12, end, ink, render.Grouped(e.points))
		c.text(legendWhat, y, 12, start, ink, e.what)
	}
	if len(pic.marks) > 0 {
		pic.list(c, y+2*lineHeight)
	}
}

func (pic *picture) hint() string {
	for i := range pic.entries {
		if pic.entries[i].dense() {
			return "scan (darker: more points)"
		}
	}
	return "scan"
}

func (pic *picture) list(c canvas, y float64) {
	heads := []struct {
		x    float64
		text string
	}{{listTime, "alarm at (UTC)"}, {listRank, "severity"}, {listWho, "source"}, {listWhat, "scan"}, {listExtent, "extent"}}
	for _, h := range heads {
		c.text(h.x, y, listSize, start, faint, h.text)
	}
	for i := range pic.marks {
		m := &pic.marks[i]
		if m.number == 0 {
			continue
		}
		y += lineHeight
		pic.item(c, y, m)
	}
	if more := pic.unmarked + uint64(len(pic.marks)-pic.listed); more > 0 {
		c.text(listTime, y+lineHeight, listSize, start, faint, "and "+counted(more, "more alarm")+" of no greater severity")
	}
}

func (pic *picture) item(c canvas, y float64, m *mark) {
	f := pennant{x: listNumber, first: m.number, last: m.number}
	c.box(listNumber-10, y-11, 20, pennantHeight-1, white, pic.colourOf(m))
	c.text(listNumber, y, listSize, middle, ink, f.text())
	c.text(listTime, y, listSize, start, ink, stamp(m.at, pic.span.layout()))
	c.text(listRank, y, listSize, start, ink, strconv.Itoa(m.severity))
	c.text(listWho, y, listSize, start, ink, m.who)
	c.text(listWhat, y, listSize, start, ink, m.what)
	c.text(listExtent, y, listSize, start, ink, m.extent)
}
