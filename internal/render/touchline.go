package render

import "klaxon"

// AppendTouchLine appends the frozen syslog line of a touch, without priority,
// tag or newline:
//
//	ALERT: host NAME accessing port SERVICE src=IP spt=N dst=IP dpt=N proto=tcp
//	ALERT: user CLAIM@NAME accessing port SERVICE src=IP spt=N dst=IP dpt=N proto=tcp
//
// and " if=NAME" after it when the source's address is link-local and the
// interface is known. Split at single spaces it always has the same words in
// the same places: NAME, CLAIM, SERVICE and the interface are tokens (see
// AppendToken), NAME is the address when there is no name, and what is not
// known is "-", a port 0.
func AppendTouchLine(dst []byte, t *klaxon.Touch) []byte {
	dst = append(dst, "ALERT: "...)
	if claim, ok := claimOf(t); ok {
		dst = append(dst, "user "...)
		dst = appendWord(dst, claim, claimCap)
		dst = append(dst, '@')
	} else {
		dst = append(dst, "host "...)
	}
	if t.Source.Name != "" {
		dst = appendToken(dst, t.Source.Name, nameCap)
	} else {
		dst = appendAddr(dst, t.Source.Addr)
	}
	dst = append(dst, " accessing port "...)
	dst = appendWord(dst, t.Service, serviceCap)
	dst = append(dst, " src="...)
	dst = appendAddr(dst, t.Source.Addr)
	dst = append(dst, " spt="...)
	dst = appendUint(dst, uint64(t.Source.Port))
	dst = append(dst, " dst="...)
	dst = appendAddr(dst, t.Target.Addr)
	dst = append(dst, " dpt="...)
	dst = appendUint(dst, uint64(t.Target.Port))
	dst = append(dst, " proto="...)
	dst = appendWord(dst, t.Transport.String(), wordCap)
	if link := linkInterface(t); link != "" {
		dst = append(dst, " if="...)
		dst = appendToken(dst, link, interfaceCap)
	}
	return dst
}

func claimOf(t *klaxon.Touch) (claim []byte, ok bool) {
	if t.Ident == nil || t.Ident.Outcome != klaxon.IdentClaim {
		return nil, false
	}
	return t.Ident.Claim, true
}
