package plot

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// The pictures are made to be looked at: go test ./internal/plot -gallery DIR
var galleryDir = flag.String("gallery", "", "write the pictures of the gallery into this directory")

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC).UnixNano()

// film is what a scene is made with.
type film struct {
	*Plot
	rng *rand.Rand
	ids int
}

func newFilm(title string) *film {
	return &film{Plot: New(Options{Title: title, Seed: 1}), rng: rand.New(rand.NewPCG(1, 2))}
}

func (f *film) port(at int64, src netip.Addr, port int) {
	f.Add(Point{Time: at, Source: src, Port: uint16(port)})
}

func (f *film) noise(n int, from int64, over time.Duration) {
	ports := []int{443, 443, 443, 443, 80, 53, 22, 25, 123, 3389, 8080}
	for range n {
		at := from + f.rng.Int64N(int64(over))
		port := ports[f.rng.IntN(len(ports))]
		if f.rng.IntN(4) == 0 {
			port = 32768 + f.rng.IntN(28000)
		}
		f.port(at, v4(10, 0, 0, byte(f.rng.IntN(200))), port)
	}
}

func (f *film) alarm(at int64, severity int, shape klaxon.Shape, tool string, sources ...netip.Addr) *klaxon.Alarm {
	f.ids++
	a := &klaxon.Alarm{Event: klaxon.EventOpen, ID: fmt.Sprintf("%026d", f.ids), Time: time.Unix(0, at).UTC()}
	a.Severity, a.Shape, a.Tool.Name = severity, shape, tool
	a.Techniques = []klaxon.Technique{klaxon.Syn}
	a.Targets.Hosts, a.Targets.Services = 1, 1000
	if len(sources) == 1 {
		a.Source.Addr = sources[0]
	} else {
		a.Sources, a.SourcesTotal = sources, len(sources)
	}
	f.Plot.Alarm(a)
	return a
}

func v4(a, b, c, d byte) netip.Addr { return netip.AddrFrom4([4]byte{a, b, c, d}) }

// vertical is a scan of n ports, told after 3 probes.
func (f *film) vertical(src netip.Addr, at int64, n int, gap time.Duration) {
	for i, port := range f.rng.Perm(n) {
		f.port(at+int64(i)*int64(gap), src, 1+port)
		if i == 2 {
			f.alarm(at+int64(i)*int64(gap), 4, klaxon.ShapeVertical, "nmap", src)
		}
	}
}

// fewDecoys is a scan of five ports from five addresses at once, each with an
// alarm of its own.
func (f *film) fewDecoys() {
	for i, port := range []int{80, 22, 25, 443, 3389} {
		for d := range 5 {
			f.port(noon+int64(i)*1e6+int64(d)*3000, v4(192, 0, 2, byte(d)), port)
			if i == 3 {
				f.alarm(noon+3e6, 3, klaxon.ShapeVertical, "nmap", v4(192, 0, 2, byte(d)))
			}
		}
	}
}

