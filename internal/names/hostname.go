package names

import "strings"

// isHostname reports whether s may be repeated as the name of a host: letters,
// digits, hyphens and underscores in labels of 1 to 63 bytes, 253 in all with
// the dots (RFC 1035, section 2.3.4, less the root). A name whose last label is
// a number is refused, because it reads as an address (RFC 1123, section 2.1).
func isHostname(s string) bool {
	if len(s) > hostnameMax {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
		last = label
	}
	return strings.Trim(last, "0123456789") != ""
}

func isLabel(s string) bool {
	if len(s) < 1 || len(s) > labelMax {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
