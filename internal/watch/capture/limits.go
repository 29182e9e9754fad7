package capture

// From specifications.
const (
	// maxRecord is the largest frame accepted. libpcap writes no larger ones
	// on the links decode understands (its MAXIMUM_SNAPLEN); a larger claim is
	// damage or a trap for the reader's memory.
	maxRecord = 256 << 10
)

// Our own choices.
const (
	// maxBlock is the largest pcapng block that is looked into: a frame of
	// maxRecord and any options that were ever seen. The buffer has this size
	// from the start, so a claimed size never allocates anything. Blocks that
	// are only skipped may have any size.
	maxBlock = 1 << 20

	// readSize is how much is asked for at once. The buffer's front is used
	// again and again, and this much of it stays in a second-level cache.
	readSize = 256 << 10

	// maxInterfaces bounds the interfaces of a file, all sections together.
	// Sections that describe the same interfaces share them, so that captures
	// joined end to end are not limited.
	maxInterfaces = 64

	// maxName bounds an interface's name. Linux has 15 bytes, Windows names
	// by GUID about 50. A longer one is cut.
	maxName = 128

	// maxAddrs bounds the addresses kept of an interface; more are ignored.
	maxAddrs = 32

	// maxComment bounds the comment kept of a file.
	maxComment = 4 << 10

	// maxOptions bounds the options walked in a block. Writers use fewer than
	// twenty; those behind are ignored.
	maxOptions = 256

	// maxTime is the latest time of a frame, in the year 2116 and behind
	// everything a pcap file can hold (2^32 s). It leaves half of int64, so
	// that adding a timeout cannot overflow.
	maxTime = 1 << 62

	// maxEmptyReads bounds reads in a row that give nothing and no error.
	maxEmptyReads = 100
)
