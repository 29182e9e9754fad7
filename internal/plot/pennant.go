package plot

import (
	"image/color"
	"slices"
	"strconv"
)

// pennant stands above the plot where alarms opened. Alarms that are too close
// together share one.
type pennant struct {
	x, width    float64
	first, last int // numbers
	colour      color.RGBA
}

const (
	pennantSize   = 11
	pennantHeight = 15
	pennantTop    = plotTop - pennantHeight - 5
)

func (f *pennant) text() string {
	if f.first == f.last {
		return strconv.Itoa(f.first)
	}
	return strconv.Itoa(f.first) + "-" + strconv.Itoa(f.last)
}

func (f *pennant) fit() {
	f.width = float64(len(f.text()))*pennantSize*advance + 8
	f.x = min(max(f.x, plotLeft+f.width/2), plotRight-f.width/2)
}

// colourOf returns the colour of a mark: that of its source.
func (pic *picture) colourOf(m *mark) color.RGBA {
	for i := range pic.entries {
		if m.layer != otherTraffic && slices.Contains(pic.entries[i].layers, m.layer) {
			return pic.entries[i].colour
		}
	}
	return black
}

func (pic *picture) markX(m *mark) float64 { return plotLeft + pic.span.x(m.at)*plotWidth }

// stems draws a line through the plot for each alarm with a number, and a notch
// at its upper edge for each other.
func (pic *picture) stems(c canvas) {
	for i := range pic.marks {
		m := &pic.marks[i]
		x, bottom := pic.markX(m), float64(plotBottom)
		if m.number == 0 {
			bottom = plotTop + 8
		}
		c.line(x, plotTop-5, x, bottom, 0.8, pic.colourOf(m))
	}
}

// pennants draws the numbers.
func (pic *picture) pennants(c canvas) {
	for _, f := range pic.placed() {
		c.box(f.x-f.width/2, pennantTop, f.width, pennantHeight, white, f.colour)
		c.text(f.x, pennantTop+pennantHeight-4, pennantSize, middle, ink, f.text())
	}
}

// placed joins pennants until none touches the next.
func (pic *picture) placed() []pennant {
	var list []pennant
	for i := range pic.marks {
		m := &pic.marks[i]
		if m.number == 0 {
			continue
		}
		f := pennant{x: pic.markX(m), first: m.number, last: m.number, colour: pic.colourOf(m)}
		f.fit()
		for len(list) > 0 && touches(&list[len(list)-1], &f) {
			f = join(&list[len(list)-1], &f)
			list = list[:len(list)-1]
		}
		list = append(list, f)
	}
	return list
}

func touches(a, b *pennant) bool { return b.x-b.width/2 < a.x+a.width/2+3 }

func join(a, b *pennant) pennant {
	f := pennant{x: (a.x + b.x) / 2, first: a.first, last: b.last, colour: a.colour}
	if a.colour != b.colour {
		f.colour = black
	}
	f.fit()
	return f
}
