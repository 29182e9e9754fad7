package main

import (
	"bufio"
	"encoding/binary"
	"os"

	"klaxon/internal/synth"
)

// host is one end of the traffic of a generated capture.
type host struct {
	addr [16]byte // IPv4: the first four bytes
	v6   bool
	mac  [6]byte
	used bool // it has sent something
}

// segment says what a frame holds.
type segment struct {
	from, to     *host
	proto        uint8
	sport, dport uint16 // ICMP: type and code, identifier and number in seq
	seq, ack     uint32
	flags        uint8
	window       uint16
	id           uint16
	ttl          uint8
	mayFragment  bool
	options      []byte
	data         int // bytes of payload
}

// The protocols and flags of the generated packets.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoARP    = 0 // stands for what is no IP packet

	fin = 1
	syn = 2
	rst = 4
	psh = 8
	ack = 16
	urg = 32
)

// The options of a Linux host's SYN, of its data, and of a raw scanner's SYN.
var (
	optionsSYN  = []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7}
	optionsData = []byte{1, 1, 8, 10, 0, 1, 2, 3, 0, 1, 2, 3}
	optionsMSS  = []byte{2, 4, 5, 180}
)

// captureWriter writes a pcap file with nanoseconds.
type captureWriter struct {
	out   *bufio.Writer
	snap  int
	frame [16 + 1600]byte // a record with its header
}

func newCaptureWriter(f *os.File, snap int) *captureWriter {
	w := &captureWriter{out: bufio.NewWriterSize(f, 1<<20), snap: snap}
	for i := range w.frame {
		w.frame[i] = byte(i * 167)
	}
	var head [24]byte
	le := binary.LittleEndian
	le.PutUint32(head[0:], 0xa1b23c4d)
	le.PutUint16(head[4:], 2)
	le.PutUint16(head[6:], 4)
	le.PutUint32(head[16:], uint32(snap))
	le.PutUint32(head[20:], 1)
	w.out.Write(head[:])
	return w
}

// write adds a frame, seen at a time in ns. Errors stay in the buffered writer
// until it is flushed.
func (w *captureWriter) write(at int64, s *segment) {
	b := append(w.frame[16:16], s.to.mac[:]...)
	b = append(b, s.from.mac[:]...)
	switch {
	case s.proto == protoARP:
		b = arpFrame(b, s)
	case s.from.v6:
		b = ipv6Frame(b, s)
	default:
		b = ipv4Frame(b, s)
	}
	length := max(len(b), 60)
	captured := min(length, w.snap)
	le := binary.LittleEndian
	le.PutUint32(w.frame[0:], uint32(at/1e9))
	le.PutUint32(w.frame[4:], uint32(at%1e9))
	le.PutUint32(w.frame[8:], uint32(captured))
	le.PutUint32(w.frame[12:], uint32(length))
	w.out.Write(w.frame[:16+captured])
}

func ipv4Frame(b []byte, s *segment) []byte {
	be := binary.BigEndian
	b = append(b, 8, 0, 0x45, 0)
	b = be.AppendUint16(b, uint16(20+transportLen(s)))
	b = be.AppendUint16(b, s.id)
	fragment := uint16(0x4000)
	if s.mayFragment {
		fragment = 0
	}
	b = be.AppendUint16(b, fragment)
	b = append(b, s.ttl, s.proto, 0, 0)
	b = append(b, s.from.addr[:4]...)
	b = append(b, s.to.addr[:4]...)
	header := b[len(b)-20:]
	be.PutUint16(header[10:], synth.Checksum(header))
	return transportFrame(b, s)
}

func ipv6Frame(b []byte, s *segment) []byte {
	b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(transportLen(s)))
	b = append(b, s.proto, s.ttl)
	b = append(b, s.from.addr[:]...)
	b = append(b, s.to.addr[:]...)
	return transportFrame(b, s)
}

func transportLen(s *segment) int {
	if s.proto == protoTCP {
		return 20 + len(s.options) + s.data
	}
	return 8 + s.data
}

// transportFrame leaves the checksums zero, as offloading does on the sending
// host. The payload is what the buffer holds.
func transportFrame(b []byte, s *segment) []byte {
	be := binary.BigEndian
	switch s.proto {
	case protoTCP:
		b = be.AppendUint16(b, s.sport)
		b = be.AppendUint16(b, s.dport)
		b = be.AppendUint32(b, s.seq)
		b = be.AppendUint32(b, s.ack)
		b = append(b, byte(5+len(s.options)/4)<<4, s.flags)
		b = be.AppendUint16(b, s.window)
		b = append(b, 0, 0, 0, 0)
		b = append(b, s.options...)
	case protoUDP:
		b = be.AppendUint16(b, s.sport)
		b = be.AppendUint16(b, s.dport)
		b = be.AppendUint16(b, uint16(8+s.data))
		b = append(b, 0, 0)
	default:
		b = append(b, byte(s.sport), byte(s.dport), 0, 0)
		b = be.AppendUint32(b, s.seq)
	}
	return b[:len(b)+s.data]
}

// arpFrame is a request, or a reply when there is an ack.
func arpFrame(b []byte, s *segment) []byte {
	b = append(b, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1+byte(s.ack))
	b = append(b, s.from.mac[:]...)
	b = append(b, s.from.addr[:4]...)
	b = append(b, 0, 0, 0, 0, 0, 0)
	return append(b, s.to.addr[:4]...)
}
