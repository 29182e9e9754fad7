package mail

import "time"

// Our own choices, but for the length of lines.
const (
	// patience bounds a call of Emit; the pipeline calls Deliver with a deadline
	// of its own.
	patience = time.Minute

	// maxReplies bounds what a server may say in one session.
	maxReplies = 64 << 10

	// width is where lines are folded; RFC 5322 section 2.1.1 allows 998.
	width = 78

	// subjectCap keeps a subject readable in a list.
	subjectCap = 150

	// maxPictures and maxPicture bound what is attached: those of the gravest
	// alarms.
	maxPictures = 3
	maxPicture  = 1 << 20
)
