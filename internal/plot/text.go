package plot

import "klaxon/internal/render"

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

func counted[T ~int | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return render.Grouped(n) + " " + noun + "s"
}
