package plot

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// sumOf adds up a layer of the grid.
func sumOf(p *Plot, l layer) (n uint64) {
	for r := range rows {
		for _, v := range p.grid.line(l, r) {
			if v > 0 && !p.grid.used[l][r] {
				return 0
			}
			n += uint64(v)
		}
	}
	return n
}

// conserved checks that every point is counted once, in grid and totals alike.
func conserved(t testing.TB, p *Plot, added uint64) {
	t.Helper()
	var all uint64
	for l := range layers {
		if n := sumOf(p, l); n != p.totals[l] {
			t.Fatalf("layer %d holds %d points and %d are counted", l, n, p.totals[l])
		}
		all += p.totals[l]
	}
	if all != added {
		t.Fatalf("%d points were added and %d are counted", added, all)
	}
}

// layerOfAddr returns where an address is counted now.
func (p *Plot) layerOfAddr(a netip.Addr) layer { return p.index[a.As16()] }

func TestPointsBeforeTheAlarm(t *testing.T) {
	f := newFilm("")
	src := v4(192, 0, 2, 7)
	for i := range 100 {
		f.port(noon+int64(i)*1e9, src, i)
	}
	f.alarm(noon+100e9, 3, klaxon.ShapeVertical, "", src)
	l := f.layerOfAddr(src)
	if f.totals[l] != memoryPoints || f.totals[otherTraffic] != 100-memoryPoints {
		t.Errorf("%d points have the colour, %d have not", f.totals[l], f.totals[otherTraffic])
	}
	f.port(noon+101e9, src, 1)
	if f.totals[l] != memoryPoints+1 {
		t.Error("a point after the alarm has not the colour")
	}
	conserved(t, f.Plot, 101)
}

// TestFloodOfSources: sources with one packet each push out only their like.
func TestFloodOfSources(t *testing.T) {
	f := newFilm("")
	src := v4(192, 0, 2, 7)
	const points = 10
	for i := range points {
		f.port(noon+int64(i)*1e9, src, 1000+i)
		f.port(noon+int64(i)*1e9, src, 2000+i)
		for range 50_000 {
			f.port(noon+int64(i)*1e9+f.rng.Int64N(1e9), netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, f.rng.Uint32()))), f.rng.IntN(65536))
		}
	}
	f.alarm(noon+points*1e9, 3, klaxon.ShapeVertical, "", src)
	if n := f.totals[f.layerOfAddr(src)]; n != 2*points {
		t.Errorf("%d of %d points have the colour", n, 2*points)
	}
	conserved(t, f.Plot, points*50_002)
}

func TestRetracted(t *testing.T) {
	f := newFilm("")
	src := v4(192, 0, 2, 7)
	f.vertical(src, noon, 10, time.Second)
	first := f.alarm(noon, 3, klaxon.ShapeVertical, "", v4(192, 0, 2, 8))
	second := f.alarm(noon, 4, klaxon.ShapeVertical, "", src)
	second.Event = klaxon.EventRetract
	f.Plot.Alarm(second)
	if l := f.layerOfAddr(src); f.totals[l] != 10 || l < firstSeries {
		t.Error("a source with another alarm lost its colour")
	}
	first.Event = klaxon.EventRetract
	f.Plot.Alarm(first)
	third := &klaxon.Alarm{Event: klaxon.EventRetract, ID: f.marks[0].id}
	third.Source.Addr = src
	f.Plot.Alarm(third)
	if f.totals[otherTraffic] != 10 || len(f.marks) != 0 || f.Plot.alarms != 0 || len(f.index) != 0 {
		t.Errorf("after all was retracted: %d points of 10 are grey, %d marks, %d alarms, %d addresses",
			f.totals[otherTraffic], len(f.marks), f.Plot.alarms, len(f.index))
	}
	conserved(t, f.Plot, 10)
}

