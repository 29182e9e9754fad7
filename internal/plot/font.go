package plot

import "strings"

// glyphs draws printable ASCII with strokes, as a pen plotter does: two digits
// are a point, x from 0 to 4 and y from 0 (the bottom of a "g") over 2 (the base
// line) and 7 (the top of an "x") to 9 (the top of an "X"); a bar lifts the pen.
// A table of our own is less than a dependency, and can be drawn in any size.
var glyphs = [...]string{
	' ': "", '!': "29 25|22", '"': "19 17|39 37",
	'#': "12 19|32 39|04 44|07 47", '$': "47 38 18 07 06 45 44 33 13 04|29 22", '%': "02 49|08 08|43 43",
	'&': "42 17 18 29 38 37 04 03 12 22 44", '\'': "29 27", '(': "39 27 24 32",
	')': "19 27 24 12", '*': "28 24|07 45|05 47", '+': "27 23|05 45",
	',': "23 22 11", '-': "05 45", '.': "22",
	'/': "02 49", '0': "12 32 43 48 39 19 08 03 12", '1': "18 29 22|12 32",
	'2': "08 19 39 48 46 02 42", '3': "08 19 39 48 47 36 26|36 45 43 32 12 03", '4': "32 39 04 44",
	'5': "49 09 06 36 45 43 32 12 03", '6': "48 39 19 08 03 12 32 43 45 36 16 05", '7': "09 49 12",
	'8': "16 07 08 19 39 48 47 36 16 05 03 12 32 43 45 36", '9': "03 12 32 43 48 39 19 08 06 15 35 46", ':': "26|23",
	';': "26|23 22 11", '<': "48 05 42", '=': "06 46|04 44",
	'>': "08 45 02", '?': "08 19 39 48 47 25 24|22", '@': "42 12 03 08 19 39 48 44 34 36 16 14 34",
	'A': "02 29 42|15 35", 'B': "02 09 39 48 47 36 06|36 45 43 32 02", 'C': "48 39 19 08 03 12 32 43",
	'D': "02 09 29 47 44 22 02", 'E': "49 09 02 42|06 36", 'F': "49 09 02|06 36",
	'G': "48 39 19 08 03 12 32 43 45 25", 'H': "09 02|49 42|06 46", 'I': "19 39|29 22|12 32",
	'J': "49 43 32 12 03", 'K': "09 02|49 05|26 42", 'L': "09 02 42",
	'M': "02 09 25 49 42", 'N': "02 09 42 49", 'O': "12 32 43 48 39 19 08 03 12",
	'P': "02 09 39 48 46 35 05", 'Q': "12 32 43 48 39 19 08 03 12|24 42", 'R': "02 09 39 48 46 35 05|25 42",
	'S': "48 39 19 08 07 16 36 45 43 32 12 03", 'T': "09 49|29 22", 'U': "09 03 12 32 43 49",
	'V': "09 22 49", 'W': "09 12 27 32 49", 'X': "09 42|02 49",
	'Y': "09 26 49|26 22", 'Z': "09 49 02 42", '[': "39 19 12 32",
	'\\': "09 42", ']': "19 39 32 12", '^': "07 29 47",
	'_': "01 41", '`': "19 27", 'a': "06 17 37 46 42|45 15 04 03 12 32 43",
	'b': "09 02|06 17 37 46 43 32 12 03", 'c': "46 37 17 06 03 12 32 43", 'd': "49 42|46 37 17 06 03 12 32 43",
	'e': "05 45 46 37 17 06 03 12 32 43", 'f': "49 39 28 22|07 47", 'g': "47 41 30 10 01|46 37 17 06 03 12 32 43",
	'h': "09 02|06 17 37 46 42", 'i': "17 27 22|12 32|29", 'j': "17 37 31 20 10 01|39",
	'k': "09 02|47 04|25 42", 'l': "19 29 22|12 32", 'm': "07 02|06 17 26 22|26 37 46 42",
	'n': "07 02|06 17 37 46 42", 'o': "12 32 43 46 37 17 06 03 12", 'p': "07 00|06 17 37 46 43 32 12 03",
	'q': "47 40|46 37 17 06 03 12 32 43", 'r': "07 02|05 27 37 46", 's': "46 37 17 06 15 35 44 43 32 12 03",
	't': "19 13 22 32 43|07 37", 'u': "07 03 12 32 43|47 42", 'v': "07 22 47",
	'w': "07 12 26 32 47", 'x': "07 42|02 47", 'y': "07 22|47 10 00",
	'z': "07 47 02 42", '{': "39 28 26 15 24 22 31", '|': "29 21",
	'}': "19 28 26 35 24 22 11", '~': "05 16 34 45",
}

const (
	// glyphUnit is the distance of two points, as a share of the text's size: a
	// character is 6 units wide, its gap included.
	glyphUnit = advance / 6
	penWidth  = 0.115 // likewise
	baseLine  = 2
)

// strokesOf returns the strokes of a character that stands with its left end at
// x and on the base line y. What the table lacks is drawn as a question mark.
func strokesOf(char byte, x, y, size float64) []segment {
	if int(char) >= len(glyphs) || char < ' ' {
		char = '?'
	}
	unit := glyphUnit * size
	var list []segment
	for line := range strings.SplitSeq(glyphs[char], "|") {
		var last segment
		for i, point := range strings.Fields(line) {
			px := x + (float64(point[0]-'0')+1)*unit
			py := y - (float64(point[1]-'0')-baseLine)*unit
			if i == 0 {
				last = segment{px, py, px, py}
				list = append(list, last) // a point alone is a dot
				continue
			}
			last = segment{last.x1, last.y1, px, py}
			list = append(list, last)
		}
	}
	return list
}
