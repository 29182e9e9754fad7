package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// svgMax is what the largest picture may take.
const svgMax = 1_500_000

func svgOf(t testing.TB, p *Plot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, p *Plot) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := p.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// label is a text of an SVG and the room it takes.
type label struct {
	text           string
	x0, y0, x1, y1 float64
}

// parse checks that an SVG is well-formed, holds nothing but drawing, and only
// printable ASCII. It returns the texts and how often each element occurs.
func parse(t testing.TB, svg []byte) (labels []label, elements map[string]int) {
	t.Helper()
	for i, c := range svg {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Fatalf("byte %#x at %d", c, i)
		}
	}
	allowed := map[string]string{
		"svg": "xmlns viewBox width height role font-family", "title": "", "desc": "",
		"rect": "x y width height fill stroke",
		"path": "fill stroke stroke-width shape-rendering d",
		"text": "x y font-size fill text-anchor space",
	}
	elements = make(map[string]int)
	for dec := xml.NewDecoder(bytes.NewReader(svg)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return labels, elements
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		elements[e.Name.Local]++
		attrs, known := allowed[e.Name.Local]
		if !known {
			t.Fatalf("element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if !slices.Contains(strings.Fields(attrs), a.Name.Local) {
				t.Fatalf("attribute %s of %s", a.Name.Local, e.Name.Local)
			}
		}
		if e.Name.Local == "text" {
			labels = append(labels, labelOf(t, dec, e))
		}
	}
}

func labelOf(t testing.TB, dec *xml.Decoder, e xml.StartElement) label {
	t.Helper()
	var l label
	if err := dec.DecodeElement(&l.text, &e); err != nil {
		t.Fatal(err)
	}
	get := map[string]float64{}
	anchor := ""
	for _, a := range e.Attr {
		get[a.Name.Local], _ = strconv.ParseFloat(a.Value, 64)
		if a.Name.Local == "text-anchor" {
			anchor = a.Value
		}
	}
	size := get["font-size"]
	w := 0.602 * size * float64(len(l.text))
	l.x0 = get["x"] - w*map[string]float64{"middle": 0.5, "end": 1}[anchor]
	l.x1 = l.x0 + w
	l.y0, l.y1 = get["y"]-0.75*size, get["y"]+0.2*size
	return l
}

// TestScenes holds every scene of the gallery to what makes a picture readable
// and safe: texts inside the picture and apart from each other, no element but
// for drawing, a bounded size, the same bytes each time.
func TestScenes(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			f, again := newFilm(s.name), newFilm(s.name)
			s.make(f)
			svg := svgOf(t, f.Plot)
			s.make(again)
			if !bytes.Equal(svg, svgOf(t, again.Plot)) {
				t.Error("the same input gave another picture")
			}
			if len(svg) > svgMax {
				t.Errorf("%d bytes", len(svg))
			}
			labels, elements := parse(t, svg)
			if elements["path"] > 600 || elements["rect"] > 40 {
				t.Errorf("elements: %v", elements)
			}
			apart(t, labels, f.picture().height())
			if s.name != "hostile" && s.name != "empty" {
				return // TestPixels looks at more; every PNG takes long with the race detector
			}
			img := pngOf(t, f.Plot)
			if want := image.Rect(0, 0, 2*width, 2*f.picture().height()); img.Bounds() != want {
				t.Errorf("png of %v, want %v", img.Bounds(), want)
			}
		})
	}
}

func apart(t *testing.T, labels []label, height int) {
	t.Helper()
	for i, a := range labels {
		if a.x0 < 2 || a.y0 < 2 || a.x1 > width-2 || a.y1 > float64(height)-2 {
			t.Errorf("%q reaches out of the picture: %+v", a.text, a)
		}
		for _, b := range labels[i+1:] {
			if a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 {
				t.Errorf("%q and %q overlap", a.text, b.text)
			}
		}
	}
}

func texts(labels []label) string {
	var all []string
	for _, l := range labels {
		all = append(all, l.text)
	}
	return strings.Join(all, "\n")
}

func TestWhatIsWritten(t *testing.T) {
	f := newFilm("scan.pcapng <&> \x1b[0m")
	f.vertical(v4(192, 0, 2, 7), noon, 1000, time.Second)
	f.noise(1234, noon, time.Hour)
	labels, _ := parse(t, svgOf(t, f.Plot))
	got := texts(labels)
	for _, want := range []string{
		"scan.pcapng <&> ?[0m", "2,234 points, 1 alarm, 2026-03-14 12:00:00 to 2026-03-14 12:59:5",
		"192.0.2.7\n1,000\nsyn/vertical by nmap", "other traffic\n1,234", "2026-03-14 12:00:02\n4\n192.0.2.7\nsyn/vertical\n1 host, 1,000 services",
		"\n12:00\n2026-03-14\n12:10\n12:20", "icmp\narp, nd\nprotocol",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "other sources") {
		t.Error("the legend names what is not drawn")
	}
}

