package plot

import "strconv"

// height of the whole picture: it grows with the lines of the legend.
func (pic *picture) height() int {
	lines := 1 + len(pic.entries)
	if len(pic.marks) > 0 {
		lines += 3 + pic.listed
	}
	return legendTop + lines*lineHeight
}

func (pic *picture) draw(c canvas) {
	c.box(0, 0, width, float64(pic.height()), white, white)
	c.text(plotLeft, 30, 17, start, ink, pic.title)
	c.text(plotLeft, 50, 12, start, faint, pic.subtitle)
	pic.ports(c)
	pic.strip(c)
	pic.times(c)
	if pic.grid.any {
		pic.density(c)
		pic.stems(c)
		pic.dots(c)
	} else {
		c.text(plotLeft+plotWidth/2, plotTop+plotHeight/2, 17, middle, faint, "no packet was seen")
	}
	pic.pennants(c)
	pic.legend(c)
}

// ports draws the upper part's frame and the axis of ports.
func (pic *picture) ports(c canvas) {
	c.box(plotLeft, plotTop, plotWidth, plotHeight, white, frame)
	c.text(plotLeft-8, plotTop-10, 12, end, faint, "port")
	for _, port := range portTicks {
		y := plotBottom - portHeight(port)*plotHeight
		c.line(plotLeft-4, y, plotLeft, y, 1, frame)
		if y > plotTop && y < plotBottom {
			c.line(plotLeft, y, plotRight, y, 1, ruling)
		}
		c.text(plotLeft-8, y+4, 12, end, ink, strconv.Itoa(int(port)))
	}
}

// strip draws the frame of the bands without ports.
func (pic *picture) strip(c canvas) {
	c.box(plotLeft, stripTop, plotWidth, float64(stripBottom-stripTop), white, frame)
	for i, name := range [...]string{"icmp", "arp, nd", "protocol"} {
		y := float64(stripTop + i*stripHeight)
		if i > 0 {
			c.line(plotLeft, y, plotRight, y, 1, ruling)
		}
		c.text(plotLeft-8, y+13, 12, end, ink, name)
	}
}

// times draws the axis of time, for both parts.
func (pic *picture) times(c canvas) {
	if !pic.grid.any && len(pic.marks) == 0 {
		return
	}
	for _, t := range pic.span.ticks() {
		x := plotLeft + pic.span.x(t.at)*plotWidth
		c.line(x, plotTop, x, plotBottom, 1, ruling)
		c.line(x, stripTop, x, float64(stripBottom), 1, ruling)
		c.line(x, float64(stripBottom), x, float64(stripBottom)+4, 1, frame)
		c.text(x, float64(stripBottom)+18, 12, middle, ink, t.label)
		if t.date != "" {
			c.text(x, float64(stripBottom)+33, 12, middle, faint, t.date)
		}
	}
}
