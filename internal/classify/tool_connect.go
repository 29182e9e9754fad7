package classify

import (
	"math"

	"klaxon"
	"klaxon/internal/track"
)

// connectScanner is the name of all scanners that let the kernel connect: their
// packets are those of any program, what they do is not.
const connectScanner = "connect-scanner"

const (
	// emptiesLeast is how many services must have been connected to and left
	// without a word, which sets a scanner apart from a program that fails.
	emptiesLeast = 3
	// quietLeast is how long, in nanoseconds, one that was accepted nearly
	// everywhere must stay away: until then it may be the first round of
	// somebody's health checks.
	quietLeast = 570e9
)

// connects names a source that has the packets of a kernel and closed nearly all
// of its connections without a word, once a scan is established. The chance is
// that of the walk: that somebody in earnest fails, or has nothing to say, so
// often.
func connects(v track.View, c klaxon.Confidence, now int64) klaxon.Tool {
	switch {
	case c < klaxon.Established || v.Score < track.Threshold || v.Empties < emptiesLeast:
	case v.Counts[track.MethodSyn] == 0 || uint32(v.Keys.Tries)*4 > v.Tuples: // its own packets, too
	case v.Succeeded*4 > v.Empties: // Succeeded said something
	case v.Repeats*4 > v.Tuples: // comes back, as a monitor does
	case v.Failed < v.Empties && now-v.Last < quietLeast:
	default:
		return klaxon.Tool{Name: connectScanner, Chance: max(math.Exp(-float64(v.Score)/1000), leastChance)}
	}
	return klaxon.Tool{}
}
