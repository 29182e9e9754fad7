package synth

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// SCTP is a packet with one chunk.
type SCTP struct {
	SrcPort, DstPort uint16
	Tag              uint32
	Chunk            uint8
	Data             []byte // of the chunk
}

// Chunks.
const (
	chunkInit    = 1
	chunkInitAck = 2
	chunkAbort   = 6
	chunkCookie  = 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Proto is SCTP.
func (s SCTP) Proto() uint8 { return protoSCTP }

// Append appends the packet's bytes (RFC 9260 section 3).
func (s SCTP) Append(b []byte, _, _ netip.Addr) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, s.SrcPort)
	b = binary.BigEndian.AppendUint16(b, s.DstPort)
	b = binary.BigEndian.AppendUint32(b, s.Tag)
	b = append(b, 0, 0, 0, 0, s.Chunk, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(s.Data)))
	b = append(b, s.Data...)
	binary.LittleEndian.PutUint32(b[start+8:], crc32.Checksum(b[start:], castagnoli))
	return b
}

// initChunk is what an INIT or INIT ACK says.
func initChunk(tag, tsn uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, tag)
	b = binary.BigEndian.AppendUint32(b, 32768)
	b = append(b, 0, 10, 8, 0)
	return binary.BigEndian.AppendUint32(b, tsn)
}
