// Package grade says how wise an ident query (RFC 1413) is for a service. It
// stands apart from the catalogue so that cmd/klaxon, which runs once for each
// touch, links a switch and no tables.
package grade

import "klaxon"

// Grade is how wise it is to ask the ident daemon of whoever touched a service.
type Grade string

// The grades.
const (
	Good        Grade = "good"        // asked whenever ident is on
	Discouraged Grade = "discouraged" // asked only when forced: honest clients may take it amiss
	Never       Grade = "never"       // the question itself could start a loop or a storm
	None        Grade = "none"        // no connection, so RFC 1413 has nothing to ask about
)

// Of returns the grade of any service, whether the catalogue has it or not.
func Of(tr klaxon.Transport, port uint16) Grade {
	switch port {
	case 7, 19, 69, 113: // echo, chargen, tftp, auth
		return Never
	}
	if tr != klaxon.TCP {
		return None
	}
	switch port {
	case 21, 540: // ftp, uucp
		return Discouraged
	}
	return Good
}
