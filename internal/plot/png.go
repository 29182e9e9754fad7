package plot

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
)

// pngScale is how many pixels of a PNG a pixel of the SVG becomes, so that text
// is sharp where pictures are looked at enlarged.
const pngScale = 2

// WritePNG writes the picture as PNG. On an error of w it returns that.
func (p *Plot) WritePNG(w io.Writer) error {
	pic := p.picture()
	r := &raster{image.NewRGBA(image.Rect(0, 0, width*pngScale, pic.height()*pngScale))}
	pic.draw(r)
	return png.Encode(w, r.img)
}

// raster is a canvas of pixels. Its edges are smooth: a pixel takes on a colour
// by how far it is inside the outline.
type raster struct{ img *image.RGBA }

func (r *raster) fill(x0, y0, x1, y1 int, c color.RGBA) {
	draw.Draw(r.img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

func (r *raster) box(x, y, w, h float64, fill, border color.RGBA) {
	x0, y0 := scaled(x), scaled(y)
	x1, y1 := scaled(x+w), scaled(y+h)
	r.fill(x0, y0, x1, y1, border)
	r.fill(x0+pngScale, y0+pngScale, x1-pngScale, y1-pngScale, fill)
}

func (r *raster) run(x, y, w, h int, c color.RGBA) {
	r.fill(x*pngScale, y*pngScale, (x+w)*pngScale, (y+h)*pngScale, c)
}

func (r *raster) line(x0, y0, x1, y1, width float64, c color.RGBA) {
	s := segment{x0 * pngScale, y0 * pngScale, x1 * pngScale, y1 * pngScale}
	r.outline(s.bounds(width*pngScale), c, func(x, y float64) float64 { return s.distance(x, y) - width*pngScale/2 })
}

func (r *raster) dot(sh shape, x, y, radius float64, c color.RGBA) {
	x, y, radius = x*pngScale, y*pngScale, radius*pngScale
	reach := segment{x - 1.3*radius, y - 1.3*radius, x + 1.3*radius, y + 1.3*radius}.bounds(1)
	r.outline(reach, c, func(px, py float64) float64 { return sh.distance((px-x)/radius, (py-y)/radius) * radius })
}

// text draws each character with its strokes.
func (r *raster) text(x, y, size float64, a anchor, c color.RGBA, s string) {
	w := advance * size
	switch a {
	case middle:
		x -= w * float64(len(s)) / 2
	case end:
		x -= w * float64(len(s))
	}
	for i := range len(s) {
		r.glyph((x+w*float64(i))*pngScale, y*pngScale, size*pngScale, c, s[i])
	}
}

func (r *raster) glyph(x, y, size float64, c color.RGBA, char byte) {
	strokes := strokesOf(char, x, y, size)
	if len(strokes) == 0 {
		return
	}
	pen := penWidth * size
	reach := strokes[0].bounds(pen)
	for _, s := range strokes[1:] {
		reach = reach.Union(s.bounds(pen))
	}
	r.outline(reach, c, func(px, py float64) float64 {
		nearest := math.Inf(1)
		for _, s := range strokes {
			nearest = min(nearest, s.distance(px, py))
		}
		return nearest - pen/2
	})
}

// outline colours the pixels of an area whose distance from a shape is negative,
// and mixes those on its edge.
func (r *raster) outline(area image.Rectangle, c color.RGBA, distance func(x, y float64) float64) {
	area = area.Intersect(r.img.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if cover := 0.5 - distance(float64(x)+0.5, float64(y)+0.5); cover > 0 {
				r.mix(x, y, c, min(cover, 1))
			}
		}
	}
}

func (r *raster) mix(x, y int, c color.RGBA, cover float64) {
	old := r.img.RGBAAt(x, y)
	blend := func(from, to uint8) uint8 {
		return uint8(math.Round(float64(from) + (float64(to)-float64(from))*cover))
	}
	r.img.SetRGBA(x, y, color.RGBA{R: blend(old.R, c.R), G: blend(old.G, c.G), B: blend(old.B, c.B), A: 0xff})
}

func scaled(v float64) int { return int(math.Round(v * pngScale)) }

// segment is a straight stroke.
type segment struct{ x0, y0, x1, y1 float64 }

// bounds returns the pixels a stroke of a width may touch.
func (s segment) bounds(width float64) image.Rectangle {
	pen := width/2 + 0.5 // half a pixel more is mixed
	return image.Rect(
		int(math.Floor(min(s.x0, s.x1)-pen)), int(math.Floor(min(s.y0, s.y1)-pen)),
		int(math.Ceil(max(s.x0, s.x1)+pen)), int(math.Ceil(max(s.y0, s.y1)+pen)),
	)
}

// distance returns how far a point is from the stroke.
func (s segment) distance(x, y float64) float64 {
	dx, dy := s.x1-s.x0, s.y1-s.y0
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(max(((x-s.x0)*dx+(y-s.y0)*dy)/length, 0), 1)
	}
	ax, ay := x-s.x0-along*dx, y-s.y0-along*dy
	return math.Sqrt(ax*ax + ay*ay)
}

// distance returns how far a point is outside the polygon, negative inside. It
// is exact along the edges, which is where it matters.
func (sh shape) distance(x, y float64) float64 {
	if sh.round() {
		return math.Sqrt(x*x+y*y) - 1
	}
	far := math.Inf(-1)
	for i, a := range sh {
		b := sh[(i+1)%len(sh)]
		dx, dy := b[0]-a[0], b[1]-a[1]
		far = max(far, ((x-a[0])*dy-(y-a[1])*dx)/math.Sqrt(dx*dx+dy*dy))
	}
	return far
}
