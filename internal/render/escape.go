package render

import "strconv"

// cut ends what was longer than its cap. Neither form writes it for a byte of
// the source, so it cannot be forged.
const cut = '~'

const hexDigits = "0123456789abcdef"

// bytestring lets the appenders take both without a conversion, which would
// allocate.
type bytestring interface{ ~string | ~[]byte }

// AppendText appends src as text for a reader: bytes 0x20 to 0x7E as they are,
// but "\" as "\\" and "~" as "\x7e"; any other byte as "\xHH" in lower case.
// Of a longer src the first max bytes are written, then "~". A max below 0
// counts as 0.
func AppendText(dst, src []byte, max int) []byte { return appendText(dst, src, max) }

// AppendToken appends src as one word: bytes of [A-Za-z0-9._:-] as they are,
// any other as "\xHH" in lower case. Of a longer src the first max bytes are
// written, then "~". A max below 0 counts as 0. An empty src appends nothing.
func AppendToken(dst, src []byte, max int) []byte { return appendToken(dst, src, max) }

func appendText[S bytestring](dst []byte, src S, limit int) []byte {
	n := within(len(src), limit)
	for i := range n {
		dst = appendTextByte(dst, src[i])
	}
	return appendCut(dst, n < len(src))
}

func appendToken[S bytestring](dst []byte, src S, limit int) []byte {
	n := within(len(src), limit)
	for i := range n {
		if isToken(src[i]) {
			dst = append(dst, src[i])
		} else {
			dst = appendHexByte(dst, src[i])
		}
	}
	return appendCut(dst, n < len(src))
}

// appendQuoted appends src as text between double quotes. A quote in src is
// written "\x22", so that nothing in it can end the quotation.
func appendQuoted[S bytestring](dst []byte, src S, limit int) []byte {
	dst = append(dst, '"')
	n := within(len(src), limit)
	for i := range n {
		if src[i] == '"' {
			dst = appendHexByte(dst, '"')
		} else {
			dst = appendTextByte(dst, src[i])
		}
	}
	return append(appendCut(dst, n < len(src)), '"')
}

func within(n, limit int) int { return max(0, min(n, limit)) }

func appendCut(dst []byte, wasCut bool) []byte {
	if wasCut {
		dst = append(dst, cut)
	}
	return dst
}

func appendTextByte(dst []byte, c byte) []byte {
	switch {
	case c == '\\':
		return append(dst, '\\', '\\')
	case isPlain(c):
		return append(dst, c)
	}
	return appendHexByte(dst, c)
}

func appendHexByte(dst []byte, c byte) []byte {
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

// isPlain tells the bytes that text holds as they are.
func isPlain(c byte) bool { return c >= ' ' && c < cut && c != '\\' }

// isToken tells the bytes that a token holds as they are.
func isToken(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return c == '.' || c == '_' || c == ':' || c == '-'
}

func appendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }
