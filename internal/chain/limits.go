package chain

// Our own choices.
const (
	// MaxAnchors are looked at in one verification: 10 million are three years
	// of one every 10 s, and 900 MB. Further ones are counted as unread.
	MaxAnchors = 10_000_000

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