// TestWorstSize fills the grid so that no two neighbours look alike: the most an
// SVG can take.
func TestWorstSize(t *testing.T) {
	f := newFilm("worst")
	for i := range coloursMax + 1 {
		f.alarm(noon, 3, klaxon.ShapeVertical, "", v4(192, 0, 2, byte(i)))
	}
	f.port(noon, v4(192, 0, 2, 0), 1)
	f.port(noon+1000<<shiftMin, v4(192, 0, 2, 0), 1)
	for r := range rows {
		for c := range columns {
			l := layer((int(r)*7 + c*3 + c/5) % int(layers))
			f.grid.line(l, r)[c] = uint16(1 << (c * 5 % 13))
			f.grid.used[l][r] = true
		}
	}
	dense := len(svgOf(t, f.Plot))
	for l := range layers { // and as many marks as there may be
		for r := range rows {
			clear(f.grid.line(l, r)[:])
		}
		for i := range dotsMax {
			f.grid.line(l, row(i/20))[i%20*50+int(l)] = 1
		}
	}
	marks := len(svgOf(t, f.Plot))
	t.Logf("%d bytes with density alone, %d with marks alone", dense, marks)
	if dense+marks > svgMax {
		t.Errorf("%d bytes with density and %d with marks", dense, marks)
	}
}

// near tells whether a pixel within 2 of a place of the SVG has a colour.
func near(img image.Image, x, y float64, c color.RGBA) bool {
	for dy := -4; dy <= 4; dy++ {
		for dx := -4; dx <= 4; dx++ {
			if color.RGBAModel.Convert(img.At(int(2*x)+dx, int(2*y)+dy)) == c {
				return true
			}
		}
	}
	return false
}

// TestPixels looks for the marks of a slow scan where the axes say they are. The
// places are computed from the tick labels that a reader would use.
func TestPixels(t *testing.T) {
	f := newFilm("slow")
	blue := color.RGBA{0x00, 0x72, 0xb2, 0xff}
	src := v4(203, 0, 113, 99)
	ports := []string{"22", "80", "443", "3389", "8080"}
	hours := []string{"12:00", "13:00", "14:00", "15:00", "16:00"}
	for i, p := range ports {
		n, _ := strconv.Atoi(p)
		f.port(noon+int64(i)*int64(time.Hour), src, n)
	}
	f.alarm(noon+int64(150*time.Minute), 3, klaxon.ShapeVertical, "", src)
	labels, _ := parse(t, svgOf(t, f.Plot))
	img := pngOf(t, f.Plot)
	find := func(text string) label {
		i := slices.IndexFunc(labels, func(l label) bool { return l.text == text })
		if i < 0 {
			t.Fatalf("no label %q", text)
		}
		return labels[i]
	}
	for i := range ports {
		at, port := find(hours[i]), find(ports[i])
		x, y := (at.x0+at.x1)/2, port.y1-0.2*12-4
		if !near(img, x, y, blue) {
			t.Errorf("no mark for port %s at %s (%.0f, %.0f)", ports[i], hours[i], x, y)
		}
		if near(img, x+40, y+9, blue) || near(img, x-7, y+9, blue) {
			t.Errorf("a mark beside port %s at %s", ports[i], hours[i])
		}
	}
	pennant := labels[slices.IndexFunc(labels, func(l label) bool { return l.text == "1" && l.y1 < plotTop })]
	x, halfPast := (pennant.x0+pennant.x1)/2, (find("14:00").x0+find("14:00").x1+find("15:00").x0+find("15:00").x1)/4
	if math.Abs(x-halfPast) > 1 {
		t.Errorf("the pennant of 14:30 stands at %.0f, not at %.0f", x, halfPast)
	}
	// The stem is thinner than a pixel of the SVG, so it is mixed with white.
	if r, _, b, _ := img.At(int(2*x), 2*(plotTop+30)).RGBA(); r > 0xb000 || b < r {
		t.Errorf("no blue stem below the pennant at %.0f", x)
	}
	if c := img.At(3, 3); c != (color.RGBA{0xff, 0xff, 0xff, 0xff}) {
		t.Errorf("background %v", c)
	}
}

// TestDecoysAreAllSeen counts the pixels of five sources that did the same at the
// same time: none may hide another.
func TestDecoysAreAllSeen(t *testing.T) {
	f := newFilm("decoys")
	f.fewDecoys()
	img := pngOf(t, f.Plot)
	for _, s := range styles[:5] {
		n := 0
		for y := 2 * plotTop; y < 2*plotBottom; y++ {
			for x := 2 * plotLeft; x < 2*plotRight; x++ {
				if img.At(x, y) == s.colour {
					n++
				}
			}
		}
		if n < 5*60 { // a mark has from 80 to 200 pixels
			t.Errorf("%d pixels of colour %v", n, s.colour)
		}
	}
}

