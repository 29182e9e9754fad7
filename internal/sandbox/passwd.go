package sandbox

import (
	"os"
	"strconv"
	"strings"
	"syscall"
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
	id := find(readPasswd(), user)
	if id.UID == 0 || id.GID == 0 {
		return Identity{}, &Error{"look up user " + user, errRoot}
	}
	return id, nil
}

var errRoot = os.ErrPermission

// readPasswd returns /etc/passwd, nothing where there is none: in a bare
// container the number of nobody alone will do. Package os would start the
// runtime's poller for it, which klaxon has no other use for.
func readPasswd() string {
	fd, err := syscall.Open("/etc/passwd", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer syscall.Close(fd)
	var text []byte
	for buf := make([]byte, 8<<10); len(text) < maxPasswd; {
		n, err := syscall.Read(fd, buf)
		if n <= 0 || err != nil {
			break
		}
		text = append(text, buf[:n]...)
	}
	return string(text)
}

// find reads lines of passwd(5): name:password:uid:gid:…
func find(passwd, user string) Identity {
	fallback := nobody
	for line := range strings.Lines(passwd) {
		f := strings.SplitN(line, ":", 5)
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

// Shared tells whether others may be this user as well: nobody is whoever has no
// user of his own.
func (id Identity) Shared() bool { return id.Name == nobody.Name }
