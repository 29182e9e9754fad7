package main

import (
	"fmt"
	"net/mail"
	"strings"
)

// nobody is who answers for packages of which nobody has said that he does. The
// project has no address, and a name below .invalid is nobody's (RFC 2606): what
// Debian's checks say of it is true. Who gives packages away sets his own.
const nobody = "Nobody yet <set-MAINTAINER@klaxon.invalid>"

// checkMaintainer wants what Debian's policy wants (5.6.2), and rpm takes.
func checkMaintainer(text string) error {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name == "" || text != a.Name+" <"+a.Address+">" || strings.ContainsAny(a.Name, ",\"") {
		return fmt.Errorf("the maintainer of the packages is %q, wanted a name and an address such as: make dist MAINTAINER=%q",
			text, "Jane Doe <jane@example.org>")
	}
	return nil
}
