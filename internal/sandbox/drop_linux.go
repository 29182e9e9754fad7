package sandbox

import (
	"errors"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Capability is a number of capabilities(7).
type Capability uint

// NetBindService lets a process bind ports below 1024.
const NetBindService Capability = unix.CAP_NET_BIND_SERVICE

var errCgo = errors.New("this needs a program built with CGO_ENABLED=0")

// DropTo gives up, on every thread and for good, all that the process does not
// need: started as root it becomes id; of its capabilities it keeps those
// named, where it has them; and it can gain no others, neither by exec
// (no-new-privs, bounding set) nor from a core file. It works in programs built
// with CGO_ENABLED=0 only.
func DropTo(id Identity, keep ...Capability) error {
	var mask uint64
	for _, c := range keep {
		mask |= 1 << c
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return &Error{"forbid core files", err}
	}
	if syscall.Geteuid() == 0 {
		if err := leaveRoot(id, mask); err != nil {
			return err
		}
	}
	if err := setCapabilities(mask); err != nil {
		return err
	}
	if err := prctl("clear ambient capabilities", unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0); err != nil {
		return err
	}
	if err := prctl("set no-new-privs", unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return err
	}
	return prctl("forbid dumps", unix.PR_SET_DUMPABLE, 0, 0)
}

// leaveRoot empties the bounding set, which takes root, and becomes id without
// losing the permitted capabilities on the way.
func leaveRoot(id Identity, mask uint64) error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		// A kernel older than this build has fewer capabilities.
		err := prctl("empty the bounding set", unix.PR_CAPBSET_DROP, c, 0)
		if err != nil && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	if err := prctl("keep capabilities", unix.PR_SET_KEEPCAPS, 1, 0); err != nil {
		return err
	}
	if err := id.assume(); err != nil {
		return err
	}
	return prctl("keep capabilities no longer", unix.PR_SET_KEEPCAPS, 0, 0)
}

// setCapabilities makes mask, of what is permitted, all that every thread has.
func setCapabilities(mask uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return &Error{"read capabilities", err}
	}
	for i := range data {
		have := data[i].Permitted & uint32(mask>>(32*i))
		data[i] = unix.CapUserData{Effective: have, Permitted: have}
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	runtime.KeepAlive(&header)
	runtime.KeepAlive(&data)
	return failed("set capabilities", errno)
}

func prctl(step string, option int, arg2, arg3 uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, uintptr(option), arg2, arg3, 0, 0, 0)
	return failed(step, errno)
}

func failed(step string, errno syscall.Errno) error {
	switch errno {
	case 0:
		return nil
	case syscall.ENOTSUP:
		return &Error{step, errCgo}
	}
	return &Error{step, errno}
}
