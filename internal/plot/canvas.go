package plot

import (
	"image/color"
	"math"
)

// canvas is what a picture is drawn on. Coordinates are pixels of an SVG, from
// the upper left; y is the base line for text.
type canvas interface {
	// box fills a rectangle and draws its border.
	box(x, y, w, h float64, fill, border color.RGBA)
	// run fills whole pixels; many of one colour and height come in a row.
	run(x, y, w, h int, c color.RGBA)
	// dot draws a series' mark of radius r; many of one look come in a row.
	dot(s shape, x, y, r float64, c color.RGBA)
	line(x0, y0, x1, y1, width float64, c color.RGBA)
	text(x, y, size float64, a anchor, c color.RGBA, s string)
}

// anchor says which point of a text is given.
type anchor uint8

const (
	start anchor = iota
	middle
	end
)

// advance is the width of a character, as a share of the size: that of all
// common monospaced fonts, or a little more.
const advance = 0.602

// shape is a convex polygon around the origin, clockwise; without corners it is
// the circle of radius 1.
type shape [][2]float64

func (sh shape) round() bool { return len(sh) == 0 }

// The shapes tell series apart where colours do not: in grey print, and for
// those who see colours otherwise.
var (
	circle   = shape{}
	square   = shape{{-0.85, -0.85}, {0.85, -0.85}, {0.85, 0.85}, {-0.85, 0.85}}
	diamond  = shape{{0, -1.25}, {1.1, 0}, {0, 1.25}, {-1.1, 0}}
	triangle = shape{{0, -1.2}, {1.15, 0.9}, {-1.15, 0.9}}
	wedge    = shape{{-1.15, -0.9}, {1.15, -0.9}, {0, 1.2}}
	bar      = shape{{-0.5, -1.3}, {0.5, -1.3}, {0.5, 1.3}, {-0.5, 1.3}}
)

// style is how a series is drawn.
type style struct {
	colour color.RGBA
	shape  shape
}

// styles are for series, in the order of their rank. The colours are those of
// Okabe and Ito ("Color Universal Design", 2008) that show on white: all but
// yellow, and black, which is for other sources with alarms.
var styles = [coloursMax]style{
	{rgb(0x0072b2), circle},   // blue
	{rgb(0xd55e00), square},   // vermilion
	{rgb(0x009e73), triangle}, // green
	{rgb(0xcc79a7), diamond},  // purple
	{rgb(0xe69f00), wedge},    // orange
	{rgb(0x56b4e9), bar},      // sky
}

var (
	alarmedStyle = style{black, circle}
	trafficStyle = style{rgb(0x8a8a8a), circle}

	black  = rgb(0x2b2b2b) // of alarms without a colour: softer than text would be
	ink    = rgb(0x222222) // text
	faint  = rgb(0x666666) // text that matters less; 5.7:1 on white
	ruling = rgb(0xe4e4e4)
	frame  = rgb(0x999999)
	white  = rgb(0xffffff)
)

func rgb(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// mixed returns a colour with as much of it as part says, the rest white.
func mixed(c color.RGBA, part float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(255 - (255-float64(v))*part)) }
	return color.RGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 0xff}
}
