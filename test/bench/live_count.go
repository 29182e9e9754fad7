package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/watch/packet"
)

// The receivers say what tocsin says, so that they are read alike.

func listening(name string) { fmt.Fprintf(os.Stderr, "listening on %s\n", name) }

func received(packets, lost uint64) {
	fmt.Fprintf(os.Stderr, "%d packets\n%d lost by the kernel\n", packets, lost)
}

func interrupted() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	return c
}

// decodeCount captures as tocsin does, decodes, and judges nothing.
func decodeCount(name string) error {
	c, err := packet.Open(packet.Config{Interfaces: []string{name}})
	if err != nil {
		return err
	}
	stop := interrupted()
	listening(name)
	var n uint64
	var p decode.Packet
	for len(stop) == 0 {
		f, err := c.Next(50 * time.Millisecond)
		if errors.Is(err, packet.ErrIdle) {
			continue
		}
		if err != nil {
			return err
		}
		decode.Decoder{}.Decode(f.Link, f.Data, f.Length, &p)
		n++
	}
	received(n, c.Drops(0))
	return c.Close()
}

const (
	bareBlock  = 64 << 10 // as in internal/watch/packet
	bareBlocks = 128
)

// bareCount takes packets from a ring and only counts them, block by block.
func bareCount(name string) error {
	fd, ring, err := bareRing(name)
	if err != nil {
		return err
	}
	stop := interrupted()
	listening(name)
	var n uint64
	for block := 0; len(stop) == 0; {
		head := ring[block*bareBlock:]
		status := (*uint32)(unsafe.Pointer(&head[8]))
		if atomic.LoadUint32(status)&unix.TP_STATUS_USER == 0 {
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 50); err != nil && err != unix.EINTR {
				return err
			}
			continue
		}
		n += uint64(binary.NativeEndian.Uint32(head[12:]))
		atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
		block = (block + 1) % bareBlocks
	}
	s, err := unix.GetsockoptTpacketStatsV3(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return err
	}
	received(n, uint64(s.Drops))
	return nil
}

func bareRing(name string) (fd int, ring []byte, err error) {
	dev, err := net.InterfaceByName(name)
	if err != nil {
		return 0, nil, err
	}
	if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return 0, nil, err
	}
	req := unix.TpacketReq3{Block_size: bareBlock, Block_nr: bareBlocks, Frame_size: 2048,
		Frame_nr: bareBlock / 2048 * bareBlocks, Retire_blk_tov: 20}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return 0, nil, err
	}
	if ring, err = unix.Mmap(fd, 0, bareBlock*bareBlocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return 0, nil, err
	}
	all := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}) // in network order
	return fd, ring, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: dev.Index})
}
