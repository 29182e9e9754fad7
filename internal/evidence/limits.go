package evidence

// Our own choices. All memory is allocated by New, which
// without -evidence is never called:
//
//	frames   32,768 × (96 + 32) bytes     4.0 MiB
//	rests     8,192 × 160 bytes           1.3 MiB
//	talks    32,768 × 80 bytes            2.5 MiB
//	sources   8,192 × 64 bytes            0.5 MiB
//	index     8,192 addresses             0.5 MiB
//	settled  65,536 × 4 bytes             0.3 MiB
//
// An alarm that is open needs the addresses of its sources besides, at most 256
// of 17 bytes.
const (
	// FramesMax and DataMax bound the evidence of one alarm: 16 KiB. All headers
	// that are decoded fit in 256 bytes, but for tunnels in tunnels.
	FramesMax = 64
	DataMax   = 256

	// poolFrames are for all sources together: those of 512 alarms that have all
	// they may, or half as many for each of 1,024, which is as many as may be open at
	// once. A touch and all that belongs to it are ten; a source without an alarm has
	// few.
	poolFrames = 1 << 15
	// headMax bytes of each have a place at once: the headers of TCP with all of its
	// options, or over IPv6 with the usual ones. poolLong may have more, DataMax in all.
	headMax    = 96
	poolLong   = 1 << 13
	sourcesMax = 1 << 13

	// talkFrames are kept of one contact: the probe, its answer, and how it
	// ended; or the halves of a probe in fragments, its answer, and its end.
	talkFrames = 4

	// goodMax contacts that came to something are kept of a source: they are no
	// evidence, but for a tool that marks its packets.
	goodMax = 4

	// strongFrom contacts that may be probes make a source that is forgotten
	// later than others: one of a flood of forged addresses has a single one.
	strongFrom = 2

	// settledSize tags of conversations tell what belongs to one that is not
	// kept. A tag that was pushed out costs a frame of no use.
	settledSize = 1 << 16

	// hostsWanted and servicesWanted are what a shape is told by: more of them
	// make room for none.
	hostsWanted    = 4
	servicesWanted = 8

	// novelClass contacts of a technique are wanted: three of them name a tool.
	novelClass = 4

	// passingMax of the newest contacts are kept beside those that make the
	// verdict, and of these openWanted that found an open service whatever comes:
	// who comes back to it shows what he was looking for.
	passingMax = 16
	openWanted = 6

	// asksWanted neighbours that were asked for twice are just enough to tell a
	// sweep by neighbour discovery, and fill all frames.
	asksWanted = FramesMax / 2

	// wholeUpTo sources have room for their contacts with answers; an idle scan
	// shows in those.
	wholeUpTo = 4

	// alarmsMax alarms are known at once, and membersMax sources of each.
	alarmsMax  = 1024
	membersMax = 256

	// streamFrom datagrams without an answer make a stream, as for the tracker.
	streamFrom = 4

	// emptyBanner is the most that a server says in a contact without a word of
	// the client, and smallWindow the most that a lone ACK of a scanner offers,
	// as for the tracker.
	emptyBanner = 256
	smallWindow = 4096
)
