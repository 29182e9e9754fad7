package plot

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"
)

// WriteSVG writes the picture as SVG. On an error of w it returns that.
func (p *Plot) WriteSVG(w io.Writer) error {
	pic := p.picture()
	s := &svg{w: bufio.NewWriter(w)}
	s.open(pic)
	pic.draw(s)
	s.finish()
	s.put("</svg>\n")
	return s.w.Flush()
}

// svg is a canvas. Runs and dots of one look share a path, which stays open
// until something else is drawn. Errors stay in the writer until its Flush.
type svg struct {
	w    *bufio.Writer
	path look   // of the open path; zero when none is open
	x, y int    // where the open path stands, for runs
	buf  []byte // for numbers
}

// look is what the parts of a path share.
type look struct {
	colour color.RGBA
	height int // of runs, 0 for dots
}

func (s *svg) put(parts ...string) {
	for _, p := range parts {
		s.w.WriteString(p)
	}
}

func (s *svg) open(pic *picture) {
	s.put(`<?xml version="1.0" encoding="UTF-8"?>`, "\n")
	s.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `, num(width), " ", num(float64(pic.height())),
		`" width="`, num(width), `" height="`, num(float64(pic.height())),
		`" role="img" font-family="ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace">`, "\n<title>")
	s.escape(pic.title)
	s.put("</title>\n<desc>")
	s.escape(pic.subtitle)
	s.put("</desc>\n")
}

// escape writes a text. plain has left nothing but printable ASCII in it.
func (s *svg) escape(text string) {
	_ = xml.EscapeText(s.w, []byte(text)) // the error stays in the writer
}

func (s *svg) box(x, y, w, h float64, fill, border color.RGBA) {
	s.finish()
	s.put(`<rect x="`, num(x), `" y="`, num(y), `" width="`, num(w), `" height="`, num(h),
		`" fill="`, hex(fill), `" stroke="`, hex(border), "\"/>\n")
}

func (s *svg) run(x, y, w, h int, c color.RGBA) {
	if l := (look{c, h}); s.path != l {
		s.finish()
		s.put(`<path fill="none" stroke="`, hex(c), `" stroke-width="`, strconv.Itoa(h), `" shape-rendering="crispEdges" d="M0 `, num(float64(h)/2))
		s.path, s.x, s.y = l, 0, 0
	}
	s.buf = append(s.buf[:0], 'm')
	s.buf = strconv.AppendInt(s.buf, int64(x-s.x), 10)
	if y >= s.y {
		s.buf = append(s.buf, ' ') // a minus sign separates as well
	}
	s.buf = strconv.AppendInt(s.buf, int64(y-s.y), 10)
	s.buf = append(s.buf, 'h')
	s.buf = strconv.AppendInt(s.buf, int64(w), 10)
	s.w.Write(s.buf)
	s.x, s.y = x+w, y
}

func (s *svg) dot(sh shape, x, y, r float64, c color.RGBA) {
	if l := (look{colour: c}); s.path != l {
		s.finish()
		s.put(`<path fill="`, hex(c), `" d="`)
		s.path = l
	}
	if sh.round() {
		s.put("M", num(x-r), " ", num(y))
		s.put("a", num(r), " ", num(r), " 0 1 0 ", num(2*r), " 0a", num(r), " ", num(r), " 0 1 0 ", num(-2*r), " 0z")
		return
	}
	from := "M"
	for _, v := range sh {
		s.put(from, num(x+r*v[0]), " ", num(y+r*v[1]))
		from = "L"
	}
	s.put("z")
}

// finish closes the open path.
func (s *svg) finish() {
	if s.path != (look{}) {
		s.put("\"/>\n")
		s.path = look{}
	}
}

func (s *svg) line(x0, y0, x1, y1, width float64, c color.RGBA) {
	s.finish()
	s.put(`<path stroke="`, hex(c), `" stroke-width="`, num(width), `" d="M`, num(x0), " ", num(y0), "L", num(x1), " ", num(y1), "\"/>\n")
}

func (s *svg) text(x, y, size float64, a anchor, c color.RGBA, text string) {
	s.finish()
	s.put(`<text x="`, num(x), `" y="`, num(y), `" font-size="`, num(size), `" fill="`, hex(c))
	if a != start {
		s.put(`" text-anchor="`, [...]string{middle: "middle", end: "end"}[a])
	}
	s.put(`" xml:space="preserve">`)
	s.escape(text)
	s.put("</text>\n")
}

// num writes a coordinate with one digit behind the point, if it has one.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