// failing is a writer that takes n bytes.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (w *failing) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	f := newFilm("full")
	f.noise(3000, noon, time.Hour)
	for _, n := range []int{0, 1, 5000} {
		if err := f.WriteSVG(&failing{n}); !errors.Is(err, errFull) {
			t.Errorf("svg after %d bytes: %v", n, err)
		}
		if err := f.WritePNG(&failing{n}); !errors.Is(err, errFull) {
			t.Errorf("png after %d bytes: %v", n, err)
		}
	}
}

func TestTicks(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-03-14T12:00:00.0001Z", "2026-03-14T12:00:00.0014Z", "12:00:00.000200@2026-03-14 12:00:00.000400 12:00:00.000600 12:00:00.000800 12:00:00.001000 12:00:00.001200 12:00:00.001400"},
		{"2026-03-14T12:00:00.1Z", "2026-03-14T12:00:00.5Z", "12:00:00.100@2026-03-14 12:00:00.150 12:00:00.200 12:00:00.250 12:00:00.300 12:00:00.350 12:00:00.400 12:00:00.450 12:00:00.500"},
		{"2026-03-14T23:59:50Z", "2026-03-15T00:00:20Z", "23:59:50@2026-03-14 23:59:55 00:00:00@2026-03-15 00:00:05 00:00:10 00:00:15 00:00:20"},
		{"2026-03-14T12:03:00Z", "2026-03-14T13:01:00Z", "12:10@2026-03-14 12:20 12:30 12:40 12:50 13:00"},
		{"2026-03-14T12:00:00Z", "2026-03-16T12:00:00Z", "12:00@2026-03-14 18:00 00:00@2026-03-15 06:00 12:00 18:00 00:00@2026-03-16 06:00 12:00"},
		{"2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-01 2026-03-02 2026-03-03 2026-03-04 2026-03-05 2026-03-06 2026-03-07 2026-03-08"},
		{"1969-12-31T23:59:59.5Z", "1970-01-01T00:00:01Z", "23:59:59.600@1969-12-31 23:59:59.800 00:00:00.000@1970-01-01 00:00:00.200 00:00:00.400 00:00:00.600 00:00:00.800 00:00:01.000"},
	} {
		var got []string
		for _, k := range (span{at(c.from), at(c.to)}).ticks() {
			s := k.label
			if k.date != "" {
				s += "@" + k.date
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s to %s:\n got %s\nwant %s", c.from, c.to, s, c.want)
		}
	}
}

// TestTicksAnywhere holds every span to a readable number of ticks, inside it.
func TestTicksAnywhere(t *testing.T) {
	for _, from := range []int64{math.MinInt64, -1, 0, noon, math.MaxInt64 - 1e9} {
		for d := uint64(spanMin); d < 1<<63; d += d/3 + 1 {
			s := span{from, after(from, d)}
			list := s.ticks()
			if len(list) > 2*ticksMax || len(list) < 2 && s.length() > 1e12 {
				t.Fatalf("%d ticks from %d over %v", len(list), from, time.Duration(d))
			}
			for i, k := range list {
				if k.at < s.from || k.at > s.to || i > 0 && k.at <= list[i-1].at {
					t.Fatalf("tick at %d in %+v", k.at, s)
				}
			}
		}
	}
}

func TestPortScale(t *testing.T) {
	last := row(0)
	var used [portRows]bool
	for port := range 65536 {
		r := portRow(uint16(port))
		if r < last || r >= portRows {
			t.Fatalf("port %d stands in row %d after %d", port, r, last)
		}
		last, used[r] = r, true
	}
	if empty := slices.Index(used[60:], false); empty >= 0 {
		t.Errorf("row %d holds no port", 60+empty)
	}
	if portRow(22) == portRow(25) || portRow(65535) != portRows-1 || portRow(0) != 0 {
		t.Error("known ports share a row, or the ends are not at the ends")
	}
}

// TestGlyphs holds the table to its raster: every printable character has
// strokes inside its cell, and no two look alike.
func TestGlyphs(t *testing.T) {
	seen := map[string]byte{}
	for c := byte('!'); c <= '~'; c++ {
		g := glyphs[c]
		if g == "" || seen[g] != 0 && c != 'O' { // as in many hands, like a zero
			t.Errorf("%q has no glyph of its own: %q", c, g)
		}
		seen[g] = c
		for _, p := range strings.Fields(strings.ReplaceAll(g, "|", " ")) {
			if len(p) != 2 || p[0] < '0' || p[0] > '4' || p[1] < '0' || p[1] > '9' {
				t.Errorf("%q has the point %q", c, p)
			}
		}
	}
	if len(strokesOf(' ', 0, 0, 12)) != 0 || len(strokesOf(0x80, 0, 0, 12)) != len(strokesOf('?', 0, 0, 12)) {
		t.Error("a space is not empty, or what is not in the table not a question mark")
	}
}