var scenes = []struct {
	name string
	make func(f *film)
}{
	{"empty", func(*film) {}},
	{"single", func(f *film) { f.port(noon, v4(192, 0, 2, 7), 22) }},
	{"nmap", func(f *film) { f.vertical(v4(192, 0, 2, 7), noon, 1000, 1300*time.Microsecond) }},
	{"all-ports", func(f *film) {
		for i := range 65535 {
			f.port(noon+int64(i)*int64(time.Millisecond), v4(192, 0, 2, 7), i+1)
			if i == 2 {
				f.alarm(noon, 4, klaxon.ShapeVertical, "masscan", v4(192, 0, 2, 7))
			}
		}
	}},
	{"sweep", func(f *film) {
		f.noise(3000, noon, 10*time.Minute)
		src := netip.MustParseAddr("198.51.100.23")
		for i := range 254 {
			at := noon + int64(3*time.Minute) + int64(i)*int64(90*time.Millisecond)
			f.Add(Point{Time: at, Source: src, Band: Neighbour})
			f.port(at+1e6, src, 445)
			if i == 5 {
				f.alarm(at, 3, klaxon.ShapeSweep, "", src)
			}
		}
	}},
	{"slow", func(f *film) {
		src := netip.MustParseAddr("203.0.113.99")
		for i, port := range []int{22, 23, 80, 443, 445, 1433, 3306, 3389, 5900, 8080} {
			f.port(noon+int64(i)*int64(7*time.Hour), src, port)
		}
		f.alarm(noon+9*int64(7*time.Hour), 3, klaxon.ShapeVertical, "", src)
	}},
	{"slow-in-noise", func(f *film) {
		src := netip.MustParseAddr("203.0.113.99")
		for i, port := range []int{21, 23, 80, 135, 445, 1433, 3306, 5432, 5900, 9200} {
			f.port(noon+int64(i)*int64(7*time.Hour), src, port)
			f.noise(60_000, noon+int64(i)*int64(7*time.Hour), 7*time.Hour)
		}
		f.alarm(noon+9*int64(7*time.Hour), 3, klaxon.ShapeVertical, "", src)
	}},
	{"random", func(f *film) {
		for i := range many() {
			f.port(noon+int64(i)*int64(7*time.Millisecond), v4(10, 1, byte(i>>8), byte(i)), f.rng.IntN(65536))
		}
	}},
	{"three", func(f *film) {
		f.noise(20_000, noon, time.Hour)
		f.vertical(v4(192, 0, 2, 7), noon+int64(5*time.Minute), 4000, 200*time.Millisecond)
		f.vertical(v4(198, 51, 100, 23), noon+int64(20*time.Minute), 300, 4*time.Second)
		src := v4(203, 0, 113, 50)
		for i := range 60 {
			at := noon + int64(30*time.Minute) + int64(i)*int64(20*time.Second)
			f.Add(Point{Time: at, Source: src, Band: ICMP})
			f.port(at, src, 3389)
			if i == 3 {
				f.alarm(at, 3, klaxon.ShapeSweep, "", src)
			}
		}
		for i := range 256 {
			f.Add(Point{Time: noon + int64(50*time.Minute) + int64(i)*int64(time.Second), Source: v4(192, 0, 2, 7), Band: Protocol})
		}
	}},
	{"ipv6", func(f *film) {
		for i := range 7 {
			src := netip.MustParseAddr(fmt.Sprintf("2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff%x", i))
			at := noon + int64(i)*int64(4*time.Second)
			f.vertical(src, at, 200+100*i, 20*time.Millisecond)
		}
		f.alarm(noon+int64(40*time.Second), 3, klaxon.ShapeVertical, "unicornscan", netip.MustParseAddr("2001:db8:aaaa:bbbb:cccc:dddd:eeee:1111"), v4(192, 0, 2, 1))
		f.port(noon+int64(40*time.Second), v4(192, 0, 2, 1), 8081)
	}},
	{"many-alarms", func(f *film) {
		f.noise(50_000, noon, 24*time.Hour)
		for i := range 500 {
			src := v4(198, 18, byte(i>>8), byte(i))
			at := noon + f.rng.Int64N(int64(24*time.Hour))
			for range 40 {
				f.port(at+f.rng.Int64N(int64(time.Minute)), src, f.rng.IntN(20000))
			}
			f.alarm(at, 1+i%4, klaxon.ShapeVertical, "", src)
		}
	}},
	{"decoys", func(f *film) {
		var decoys []netip.Addr
		for i := range 6 {
			decoys = append(decoys, v4(192, 0, 2, byte(10+i)))
		}
		two := v4(203, 0, 113, 1)
		for i := range 4000 {
			port := 1 + i*7%9000
			at := noon + int64(i)*int64(10*time.Millisecond)
			for _, d := range decoys {
				f.port(at, d, port)
			}
			f.port(at, two, port)
			if i == 10 {
				f.alarm(at, 2, klaxon.ShapeVertical, "nmap", decoys...)
				f.alarm(at, 2, klaxon.ShapeVertical, "nmap", two)
			}
		}
		a := f.alarm(noon+int64(20*time.Second), 3, klaxon.ShapeFlood, "")
		a.Targets.Dst = []netip.Addr{v4(10, 0, 0, 5)}
		a.Event = klaxon.EventUpdate
		f.Plot.Alarm(a)
	}},
	{"few-decoys", func(f *film) { f.fewDecoys() }},
	{"hostile", func(f *film) {
		bad := "\x1b[31m</text><script>alert(1)</script>\u202e\x00\xff&\"'" + strings.Repeat("]]>", 200)
		f.title = plain(bad, titleMax)
		a := f.alarm(noon, 9, klaxon.Shape(bad), bad, v4(192, 0, 2, 1))
		a.Event, a.Techniques = klaxon.EventUpdate, []klaxon.Technique{klaxon.Technique(bad), "\n"}
		a.Source.Addr = netip.MustParseAddr("fe80::1").WithZone(bad)
		a.Targets.Hosts, a.Targets.Services = -5, 1<<62
		f.Plot.Alarm(a)
		for _, at := range []int64{-1 << 63, noon, 1<<63 - 1} {
			f.port(at, a.Source.Addr, 1)
		}
	}},
}

func TestGallery(t *testing.T) {
	if *galleryDir == "" {
		return
	}
	for _, s := range scenes {
		f := newFilm(s.name)
		s.make(f)
		var svg, png bytes.Buffer
		if err := f.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		if err := f.WritePNG(&png); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-14s svg %8d png %8d", s.name, svg.Len(), png.Len())
		for name, b := range map[string]*bytes.Buffer{".svg": &svg, ".png": &png} {
			if err := os.WriteFile(filepath.Join(*galleryDir, s.name+name), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
