package packet

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in what ring and kernel share (struct tpacket_block_desc, struct
// tpacket3_hdr and struct sockaddr_ll, linux/if_packet.h).
const (
	blockStatus  = 8
	blockPackets = 12
	blockFirst   = 16

	headNext    = 0
	headSeconds = 4
	headNanos   = 8
	headSnap    = 12
	headLength  = 16
	headStatus  = 20
	headMAC     = 24
	headTag     = 32
	headTagType = 36
	headAddress = 48 // struct tpacket3_hdr, aligned: the address follows

	addressPacketType = 10

	tagBytes = 4
)

// blocks is the memory of a ring, cut into blocks that kernel and program hand
// to each other. It has no other state, so a test can make one of plain memory.
type blocks struct {
	mem  []byte
	size int // of a block

	at   int    // offset of the block that is read, or that is waited for
	left uint32 // frames left in it
	head int    // offset of the first of them
}

// ready tells whether a frame is at hand.
func (b *blocks) ready() bool {
	for b.left == 0 {
		if atomic.LoadUint32(b.word(blockStatus))&unix.TP_STATUS_USER == 0 {
			return false
		}
		b.left = b.u32(b.at + blockPackets)
		b.head = b.at + int(b.u32(b.at+blockFirst))
		if b.left == 0 {
			b.release()
		}
	}
	return true
}

// next drops the frame at hand, and with the last one its block.
func (b *blocks) next() {
	b.left--
	if b.left == 0 {
		b.release()
		return
	}
	b.head += int(b.u32(b.head + headNext))
}

// release gives the block back. Its count is cleared before, because the kernel
// may open the block later only, and pending must not count what was read.
func (b *blocks) release() {
	atomic.StoreUint32(b.word(blockPackets), 0)
	atomic.StoreUint32(b.word(blockStatus), unix.TP_STATUS_KERNEL)
	b.at += b.size
	if b.at == len(b.mem) {
		b.at = 0
	}
}

// pending tells whether the kernel has put frames into the block that is waited
// for. Its count is written as each is added.
func (b *blocks) pending() bool { return atomic.LoadUint32(b.word(blockPackets)) != 0 }

// word is a field of the block that both sides may access at any time.
func (b *blocks) word(off int) *uint32 { return (*uint32)(unsafe.Pointer(&b.mem[b.at+off])) }

func (b *blocks) u32(off int) uint32 { return binary.NativeEndian.Uint32(b.mem[off:]) }
func (b *blocks) u16(off int) uint16 { return binary.NativeEndian.Uint16(b.mem[off:]) }

// time is the kernel's stamp of the frame at hand, in nanoseconds since 1970.
func (b *blocks) time() int64 {
	return int64(b.u32(b.head+headSeconds))*1e9 + int64(b.u32(b.head+headNanos))
}

// outgoing tells whether the frame at hand was being sent.
func (b *blocks) outgoing() bool {
	return b.mem[b.head+headAddress+addressPacketType] == unix.PACKET_OUTGOING
}

// data is the frame at hand and its length on the wire.
func (b *blocks) data() ([]byte, int) {
	from := b.head + int(b.u16(b.head+headMAC))
	return b.mem[from : from+int(b.u32(b.head+headSnap))], int(b.u32(b.head + headLength))
}

// tagged is data with the VLAN tag put back that the kernel stripped from an
// Ethernet frame: the two addresses move to the front, into room that
// PACKET_RESERVE made. It may be called once for a frame.
func (b *blocks) tagged() ([]byte, int) {
	data, length := b.data()
	status := b.u32(b.head + headStatus)
	if status&unix.TP_STATUS_VLAN_VALID == 0 || len(data) < 12 {
		return data, length
	}
	kind := uint16(etherVLAN)
	if status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		kind = b.u16(b.head + headTagType)
	}
	from := b.head + int(b.u16(b.head+headMAC)) - tagBytes
	data = b.mem[from : from+tagBytes+len(data)]
	copy(data[:12], data[tagBytes:])
	binary.BigEndian.PutUint16(data[12:], kind)
	binary.BigEndian.PutUint16(data[14:], uint16(b.u32(b.head+headTag)))
	return data, length + tagBytes
}
