package sandbox

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// Identity is a user to become.
type Identity struct {
	Name     string
	UID, GID int
}

// nobody is what every Unix has, under this number on Linux (LSB) when its
// passwd file does not say.
var nobody = Identity{"nobody", 65534, 65534}

// maxPasswd is our own bound on what is read: the file is trusted, and still
// no reason to read without end.
const maxPasswd = 1 << 20

// Lookup returns a user of /etc/passwd, or nobody where there is no such user.
// A user with the number of root is refused.
func Lookup(user string) (Identity, error) {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return nobody, nil // a bare container: the number alone will do
	}
	defer f.Close()
	id := find(f, user)
	if id.UID == 0 || id.GID == 0 {
		return Identity{}, &Error{"look up user " + user, errRoot}
	}
	return id, nil
}

var errRoot = os.ErrPermission

// find reads lines of passwd(5): name:password:uid:gid:…
func find(r io.Reader, user string) Identity {
	fallback := nobody
	for lines := bufio.NewScanner(io.LimitReader(r, maxPasswd)); lines.Scan(); {
		f := strings.SplitN(lines.Text(), ":", 5)
		if len(f) < 5 || f[0] != user && f[0] != nobody.Name {
			continue
		}
		uid, err := strconv.ParseUint(f[2], 10, 31)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(f[3], 10, 31)
		if err != nil {
			continue
		}
		id := Identity{f[0], int(uid), int(gid)}
		if f[0] == user {
			return id
		}
		fallback = id
	}
	return fallback
}
