package systemd

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Inherited is a socket that the manager has opened.
type Inherited struct {
	File *os.File
	Name string // FileDescriptorName=, "" when not given
}

// firstFD is where the manager's sockets begin (SD_LISTEN_FDS_START).
const firstFD = 3

// maxListeners is our own bound on what the environment may claim: a manager
// hands over a few sockets, and each number is tried.
const maxListeners = 4096

var errListenFDs = errors.New("LISTEN_FDS is no number of sockets")

// Listeners returns the sockets that the manager hands to this process, none
// without one. They are close-on-exec, and the variables that named them are
// removed.
func Listeners() ([]Inherited, error) {
	defer os.Unsetenv("LISTEN_PID")
	defer os.Unsetenv("LISTEN_FDS")
	defer os.Unsetenv("LISTEN_FDNAMES")
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n < 0 || n > maxListeners {
		return nil, errListenFDs
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	out := make([]Inherited, 0, n)
	for i := range n {
		fd := firstFD + i
		syscall.CloseOnExec(fd)
		in := Inherited{File: os.NewFile(uintptr(fd), "LISTEN_FD_"+strconv.Itoa(fd))}
		if i < len(names) {
			in.Name = names[i]
		}
		out = append(out, in)
	}
	return out, nil
}
