package firewall

// What is read and run, at most. A ruleset is written by root or by programs of
// root, so these bound accidents, not enemies: a list of a country's prefixes has
// some ten thousand elements, the rules of a large container host as many.
const (
	rulesMax    = 1 << 17 // in all; more is an error
	elementsMax = 1 << 18 // of one set; a set with more is not understood
	dumpMax     = 1 << 28 // bytes of one answer of the kernel
	dumpTries   = 5       // for a ruleset that changes while it is read
	depthMax    = 16      // the kernel's own limit of jumps
	stepsMax    = 1 << 20 // rules run for one trap: jumps can multiply them
	workMax     = 1 << 25 // rules run and elements compared in all: some seconds
)

// What is shown of a rule.
const (
	wordsMax = 200 // bytes
	shownMax = 6   // elements of a set
)

// portsMax is how many ports or ranges of ports a line names.
const portsMax = 20
