package secret

import (
	"bytes"
	"html"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// said is a text in which something was undone, with the place in the text as it came
// that each of its bytes is of.
type said struct {
	text     []byte
	from, to []int
}

func asItCame(text []byte) *said {
	s := &said{text: text, from: make([]int, len(text)), to: make([]int, len(text))}
	for i := range text {
		s.from[i], s.to[i] = i, i+1
	}
	return s
}

// add appends what the bytes from at to end of another were.
func (s *said) add(of *said, at, end int, is []byte) {
	for _, c := range is {
		s.text = append(s.text, c)
		s.from, s.to = append(s.from, of.from[at]), append(s.to, of.to[end-1])
	}
}

// readings are a text as it came, what it is when escapes are undone, again and again,
// and each of these without what lines and columns are made of.
func readings(text []byte) (list []*said) {
	s := asItCame(text)
	for range rounds {
		list = append(list, s, squeezed(s))
		plain := undone(s)
		if bytes.Equal(plain.text, s.text) {
			return list
		}
		s = plain
	}
	return append(list, s, squeezed(s))
}

// squeezed leaves out what breaks codes into lines and pairs.
func squeezed(s *said) *said {
	out := &said{}
	for i, c := range s.text {
		if c > ' ' && c != ':' {
			out.add(s, i, i+1, s.text[i:i+1])
		}
	}
	return out
}

// undone undoes the escapes of URLs, HTML, JSON and programs, once.
func undone(s *said) *said {
	out := &said{}
	for i := 0; i < len(s.text); {
		is, n := one(s.text[i:])
		out.add(s, i, i+n, is)
		i += n
	}
	return out
}

// one reads what a text begins with: what it stands for, and its length.
func one(b []byte) (is []byte, n int) {
	switch b[0] {
	case '+':
		return []byte{' '}, 1
	case '%':
		if c, ok := hexOf(b[1:], 2); ok {
			return []byte{byte(c)}, 3
		}
	case '&':
		n = 1
		for n < min(len(b), longestEntity) && (b[n] == '#' || unicode.IsLetter(rune(b[n])) && b[n] < 0x80 || b[n] >= '0' && b[n] <= '9') {
			n++
		}
		if n < len(b) && b[n] == ';' {
			n++
		}
		if is = []byte(html.UnescapeString(string(b[:n]))); len(is) > 0 && !bytes.Equal(is, b[:n]) {
			return is, n
		}
	case '\\':
		return backslash(b)
	}
	return b[:1], 1
}

// backslash reads \uXXXX, also of two halves, \xXX, and a sign that is only protected.
func backslash(b []byte) (is []byte, n int) {
	if len(b) < 2 {
		return b[:1], 1
	}
	switch b[1] {
	case 'u':
		r, ok := hexOf(b[2:], 4)
		if !ok {
			return b[:1], 1
		}
		if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hexOf(b[8:], 4); ok && utf16.DecodeRune(r, low) != unicode.ReplacementChar {
				return utf8.AppendRune(nil, utf16.DecodeRune(r, low)), 12
			}
		}
		return utf8.AppendRune(nil, r), 6
	case 'x':
		if c, ok := hexOf(b[2:], 2); ok {
			return []byte{byte(c)}, 4
		}
	case 'n', 'r', 't':
		return []byte{'\n'}, 2
	case '\\', '/', '"', '\'', '`', '$', '&':
		return b[1:2], 2
	}
	return b[:1], 1
}

// hexOf reads so many digits.
func hexOf(b []byte, digits int) (v rune, ok bool) {
	if len(b) < digits {
		return 0, false
	}
	for _, c := range b[:digits] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}
