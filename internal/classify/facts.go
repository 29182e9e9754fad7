package classify

import (
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/track"
)

// Facts are what is known of one source, and what is made of it, for a person
// who asks why it rang, or why it did not.
type Facts struct {
	Addr        netip.Addr
	Wide        bool // it stands for the /64 of the address
	First, Last time.Time

	Score, Threshold float64 // evidence in nats, and from where on it establishes a scan

	Contacts, Traps, Touches                       int // Traps: of them, with traps; Touches: told one by one
	Refused, Unanswered, Empty, Illegal, Succeeded int
	Repeats, Paced                                 int // made again at one pace; contacts made again so often enough for a poller
	Hosts, Services                                int
	Techniques                                     []klaxon.Technique
	Marks                                          []klaxon.Mark
	Tool                                           klaxon.Tool
	Proof                                          klaxon.Proof
	Class                                          string // how its successes and failures are weighed
	Run                                            int    // sources that scan together with it, 0 for none

	Scan       bool
	Innocent   bool // it proved to be a poller
	Confidence klaxon.Confidence
	Told       bool   // an alarm of it is open
	Why        string // of the verdict, "" for none
	Missing    string // what is missing for an established scan, "" for nothing
}

// Facts tells what is known of a source at a time in nanoseconds.
func (j *Judge) Facts(v track.View, now int64) Facts {
	return Facts{}
}
