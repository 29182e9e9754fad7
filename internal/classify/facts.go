package classify

import (
	"net/netip"
	"strconv"
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

	Contacts, Traps, Touches                       int // Traps: of them, with traps; Touches: what these told of
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
	Told       bool // an alarm of it is open; for whoever knows the alarms to say, as what follows
	Alarm      *OpenAlarm
	Crowd      string // the alarm of a crowd that it is told in, "" when it is told by itself
	Why        string // of the verdict, "" for none
	Missing    string // what is missing for an established scan, "" for nothing
}

// OpenAlarm is the open alarm of a source that is told by itself, with the numbers that
// its next record would have.
type OpenAlarm struct {
	ID              string
	Probes          uint64
	Hosts, Services int
	Last            time.Time
}

// Facts tells what is known of a source at a time in nanoseconds.
func (j *Judge) Facts(v track.View, now int64) Facts {
	verdict := j.Verdict(v, now)
	scan := j.Describe(v, verdict)
	s := &j.spread
	s.reset(v.Notes)
	f := Facts{
		Addr: addr(&v.Addr, v.V6), Wide: v.Wide, First: stamp(v.First), Last: stamp(v.Last),
		Score: nats(score(v, s)), Threshold: nats(track.Threshold),
		Contacts: contactsOf(v), Traps: int(v.Traps), Touches: int(v.Reached),
		Refused: int(v.Failed - v.Unheard), Unanswered: int(v.Unheard), Empty: int(v.Empties),
		Illegal: int(v.Illegals), Succeeded: int(v.Succeeded), Repeats: int(v.Repeats), Paced: int(v.Paced),
		Techniques: scan.Techniques, Marks: scan.Marks, Tool: scan.Tool, Proof: scan.Proof,
		Hosts: hostsOf(v, s), Services: servicesOf(v), Class: classOf(v, s).String(),
		Scan: verdict.Scan || v.Touches > 0, Innocent: verdict.Innocent, Confidence: scan.Confidence,
		Why: scan.Why,
	}
	if v.Touches == 0 || verdict.Confidence >= klaxon.Established { // a touch lacks nothing
		f.Missing = missing(v, verdict, track.Threshold-score(v, s))
	}
	return f
}

func nats(w track.Weight) float64 { return float64(w) / 1000 }

// needsProof is what an established scan or touch lacks to be a proven one.
const needsProof = "for a proven one, a handshake by which the source proves its address"

// Tell says whether an alarm of the source is open, and of which crowd. That one lacks
// no evidence, whatever the score does since.
func (f *Facts) Tell(told bool, crowd string) {
	f.Told, f.Crowd = told, crowd
	if !told {
		return
	}
	f.Missing = ""
	if f.Proof < klaxon.ProofHandshake && !f.Innocent {
		f.Missing = needsProof
	}
}

// missing says what would make an established scan of what a source has done.
func missing(v track.View, verdict Verdict, lacks track.Weight) string {
	switch {
	case verdict.Innocent:
		return "it is a poller: it would have to probe something that it does not come back to"
	case verdict.Confidence == klaxon.Proven:
		return ""
	case verdict.Confidence == klaxon.Established:
		return needsProof
	case verdict.Later:
		return "time: it reached services that are open, as a health check does, and has " +
			strconv.Itoa(PollerWait/1e9) + " s to come back to them"
	}
	n := int((max(lacks, 1) + failure - 1) / failure)
	w := count(n, "more contact that is refused", "more contacts that are refused")
	if v.Succeeded > 0 {
		w += ", and no more successes, which speak for it"
	}
	return w
}

// String says in words how a source's successes and failures are weighed.
func (c class) String() string {
	switch c {
	case regular:
		return "regular: it succeeds three times in four, and is judged by single hosts"
	case mixed:
		return "mixed: it succeeds as often as it fails, and is judged by single hosts and services"
	case sleepy:
		return "sleepy: what it looks for is often asleep, and it is judged by single hosts and services"
	case peer:
		return "peer: each contact is with another service of another host, as in a file sharing network"
	}
	return "unknown: all that it does is judged together"
}
