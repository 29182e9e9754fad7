package capture

import (
	"net/netip"

	"klaxon/internal/decode"
)

// Frame is one captured frame.
type Frame struct {
	Time      int64       // nanoseconds since 1970, UTC; 0 to 2^62
	Link      decode.Link // what Data begins with
	Interface int         // index in Interfaces
	Length    int         // bytes on the wire, at least len(Data)
	Inbound   bool        // live: it came to this host from outside; false of a file, which does not say
	Data      []byte      // the bytes captured; the reader's own, valid until the next call
}

// Interface describes where frames were captured. Every field but Link may be
// absent from a file, and all are a stranger's claim.
type Interface struct {
	Name   string         // at most 128 bytes, of any kind; empty in pcap files
	Link   decode.Link    // of all its frames
	Addrs  []netip.Prefix // its own addresses, with the length of their network
	Drops  uint64         // frames lost by device and system, as last told
	shared bool           // described already in the section being read
}

// Kept is what a capture file keeps of an interface.
func (in Interface) Kept() Interface {
	in.Name = in.Name[:min(len(in.Name), maxName)]
	in.Addrs = in.Addrs[:min(len(in.Addrs), maxAddrs)]
	return in
}

// wireLength makes a length of the claim in a file.
func wireLength(claimed uint32, captured int) int {
	return max(int(min(claimed, 1<<31-1)), captured)
}
