package plot

import "time"

// Our own choices. All memory of a Plot is allocated by New but for the marks,
// the series' labels and the index, which are capped here:
//
//	grid     18 layers × 291 rows × 1,024 columns × 2 bytes  10.2 MiB
//	memory   4,096 sources × 672 bytes                        2.6 MiB
//	marks    256, with their texts                            0.2 MiB
//	index    8,192 addresses                                  0.5 MiB
//
// Drawing takes one byte for each bin more (0.3 MiB), and for a PNG 4 bytes for
// each of its pixels (22 MiB).
const (
	// columns of time, a power of two. Between half of them and all are in use
	// once the first width is outgrown, so a bin is 1 or 2 pixels wide.
	columns = 1 << 10

	// shiftMin makes the first width 2^10 ns, about 1 µs: no capture can tell
	// more, and it needs at most 54 doublings to hold all times there are.
	shiftMin = 10

	// portRows is the number of rows for ports, of 2 pixels each.
	portRows = 288

	// seriesMax layers are for single series. The colours are fewer: the rest
	// is there so that the choice among them can be made at the end.
	seriesMax = 16

	// coloursMax series are told apart: as many as there are colours that
	// people with any colour vision can tell apart on white.
	coloursMax = 6

	// memorySets × memoryWays sources without an alarm are remembered, with
	// their newest points. A scan that is judged one-way is told after 28
	// probes, and packets may be taken in batches before their alarms.
	memorySets   = 512
	memoryWays   = 8
	memoryPoints = 64

	// indexMax bounds the addresses that are told apart: 16 series of 256, the
	// most an alarm names, and as many that share a layer.
	indexMax = 8192

	// marksMax alarms are marked, the most severe; the rest is counted.
	marksMax = 256

	// listMax alarms are numbered and told in words below the picture.
	listMax = 12

	// Texts are bounded, in bytes, so that none reaches into the next column.
	// An IPv6 address has 39 and the number of its fellows up to 9.
	titleMax         = 96
	labelMax         = 48
	techniquesMax    = 45
	techniquesInList = 22
	shapeMax         = 8
	toolMax          = 16
	extentMax        = 34

	// dotsMax is how many bins of a series are drawn as marks of their own;
	// beyond it they would touch, and become density.
	dotsMax = 1500

	// fewMax is how many of them may step aside for those of another source.
	fewMax = 100

	// rimMax is how many of them have a white rim, that tells them from what is
	// behind. More would hide too much of it, and cost as much again in an SVG.
	rimMax = 400

	// cellsMax bounds the bins drawn as density: with 7 bytes each an SVG stays
	// below 1.5 MB. When there are more, columns are drawn in pairs.
	cellsMax = 100_000

	// levels of shade tell counts apart, on a logarithmic scale.
	levels = 5

	// spanMin is the shortest time a picture spans, momentSpan what it spans
	// when everything happened at once.
	spanMin    = time.Millisecond
	momentSpan = time.Second
)
