package mail

import "time"

// Our own choices, but for the length of lines.
const (
	// patience bounds a call of Emit; the pipeline calls Deliver with a deadline
	// of its own.
	patience = time.Minute

	// maxReplies bounds what a server may say in one session.
	maxReplies = 64 << 10

	// lateAfter is when a receiver is tried again whom the server does not take yet,
	// and twice as long after each time, up to lateMost; that is what RFC 5321 section
	// 4.5.4.1 asks of who sends. After lateFor he is given up: an alarm of yesterday is
	// no alarm.
	lateAfter = 5 * time.Minute
	lateMost  = time.Hour
	lateFor   = 6 * time.Hour

	// maxLate bounds the mails that wait for one: each has at most 1,024 entries of
	// 0.3 KiB, and pictures of maxPictures MiB. The oldest is given up first.
	maxLate = 16

	// maxTries is more than fit into lateFor, and keptMax bounds the text of those that
	// outlive the process: without pictures all do.
	maxTries = 16
	keptMax  = 16 << 20

	// width is where lines are folded; RFC 5322 section 2.1.1 allows 998.
	width = 78

	// subjectCap keeps a subject readable in a list.
	subjectCap = 150

	// maxPictures and maxPicture bound what is attached: those of the gravest
	// alarms.
	maxPictures = 3
	maxPicture  = 1 << 20
)
