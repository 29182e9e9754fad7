package render

// AppendInert appends src as AppendText does, and writes as "\xHH" also what
// some reader of foreign formats takes for more than text: markup (< > & " ' `),
// separators of fields (= |), the "$" of templates, and a leading "+", "-" or
// "@", with which a spreadsheet begins to compute. Unescape undoes it. Of a
// longer src the first max bytes are written, then "~".
func AppendInert[S ~string | ~[]byte](dst []byte, src S, max int) []byte {
	n := within(len(src), max)
	for i := range n {
		dst = appendInertByte(dst, src[i], i == 0)
	}
	return appendCut(dst, n < len(src))
}

// AppendInertDoubled is AppendInert with each backslash doubled, as a JSON
// string and a value of CEF both want it; nothing else in inert text needs
// their escapes.
func AppendInertDoubled[S ~string | ~[]byte](dst []byte, src S, max int) []byte {
	n := within(len(src), max)
	for i := range n {
		if src[i] == '\\' || isActive(src[i], i == 0) || !isPlain(src[i]) {
			dst = append(dst, '\\')
		}
		if src[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = appendInertByte(dst, src[i], i == 0)
	}
	return appendCut(dst, n < len(src))
}

func appendInertByte(dst []byte, c byte, first bool) []byte {
	if isActive(c, first) {
		return appendHexByte(dst, c)
	}
	return appendTextByte(dst, c)
}

// isActive tells the printable bytes that inert text does not hold.
func isActive(c byte, first bool) bool {
	switch c {
	case '<', '>', '&', '"', '\'', '`', '=', '|', '$':
		return true
	case '+', '-', '@':
		return first
	}
	return false
}