// TestMostSevereHaveColours: later and more severe sources displace earlier ones.
func TestMostSevereHaveColours(t *testing.T) {
	f := newFilm("")
	for i := range 100 {
		src, severity := v4(198, 18, 0, byte(i)), 2
		if i%10 == 9 {
			severity = 4
		}
		f.port(noon+int64(i), src, 80)
		f.alarm(noon+int64(i), severity, klaxon.ShapeSweep, "", src)
		f.port(noon+int64(i), src, 81)
	}
	conserved(t, f.Plot, 200)
	pic := f.picture()
	for i, e := range pic.entries {
		switch {
		case i == 0 && (e.label != "other sources with alarms" || e.points != 200-2*coloursMax):
			t.Errorf("%q has %d points", e.label, e.points)
		case i > 0 && (!strings.HasSuffix(e.label, "9") || e.points != 2):
			t.Errorf("%q has a colour, with %d points", e.label, e.points)
		}
	}
	if len(pic.entries) != 1+coloursMax || pic.listed != listMax || pic.unmarked != 0 {
		t.Errorf("%d entries, %d listed, %d unmarked", len(pic.entries), pic.listed, pic.unmarked)
	}
	severe := 0
	for _, m := range pic.marks {
		if m.number > 0 && m.severity == 4 {
			severe++
		}
	}
	if severe != 10 {
		t.Errorf("%d of 10 severe alarms are listed", severe)
	}
}

func TestManyAlarmsAreCounted(t *testing.T) {
	f := newFilm("")
	for i := range 3 * marksMax {
		f.alarm(noon+int64(i), 2, klaxon.ShapeSweep, "", v4(198, 18, byte(i>>8), byte(i)))
	}
	late := f.alarm(noon+1e9, 5, klaxon.ShapeSweep, "", v4(192, 0, 2, 1))
	pic := f.picture()
	if len(pic.marks) != marksMax || pic.unmarked != 2*marksMax+1 || f.marked(late.ID) < 0 {
		t.Errorf("%d marks, %d more, the severe one at %d", len(pic.marks), pic.unmarked, f.marked(late.ID))
	}
	labels, _ := parse(t, svgOf(t, f.Plot))
	if want := "and 757 more alarms of no greater severity"; !strings.Contains(texts(labels), want) {
		t.Errorf("missing %q", want)
	}
}

func TestFloodHasNoColour(t *testing.T) {
	f := newFilm("")
	src := v4(192, 0, 2, 7)
	f.port(noon, src, 80)
	a := f.alarm(noon, 3, klaxon.ShapeFlood, "", src, v4(192, 0, 2, 8))
	a.Targets.Dst, a.Event = []netip.Addr{v4(10, 0, 0, 5)}, klaxon.EventUpdate
	f.Plot.Alarm(a)
	if f.totals[otherTraffic] != 1 || len(f.index) != 0 || f.marks[0].who != "on 10.0.0.5" {
		t.Errorf("a flood's source has a colour, or is named: %+v", f.marks)
	}
}

