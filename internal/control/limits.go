package control

import "time"

// Our own choices.
const (
	// connectionsMax are open at once. A person has one or two, and a script
	// that polls a few; each costs a goroutine and some 20 KiB.
	connectionsMax = 64

	// leavingMax are being turned away at once, and wait leaveMax at most for what
	// they ask.
	leavingMax = 32
	leaveMax   = 200 * time.Millisecond

	// questionsMax are worked at once, so that what is asked of store and
	// detector has a bound that does not depend on who asks; the others wait
	// their turn for as long as waitMax.
	questionsMax = 4
	waitMax      = 5 * time.Second

	// tailsMax follow at once, each with a queue of tailQueue records.
	tailsMax  = 16
	tailQueue = 1024

	// headerMax bounds the head of a request, bodyMax its body: the longest is
	// an allowance with its reason. net/http adds 4 KiB of its own to the first.
	headerMax = 4 << 10
	bodyMax   = 16 << 10

	// readMax is for the whole of a request, idleMax between two, answerMax for
	// an answer, and writeMax for each piece of one that has no end.
	readMax   = 5 * time.Second
	idleMax   = 30 * time.Second
	answerMax = time.Minute
	writeMax  = 10 * time.Second

	// verifyMax is how long a verification may take: a store of 1 GiB takes
	// some 50 s, in steps between which it holds nothing up.
	verifyMax = 15 * time.Minute

	// closeMax is how long answers may go on after klaxond was told to end.
	closeMax = time.Second

	// quietMax is how long a tail says nothing at most: an empty line then shows
	// that both ends are there.
	quietMax = 15 * time.Second

	// reasonMax bounds the reason of an allowance, in bytes.
	reasonMax = 512

	// errorMax is what a client reads of an error, lineMax of a record: the
	// longest has 256 sources, 32 targets, and texts with every byte escaped.
	errorMax = 4 << 10
	lineMax  = 256 << 10

	// statusMax is what a client reads of an answer that is one JSON object: a
	// status with 2 × 65,536 traps is the longest.
	statusMax = 64 << 20
)
