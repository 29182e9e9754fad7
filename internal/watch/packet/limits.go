package packet

import "time"

// From specifications.
const (
	// maxInstructions is the most that the kernel takes (BPF_MAXINSNS).
	maxInstructions = 4096
)

// Our own choices.
const (
	// snapHeaders is what is kept of a packet: an Ethernet header with two
	// tags (22), an IPv4 and a TCP header of full length (120) leave room for
	// what an ICMP error quotes, with either version of IP (at most 166 in
	// all).
	snapHeaders = 256

	// snapUDP is what is kept of a datagram, of which only the header is
	// wanted: 22 + 60 + 8 at most. Streams of UDP cannot be told from probes
	// in the kernel, so they should cost little.
	snapUDP = 128

	// snapExtended is what is kept of a packet with IPv6 extension headers or
	// more than two tags, which nobody sends in bulk: all of it on ordinary
	// links.
	snapExtended = 2048

	// snapMirror is what is kept of a mirrored packet: the outer headers (GRE
	// with ERSPAN III: 22 + 60 + 16 + 20), and snapHeaders for the inner ones.
	snapMirror = 512

	// smallWindow is the largest window of a bare ACK that is passed: nmap's
	// ACK scan has 1024, its OS probes up to 4096 by way of older versions.
	// Established flows rarely announce so little, and then stall.
	smallWindow = 4096

	// bareCarrier is the largest payload of a tunnel's packet that is passed:
	// too small for a packet inside, so a probe (nmap -sO) and no traffic.
	bareCarrier = 16

	// maxLine bounds a line of a filter file: four numbers of 16, 8, 8 and
	// 32 bits in decimals take 24 bytes.
	maxLine = 128

	// maxCaptured bounds the interfaces, each with a ring of its own.
	maxCaptured = 64

	// defaultRing holds 55,000 packets of 150 bytes, a tenth of a second of the
	// fastest flood that one core takes in.
	defaultRing = 8 << 20

	// blockBytes is what the kernel hands over at once, full or not: when
	// packets trickle, each retireAfter takes a block of its own. So blocks
	// are as small as they may be, a multiple of every page size in use, that
	// there be many: the 128 of the default ring last 2.5 s while nobody
	// reads. (The eight of 1 MiB that are often seen lose packets after
	// 0.16 s, at any rate.) One holds several packets of snapExtended.
	blockBytes = 64 << 10

	// minBlocks makes a ring of the smallest size.
	minBlocks = 8

	// maxRing bounds what a mistyped size can ask of the kernel's memory.
	maxRing = 1 << 30

	// retireAfter is when the kernel hands over a block that is not full. A
	// packet waits up to twice as long.
	retireAfter = 20 * time.Millisecond

	// settleAfter is how long a packet may be on its way from its time stamp
	// into a ring: softirqs run at once, but not while an interrupt does.
	settleAfter = 2 * time.Millisecond

	// holdAtMost is how long a frame waits for one of another interface that
	// may be older, whatever that one's ring does. Many times retireAfter.
	holdAtMost = 250 * time.Millisecond

	// clockStep tells a clock that was set back from the small disorder of
	// packets that several processors stamp at once.
	clockStep = time.Second
)