// TestIndexIsBounded: alarms of very many sources leave room for what comes.
func TestIndexIsBounded(t *testing.T) {
	f := newFilm("")
	for i := range 3 * indexMax {
		f.alarm(noon, 2, klaxon.ShapeSweep, "", netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if len(f.index) > indexMax {
		t.Errorf("%d addresses", len(f.index))
	}
	src := v4(192, 0, 2, 7)
	f.port(noon, src, 80)
	f.alarm(noon, 5, klaxon.ShapeSweep, "", src)
	if f.layerOfAddr(src) < firstSeries {
		t.Error("a severe alarm found no room")
	}
}

// TestGridAgainstOracle counts the same points in a grid and, with the width it
// arrived at, one by one.
func TestGridAgainstOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 30 {
		g := newGrid()
		span := int64(1) << (10 + 2*round%53)
		var times []int64
		for i := range 300 {
			at := noon + rng.Int64N(span)
			if round%3 == 0 {
				at = noon - int64(i)*(span/300) // ever earlier
			}
			times = append(times, at)
			g.add(2, 7, at)
		}
		want := map[int64]uint16{}
		for _, at := range times {
			want[at>>g.shift]++
		}
		for b := g.lo; b <= g.hi; b++ {
			if got := g.line(2, 7)[b&(columns-1)]; got != want[b] {
				t.Fatalf("round %d: bin %d holds %d, want %d", round, b, got, want[b])
			}
		}
		if g.hi-g.lo >= columns {
			t.Fatalf("%d bins in use", g.hi-g.lo+1)
		}
		if g.shift > shiftMin && g.bins() < columns/2 {
			t.Fatalf("round %d: only %d bins in use at shift %d", round, g.bins(), g.shift)
		}
	}
}

// many is how many points stand for any number: half a million, or ten with
// KLAXON_SOAK, for the race detector makes them slow.
func many() int {
	if os.Getenv("KLAXON_SOAK") != "" || *galleryDir != "" {
		return 10_000_000
	}
	return 500_000
}

// TestMemoryIsFixed adds very many points over a growing range of time.
func TestMemoryIsFixed(t *testing.T) {
	f := newFilm("")
	f.vertical(v4(192, 0, 2, 7), noon, 100, time.Second)
	n, at := many(), noon
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range n {
		at += int64(i)
		f.Add(Point{Time: at, Source: v4(byte(i>>24), byte(i>>16), byte(i>>8), byte(i)), Port: uint16(i * 7)})
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4096 { // the runtime's own
		t.Errorf("%d bytes in %d allocations for %d points", grown, after.Mallocs-before.Mallocs, n)
	}
	svg := svgOf(t, f.Plot)
	if len(svg) > svgMax {
		t.Errorf("%d bytes of SVG", len(svg))
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	f := newFilm("")
	at := noon
	if n := testing.AllocsPerRun(10_000, func() {
		at += at % 1_000_003
		f.port(at, v4(10, 0, byte(at>>8), byte(at)), int(at&0xffff))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	f := newFilm("")
	f.alarm(noon, 3, klaxon.ShapeVertical, "", v4(192, 0, 2, 7))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.Add(Point{Time: noon + int64(i)*1000, Source: v4(10, byte(i>>16), byte(i>>8), byte(i)), Port: uint16(i * 7)})
	}
}

// FuzzPlot makes points and alarms of arbitrary bytes and looks at the picture.
func FuzzPlot(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"), "title", "nmap")
	f.Add([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 9}, "</title><script>", "\x1b]0;\u202e&")
	f.Fuzz(func(t *testing.T, data []byte, title, name string) {
		p := New(Options{Title: title, Seed: 7})
		var added uint64
		for ; len(data) >= 10 && added < 10_000; data = data[10:] {
			at, kind := int64(binary.BigEndian.Uint64(data)), data[8]
			src := v4(10, 0, 0, data[9]%40)
			if kind%8 != 0 {
				p.Add(Point{Time: at, Source: src, Band: Band(kind % 5), Port: uint16(at)})
				added++
				continue
			}
			p.Alarm(hostileAlarm(at, kind/8, src, name))
		}
		conserved(t, p, added)
		svg := svgOf(t, p)
		if parse(t, svg); len(svg) > svgMax {
			t.Errorf("%d bytes", len(svg))
		}
		if len(p.marks) > marksMax || len(p.index) > indexMax {
			t.Errorf("%d marks, %d addresses", len(p.marks), len(p.index))
		}
	})
}

func hostileAlarm(at int64, kind byte, src netip.Addr, name string) *klaxon.Alarm {
	events := []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventRetract, klaxon.EventClose, klaxon.Event(name)}
	a := &klaxon.Alarm{Event: events[int(kind)%len(events)], ID: src.String(), Time: time.Unix(0, at)}
	a.Techniques = []klaxon.Technique{klaxon.Technique(name), klaxon.Syn}
	a.Shape, a.Tool.Name, a.Severity = klaxon.Shape(name), name, int(kind)-3
	a.Source.Addr = src
	if kind&16 != 0 {
		a.Source.Addr, a.Sources = netip.Addr{}, []netip.Addr{src, {}, src.Next()}
	}
	return a
}
