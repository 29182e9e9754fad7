package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
)

// ring is one interface's socket and the memory that it shares with the kernel.
//
// It is ours and not gopacket's: docs/decisions/0005-our-own-ring.md says why.
type ring struct {
	blocks
	index int // among the capture's
	name  string
	link  decode.Link
	loop  bool // sees each packet twice, outgoing first
	fd    int
	drops uint64
	bound int64 // while no frame is at hand: none older than this will come
	down  bool
	gone  bool
}

// openRing makes a socket that has yet to be bound, with its filter and its
// memory: until then it receives nothing, so no packet can be older than the
// filter.
func openRing(l link, filter []bpf.RawInstruction, bytes int) (r *ring, err error) {
	kind, socket, err := l.linkType()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, socket|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if errors.Is(err, unix.EPERM) {
		return nil, fmt.Errorf("watch %s: %w: run as root, or: sudo setcap cap_net_raw=+ep %s", l.name, ErrPrivilege, programPath())
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: packet socket: %w", l.name, err)
	}
	r = &ring{name: l.name, link: kind, loop: l.loopback, fd: fd}
	if err := r.prepare(filter, bytes); err != nil {
		r.close()
		return nil, fmt.Errorf("watch %s: %w", l.name, err)
	}
	return r, nil
}

// programPath is what setcap is to be told about.
func programPath() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return "PROGRAM"
}

func (r *ring) prepare(filter []bpf.RawInstruction, bytes int) error {
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("ask for a ring of version 3: %w", err)
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, tagBytes); err != nil {
		return fmt.Errorf("make room for VLAN tags: %w", err)
	}
	if err := r.attach(filter); err != nil {
		return err
	}
	if r.loop { // spares the kernel what ready skips; since Linux 4.20
		_ = unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}
	return r.share(bytes)
}

func (r *ring) attach(filter []bpf.RawInstruction) error {
	p := unix.SockFprog{Len: uint16(len(filter)), Filter: (*unix.SockFilter)(unsafe.Pointer(&filter[0]))}
	err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &p)
	switch {
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("the kernel refuses the filter: if one was given, does it read memory that it never wrote? %w", err)
	case errors.Is(err, unix.ENOMEM):
		return fmt.Errorf("the filter of %d instructions is too long: raise net.core.optmem_max, or give a shorter one: %w", len(filter), err)
	case err != nil:
		return fmt.Errorf("set the filter: %w", err)
	}
	return nil
}

// share makes the ring, of about so many bytes.
func (r *ring) share(bytes int) error {
	const frame = 2048 // of no consequence in version 3, but must divide a block
	r.size = blockBytes
	count := max(bytes/blockBytes, minBlocks)
	req := unix.TpacketReq3{
		Block_size: blockBytes, Block_nr: uint32(count),
		Frame_size: frame, Frame_nr: uint32(blockBytes / frame * count),
		Retire_blk_tov: uint32(retireAfter.Milliseconds()),
	}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return fmt.Errorf("make a ring of %d bytes: %w", count*blockBytes, err)
	}
	mem, err := unix.Mmap(r.fd, 0, count*blockBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map a ring of %d bytes: %w", count*blockBytes, err)
	}
	r.mem = mem
	return nil
}

// start lets packets in.
func (r *ring) start(index int, promiscuous bool) error {
	if promiscuous {
		m := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return fmt.Errorf("watch %s: set promiscuous mode: %w", r.name, err)
		}
	}
	everything := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}) // in network order
	at := unix.SockaddrLinklayer{Protocol: everything, Ifindex: index}
	if err := unix.Bind(r.fd, &at); err != nil {
		return fmt.Errorf("watch %s: %w", r.name, err)
	}
	r.bound = time.Now().UnixNano()
	return nil
}

// ready tells whether a frame is at hand, past the duplicates of lo.
func (r *ring) ready() bool {
	for r.blocks.ready() {
		if !r.loop || !r.outgoing() {
			return true
		}
		r.next()
	}
	return false
}

// settle renews bound. The clock is read first: a frame that is stamped later
// is no concern of this bound.
func (r *ring) settle() {
	now := time.Now().UnixNano()
	switch {
	case r.ready():
	case r.gone || !r.pending():
		r.bound = now - int64(settleAfter)
	default:
		r.bound = max(r.bound, now-int64(holdAtMost))
	}
}

// frame is the frame at hand. It may be called once for each.
func (r *ring) frame() (data []byte, length int) {
	if r.link == decode.LinkEthernet {
		return r.tagged()
	}
	return r.data()
}

// trouble says what became of the interface when the socket reports an error.
func (r *ring) trouble() error {
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return fmt.Errorf("watch %s: %w", r.name, err)
	case code == 0:
		return nil
	case unix.Errno(code) == unix.ENETDOWN:
		r.down = true
		if err := r.vanished(); err != nil {
			return err
		}
		return fmt.Errorf("watch %s: %w", r.name, ErrDown)
	}
	return fmt.Errorf("watch %s: %w", r.name, unix.Errno(code))
}

// vanished tells whether an interface that went down was removed: its socket
// then has none. The kernel reports the first and not the second.
func (r *ring) vanished() error {
	if !r.down || r.gone {
		return nil
	}
	at, err := unix.Getsockname(r.fd)
	if err != nil {
		return fmt.Errorf("watch %s: %w", r.name, err)
	}
	if ll, ok := at.(*unix.SockaddrLinklayer); ok && ll.Ifindex < 0 {
		r.gone = true
		return fmt.Errorf("watch %s: %w", r.name, ErrGone)
	}
	return nil
}

// countDrops adds what the kernel counted since it was last asked.
func (r *ring) countDrops() uint64 {
	if s, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		r.drops += uint64(s.Drops)
	}
	return r.drops
}

func (r *ring) close() error {
	var unmapped error
	if r.mem != nil {
		unmapped = unix.Munmap(r.mem)
		r.mem = nil
	}
	return errors.Join(unmapped, unix.Close(r.fd))
}
