package owed

// Our own choices.
const (
	// Max bounds the entries of a list: 32 MiB of disk for an output that is dead.
	// Alarms to people are 200 a minute at most, of which these are three days;
	// what comes then is lost and counted, oldest first being what a person needs.
	Max = 1 << 20

	// freshMax bounds those that are not written yet: 2 MiB. A store commits at
	// least every second, and is that far behind only when its disk fails.
	freshMax = 64 << 10

	// compactFrom is how many entries may be done before the file is written anew
	// without them, as it is anyway when all are: 2 MiB.
	compactFrom = 64 << 10

	// fileMax is what is read of a file: as many as may be owed, as many that are
	// done before it is written anew, and what comes while that is decided.
	fileMax = (1 + 2*Max + freshMax) * size
)
