package track

import "time"

// DefaultMemory is the size of all tables together unless it is configured.
const DefaultMemory = 64 << 20

// MinMemory is the least that gives every table a useful size.
const MinMemory = 4 << 20

// Our own choices, each with its reason.
const (
	// silentAfter is when a contact without an answer counts as silent: longer
	// than a kernel's first two retransmissions (1 s and 3 s) and than any
	// round trip on earth.
	silentAfter = 4 * time.Second
	// emptyBanner is the most a server may have said in a connection that is
	// still "empty" when the client said nothing: greetings of SSH, SMTP and FTP
	// are shorter.
	emptyBanner = 256
	// bannerWait is how many seconds a silent client stays that waits for a greeting:
	// version detection gives a server six, a connect scan is gone at once.
	bannerWait = 2
	// freeEmpty is how many empty connections a source has for nothing: health
	// checks and browsers that connect ahead make a few.
	freeEmpty = 5
	// freeHost is how many services of one host may be such: a client looks for
	// one of two or three ports.
	freeHost = 3
	// freeSilent is how many services of one host may keep silent to datagrams before
	// silence weighs as much as a refusal: a call tries the addresses of its partner
	// with a handful of ports.
	freeSilent = 3
	// freeLone is how many segments without a connection a host may get from one
	// source for nothing: one that wakes ends connections that the other forgot.
	freeLone = 2
	// smallWindow is the most an ACK may offer to be looked at, as in the filter of
	// live capture: raw scanners offer 1 to 4 KiB.
	smallWindow = 4096
	// pacedEnough is how often a contact must come back at one pace to be a
	// poller's.
	pacedEnough = 3
	// pacedFast is how often in a row a trap must be touched at the pace of the first
	// pause when that is less than fastPace seconds, and for as long as these at least:
	// who tries it at random, as by hand, hits a pause that is right to an eighth or a
	// second once in five times, and of seconds nearly every second time.
	pacedFast = 6
	fastPace  = 60
	// onLinkAddresses is how many addresses a neighbour has, at most: one of IPv4,
	// a link-local one, and one or two of IPv6.
	onLinkAddresses = 4
	// proofWindow is how far an acknowledgement may be behind the server's first
	// number to prove its sender. What a server says beyond is proven by its own
	// end of the connection.
	proofWindow = 1 << 16
	// joinWithin is how many seconds a trap's touch may be apart from the packet on
	// the wire that it is of: five for whoever hands it over, and the three that an
	// ident query may take.
	joinWithin = 8
	// beatsMissed is how many times in a row a poller may fail to come.
	beatsMissed = 2
	// blockedSources is how many sources whose probes a trap does not answer show
	// that something is in front of it: one or two may have forged theirs.
	blockedSources = 3
	// localMax bounds the addresses of this host, and localScopes the interfaces
	// that its traps are probed on.
	localMax    = 1024
	localScopes = 8
	// macsMax is how many IPv6 sources are known by their hardware addresses, in 88 KiB;
	// one that is forgotten may be told of twice.
	macsMax = 4096
	// pairsMax is how many pairs of source and target are remembered.
	pairsMax = 1 << 16
	// livesMax is how many hosts are remembered to have lived, in 1 MiB. lifeKept is
	// for how long: a machine that was off for a month may as well be gone. One that
	// was heard within awakeFor is not asleep, and visitServices is how many services
	// of a sleeping host a visit looks for: a ping and one connection. Nobody looks
	// for more than sleepServices on all of them.
	// Of answers after the first of a contact one in livesEvery is noted, and of
	// conversations which router carries them.
	livesMax      = 1 << 17
	livesEvery    = 8
	lifeKept      = 30 * 24 * time.Hour
	awakeFor      = 5 * time.Minute
	visitServices = 2
	sleepServices = 4
	// forgiveMost is how many refusals a success with the same host takes back,
	// when they came forgiveWithin before.
	forgiveMost   = 3
	forgiveWithin = 10 * time.Second
	// visitTakes is how long a visit may take from its ping to its end.
	visitTakes = 10 * time.Minute
	// streamPackets is how many datagrams unanswered and unrefused make a
	// stream, which is no probe whatever becomes of it later.
	streamPackets = 16
	// streamLong is how many datagrams make a stream of many to one host.
	streamLong = 32
	// contactAfter and contactWithin bound the pause after which a scanner that
	// comes back to an open service means to use it: version detection follows
	// at once, and hours later it is another visit.
	contactAfter  = 5 * time.Second
	contactWithin = 10 * time.Minute
	// halfLife is how long evidence counts in full: slow scanners wait for hours,
	// and addresses change hands over days.
	halfLife = 24 * time.Hour
	// leaseQuiet is how long a neighbour's address is quiet before it appears with
	// another hardware address and belongs to somebody else. It needs privilege to
	// fake that; another stack does not, which counts only after stackQuiet, when half
	// of the evidence would be gone anyway.
	leaseQuiet = time.Hour
	stackQuiet = halfLife
	// floodWindow is how long attempts at a target are summed up, and floodsMax
	// how many floods may wait to be told.
	floodWindow = 10 * time.Second
	floodsMax   = 64
	// coveredMax is how many raw SYNs under floods are remembered, in 768 KiB: at 100,000
	// a second for a third of a second, which a handshake takes.
	coveredMax = 1 << 15
	// changedMax is how many sources may wait for judgement; others come with
	// their next packet.
	changedMax = 1024
	// jumpTold is the step in the packets' time that is counted as an oddity.
	jumpTold = 2 * time.Second
	// copiesMax is how many packets are remembered to tell their copies, and
	// copyAfter how long a copy may take: a bridge needs microseconds, a mirror
	// milliseconds, and retransmissions come later on the same interface.
	copiesMax = 4096
	copyAfter = 50 * time.Millisecond
	// runKeysMax is how many keys of runs are remembered, runsMax how many runs
	// of several sources, and membersMax the sources kept of each.
	runKeysMax = 8192
	runsMax    = 64
	membersMax = 256
	// runDistinct is how many different services a run must have probed to be
	// judged: a flood has one.
	runDistinct = 3
	// ways is the associativity of the tables: a set is searched linearly, and
	// the least valuable of its entries is evicted.
	ways = 4
	// setTargets is how many single contacts a source's record keeps exactly.
	setTargets = 64
)

// Share of Config.Memory for each table, in parts of 64; the rest is for what
// has a fixed size. With its tag and its place in the queue a contact takes 64
// bytes; a source takes 404, a history 2.5 KiB, a target 92, a report 44 KiB.
// So 64 MiB make 262,000 contacts, 41,000 sources, 6,900 histories, 68,000
// targets and 164 reports.
const (
	contactShare = 16
	sourceShare  = 16
	historyShare = 17
	targetShare  = 6
	reportShare  = 7
)

// What the entries take, in bytes and without their tags; a test holds them to
// it.
const (
	contactSize = 64
	sourceSize  = 400
	historySize = 2584
	targetSize  = 88
	reportSize  = 44680
)
