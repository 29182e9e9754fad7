package listen

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"klaxon"
)

// inherit duplicates a socket of the service manager and arms it.
func (s *Set) inherit(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	fd := -1
	if cerr := raw.Control(func(its uintptr) {
		fd, err = unix.FcntlInt(its, unix.F_DUPFD_CLOEXEC, 0)
	}); cerr != nil {
		return cerr
	}
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	sock, err := examine(fd)
	if err != nil {
		unix.Close(fd)
		return err
	}
	sock.trap.Label = s.plan.inheritedLabel(sock.trap.port())
	return s.add(sock)
}

// examine finds out what a socket is, and prepares it as far as a bound socket
// allows.
func examine(fd int) (*socket, error) {
	tr, err := transportOf(fd)
	if err != nil {
		return nil, err
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	local := decode(fd, sa)
	if !local.IsValid() || local.Port() == 0 {
		return nil, errors.New("it is not bound to an IP port")
	}
	sock := &socket{
		trap:      Trap{Transport: tr, Port: local.Port()},
		addr:      local.Addr(),
		fd:        int32(fd),
		inherited: true,
	}
	if sock.addr.Is6() && sock.addr.IsUnspecified() {
		only, err := unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
		sock.bothFamilies = err == nil && only == 0
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if tr == klaxon.UDP {
		_, inet6 := sa.(*syscall.SockaddrInet6)
		return sock, setOptions(fd, datagramOptions(!inet6 || sock.bothFamilies, inet6))
	}
	needHandshake(fd)
	return sock, setOptions(fd, []option{{unix.IPPROTO_TCP, unix.TCP_SYNCNT, synAckRetries, "TCP_SYNCNT"}})
}

func transportOf(fd int) (klaxon.Transport, error) {
	proto, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil {
		return 0, os.NewSyscallError("getsockopt SO_PROTOCOL", err)
	}
	switch proto {
	case unix.IPPROTO_UDP:
		return klaxon.UDP, nil
	case unix.IPPROTO_TCP:
	default:
		return 0, fmt.Errorf("its protocol is %d, want TCP (%d) or UDP (%d)", proto, unix.IPPROTO_TCP, unix.IPPROTO_UDP)
	}
	if listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listening == 0 {
		return 0, errors.New("it is a TCP socket that does not listen (with systemd: Accept=no is needed)")
	}
	return klaxon.TCP, nil
}
