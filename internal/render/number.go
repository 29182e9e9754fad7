package render

import "strconv"

// Grouped writes 1234567 as "1,234,567", and what is below nothing as "0".
func Grouped[T ~int | ~int64 | ~uint64](n T) string {
	s := strconv.FormatUint(uint64(max(n, 0)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
