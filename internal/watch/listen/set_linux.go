package listen

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"klaxon"
)

// Set is a set of armed traps. Its methods are safe for concurrent use, but
// not from within the handler (Counters excepted); Run is called once at a
// time.
type Set struct {
	handler Handler
	epoll   int
	wake    int // eventfd that ends a wait
	tally   tally

	running sync.Mutex // held by Run

	mu      sync.Mutex
	closed  bool
	plan    plan
	sockets map[int32]*socket // by descriptor
	trouble []Status          // what is not armed, and why
	fdCap   int
	reserve int // descriptor to give back for an accept, -1 when spent

	// Owned by Run, under mu.
	starved bool // the system is out of something; rest before the next try
	touch   klaxon.Touch
	payload klaxon.Payload
	buf     []byte // datagramCap
	control [controlCap]byte
}

// Open arms the traps of cfg, takes over its inherited sockets, and lifts
// RLIMIT_NOFILE to its hard limit. A trap that cannot be armed is no error: see
// Status. The handler is called only while Run runs.
func Open(cfg Config, h Handler) (*Set, error) {
	p, err := newPlan(cfg)
	if err != nil {
		return nil, err
	}
	raiseDescriptorLimit()
	s := &Set{
		handler: h,
		epoll:   -1,
		wake:    -1,
		plan:    p,
		sockets: make(map[int32]*socket),
		reserve: newReserve(),
		buf:     make([]byte, datagramCap),
	}
	if err := s.start(cfg.Inherited); err != nil {
		s.Close()
		return nil, err
	}
	s.arm()
	return s, nil
}

func (s *Set) start(inherited []*os.File) (err error) {
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("listen: %w", os.NewSyscallError("epoll_create1", err))
	}
	if s.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("listen: %w", os.NewSyscallError("eventfd", err))
	}
	if err := s.watch(int32(s.wake)); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for _, f := range inherited {
		if err := s.inherit(f); err != nil {
			return fmt.Errorf("listen: inherited socket %s: %w", f.Name(), err)
		}
	}
	return nil
}

// watch adds fd to those the loop waits for: level-triggered, so that what a
// turn leaves is offered again.
func (s *Set) watch(fd int32) error {
	err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{Events: unix.EPOLLIN, Fd: fd})
	return os.NewSyscallError("epoll_ctl", err)
}

// Status returns the state of each trap on each address, sorted by transport,
// port and address. Finding the holders reads /proc, which takes a while on a
// host with many processes.
func (s *Set) Status() []Status {
	s.mu.Lock()
	all, ours := slices.Clone(s.trouble), make(map[string]bool, len(s.sockets))
	for _, sock := range s.sockets {
		var st unix.Stat_t
		if unix.Fstat(int(sock.fd), &st) == nil {
			ours[socketLink(strconv.FormatUint(st.Ino, 10))] = true
		}
		all = append(all, Status{Trap: sock.trap, Addr: sock.addr, State: StateArmed})
	}
	s.mu.Unlock()
	nameHolders(all, ours)
	slices.SortFunc(all, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Port, b.Port), a.Addr.Compare(b.Addr))
	})
	return all
}

// Close disarms all traps. When Run runs it ends first.
func (s *Set) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.interrupt()
	s.running.Lock()
	defer s.running.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sock := range s.sockets {
		unix.Close(int(sock.fd))
	}
	clear(s.sockets)
	for _, fd := range []*int{&s.reserve, &s.wake, &s.epoll} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// interrupt ends the loop's wait.
func (s *Set) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake >= 0 {
		// A number that is not zero in either byte order. When the counter is
		// full the write fails, but then the loop is being woken already.
		_, _ = unix.Write(s.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}
