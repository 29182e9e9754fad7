package ident

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"

	"klaxon"
)

// appendQuery writes the line we send: the port on the machine that is asked,
// then the port here (RFC 1413, section 3).
func appendQuery(dst []byte, remote, local uint16) []byte {
	dst = strconv.AppendUint(dst, uint64(remote), 10)
	dst = append(dst, ", "...)
	dst = strconv.AppendUint(dst, uint64(local), 10)
	return append(dst, "\r\n"...)
}

// readLine returns the first line without its end, or the outcome when there
// is none. CR LF ends a line, and so do a CR or an LF alone, neither of which
// may stand in a reply, and the end of the stream.
func readLine(r io.Reader) ([]byte, klaxon.IdentOutcome) {
	buf := make([]byte, replyMax)
	for n := 0; n < len(buf); {
		m, err := r.Read(buf[n:])
		n += m
		if end := bytes.IndexAny(buf[:n], "\r\n"); end >= 0 {
			return buf[:end], ""
		}
		switch {
		case err == nil:
		case n == 0 || errors.Is(err, os.ErrDeadlineExceeded):
			return nil, klaxon.IdentNoAnswer
		case err == io.EOF:
			return buf[:n], ""
		default:
			return nil, klaxon.IdentError
		}
	}
	return nil, klaxon.IdentError
}

// parseReply judges one line. The claim, a part of line, is what follows the
// third colon, and not empty only with IdentClaim: at most 512 octets, any but
// NUL, CR and LF.
//
// RFC 1413 (section 6, note 1) allows white space everywhere but inside a
// token and in the user id, which is all that follows the colon. Its own
// examples, and every daemon since, put one space there all the same, so one
// space is dropped; a daemon's further ones are part of the name, as are those
// at the end. As in RFC 931 any operating system is accepted, OTHER among them.
func parseReply(line []byte, remote, local uint16) (klaxon.IdentOutcome, []byte) {
	ports, rest, _ := bytes.Cut(line, []byte(":"))
	kind, rest, _ := bytes.Cut(rest, []byte(":"))
	if !isPair(ports, remote, local) {
		return klaxon.IdentError, nil
	}
	switch {
	case isKeyword(kind, "ERROR") && isKeyword(rest, "HIDDEN-USER"):
		return klaxon.IdentHidden, nil
	case isKeyword(kind, "USERID"):
		return parseUser(rest)
	}
	return klaxon.IdentError, nil
}

// parseUser reads what follows "USERID :".
func parseUser(field []byte) (klaxon.IdentOutcome, []byte) {
	system, id, found := bytes.Cut(field, []byte(":"))
	id = bytes.TrimPrefix(id, []byte(" "))
	if !found || len(trim(system)) == 0 || len(id) == 0 || bytes.ContainsAny(id, "\x00\r\n") {
		return klaxon.IdentError, nil
	}
	return klaxon.IdentClaim, id[:min(len(id), claimMax)]
}

func isPair(field []byte, remote, local uint16) bool {
	first, second, found := bytes.Cut(field, []byte(","))
	return found && isPort(first, remote) && isPort(second, local)
}

// isPort reports whether field is the number: 1 to 5 digits, RFC 1413 section 6.
func isPort(field []byte, want uint16) bool {
	field = trim(field)
	if len(field) < 1 || len(field) > 5 {
		return false
	}
	n := 0
	for _, c := range field {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n == int(want)
}

// isKeyword ignores case: RFC 931 does not say that it matters.
func isKeyword(field []byte, word string) bool {
	return bytes.EqualFold(trim(field), []byte(word))
}

// trim removes what RFC 1413 calls white space.
func trim(field []byte) []byte { return bytes.Trim(field, " \t") }
