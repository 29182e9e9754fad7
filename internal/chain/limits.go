package chain

import "time"

// Our own choices.
const (
	// MaxAnchors are looked at in one verification: 10 million are three years
	// of one every 10 s, and 900 MB. Further ones are counted as unread.
	MaxAnchors = 10_000_000

	// YoungestAge is the least that store.max_age allows: what is forgotten for its
	// age is older.
	YoungestAge = time.Hour

	// maxSaid lines that announce one prune are looked at: there are three, and as many
	// again for each time that klaxond died while it pruned.
	maxSaid = 64

	// maxFaults are told one by one; all are counted.
	maxFaults = 100

	// maxStores is how many other stores are remembered that anchors name.
	maxStores = 64

	// maxLine bounds a line of the file with anchors; longer ones are no
	// anchors. A syslog line is rarely over 2 KiB.
	maxLine = 64 << 10

	// maxPrune bounds a prune record: its keys and values are of fixed sizes.
	maxPrune = 1 << 10
)
