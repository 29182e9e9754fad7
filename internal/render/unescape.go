package render

import "strconv"

// EscapeError says where a text is not of the form that AppendText or
// AppendToken write.
type EscapeError struct{ Offset int } // in bytes, of the first wrong byte

func (e *EscapeError) Error() string {
	return "unescape: byte " + strconv.Itoa(e.Offset) + " is no escaped text"
}

// Unescape undoes AppendText and AppendToken. It reports whether src was cut,
// that is, ends in "~"; raw is then the part before the cut. It is strict: the
// only escapes are "\\" and "\xHH" with lower-case digits, and all else must be
// printable ASCII. The error is an *EscapeError.
func Unescape(src []byte) (raw []byte, truncated bool, err error) {
	raw = make([]byte, 0, len(src))
	for i := 0; i < len(src); {
		if src[i] == cut && i == len(src)-1 {
			return raw, true, nil
		}
		c, size := unescapeByte(src[i:])
		if size == 0 {
			return nil, false, &EscapeError{i}
		}
		raw = append(raw, c)
		i += size
	}
	return raw, false, nil
}

// unescapeByte returns the byte that src begins with and the length of its
// form, 0 when src begins with none.
func unescapeByte(src []byte) (c byte, size int) {
	switch {
	case isPlain(src[0]):
		return src[0], 1
	case len(src) >= 2 && src[0] == '\\' && src[1] == '\\':
		return '\\', 2
	case len(src) >= 4 && src[0] == '\\' && src[1] == 'x':
		high, low := hexValue(src[2]), hexValue(src[3])
		if high > 15 || low > 15 {
			return 0, 0
		}
		return high<<4 | low, 4
	}
	return 0, 0
}

// hexValue returns 255 for what is no lower-case hexadecimal digit.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
