package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/synth"
)

// flood sends SYNs from very many addresses, the costliest traffic there is for
// a detector: every packet passes the filter and begins something.
type flood struct {
	fd     int
	at     *unix.SockaddrLinklayer
	frames [][]byte
	next   int
}

// floodFrames is how many different ones there are, each of its own source.
const floodFrames = 50_000

func newFlood(name string) (*flood, error) {
	dev, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	f := &flood{fd: fd, at: &unix.SockaddrLinklayer{Ifindex: dev.Index}}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		f.close()
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	r := rand.New(rand.NewPCG(1, 3))
	for range floodFrames {
		f.frames = append(f.frames, floodSYN(r))
	}
	return f, nil
}

func floodSYN(r *rand.Rand) []byte {
	b := make([]byte, 60) // the least that Ethernet carries
	copy(b, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 44})
	binary.BigEndian.PutUint16(b[18:], uint16(r.Uint32()))
	b[22], b[23] = 64, 6
	binary.BigEndian.PutUint32(b[26:], 1<<24+r.Uint32()>>1)                         // from anywhere
	binary.BigEndian.PutUint32(b[30:], 10<<24|r.Uint32N(256))                       // to a /24
	binary.BigEndian.PutUint32(b[34:], (1024+r.Uint32N(60000))<<16|r.Uint32N(1000)) // ports
	binary.BigEndian.PutUint32(b[38:], r.Uint32())
	binary.BigEndian.PutUint16(b[24:], synth.Checksum(b[14:34]))   // without it no machine takes the packet as its own
	copy(b[46:], []byte{0x60, 2, 4, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4}) // SYN, window 1024, MSS 1460
	return b
}

// run sends for a while, at a rate if it is above 0, and tells how many packets
// went out and how long it took.
func (f *flood) run(rate float64, lasting time.Duration) (sent int, took time.Duration, err error) {
	began := time.Now()
	for took < lasting {
		due := sent + 256
		if rate > 0 {
			due = int(rate * took.Seconds())
		}
		if sent >= due {
			time.Sleep(500 * time.Microsecond)
		}
		for ; sent < due; sent++ {
			if err := unix.Sendto(f.fd, f.frames[f.next], 0, f.at); err != nil {
				return sent, took, fmt.Errorf("send: %w", err)
			}
			f.next = (f.next + 1) % len(f.frames)
		}
		took = time.Since(began)
	}
	return sent, took, nil
}

func (f *flood) close() { unix.Close(f.fd) }
