package render

import "time"

// timeFormat is RFC 3339 in UTC with exactly nine fractional digits, so that
// times of one file sort as text.
const timeFormat = "2006-01-02T15:04:05.000000000Z"

// appendKey appends a key, and before it the comma that parts it from the last
// value. An object without a value so far ends in its brace.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

// appendString appends a key and its string, or nothing for "".
func appendString[S bytestring](dst []byte, key string, value S, limit int) []byte {
	if len(value) == 0 {
		return dst
	}
	return appendJSONString(appendKey(dst, key), value, limit)
}

func appendNumber(dst []byte, key string, n uint64) []byte {
	return appendUint(appendKey(dst, key), n)
}

// appendTrue appends a key that is either true or absent.
func appendTrue(dst []byte, key string, value bool) []byte {
	if !value {
		return dst
	}
	return append(appendKey(dst, key), "true"...)
}

// appendTime leaves out the zero time, and years that RFC 3339 cannot write.
func appendTime(dst []byte, key string, t time.Time) []byte {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return dst
	}
	dst = append(appendKey(dst, key), '"')
	return append(t.AppendFormat(dst, timeFormat), '"')
}

// appendJSONString appends the text of value (see AppendText) as a JSON string.
func appendJSONString[S bytestring](dst []byte, value S, limit int) []byte {
	dst = append(dst, '"')
	n := within(len(value), limit)
	for i := range n {
		dst = appendJSONByte(dst, value[i])
	}
	return append(appendCut(dst, n < len(value)), '"')
}

// appendJSONByte appends the text of c with a backslash before each backslash
// and quote in it (RFC 8259 section 7). Text holds nothing else that JSON would
// have escaped.
func appendJSONByte(dst []byte, c byte) []byte {
	switch {
	case c == '\\':
		return append(dst, `\\\\`...)
	case c == '"', !isPlain(c):
		dst = append(dst, '\\')
	}
	return appendTextByte(dst, c)
}

func appendMAC(dst []byte, mac [6]byte) []byte {
	dst = append(dst, '"')
	for i := range mac {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = appendHex(dst, mac[i:i+1])
	}
	return append(dst, '"')
}

func appendHex(dst, src []byte) []byte {
	for _, c := range src {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
