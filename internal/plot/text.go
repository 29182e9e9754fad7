package plot

import "strconv"

// plain reduces a text to printable ASCII and caps it; a cut text ends in "~".
// Every text that is not a constant passes through it.
func plain(s string, most int) string {
	b := []byte(s[:min(len(s), most)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	if len(s) > most {
		b[most-1] = '~'
	}
	return string(b)
}

// grouped writes a number with commas.
func grouped[T ~int | ~uint64](n T) string {
	s := strconv.FormatUint(uint64(max(n, 0)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func counted[T ~int | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}
