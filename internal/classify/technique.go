package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// technique is what a technique file registers.
type technique struct {
	name   klaxon.Technique
	method track.Method
	rows   func(*track.Rows) // writes the rows of the packets that make it
}

// techniques are all that show in a single packet. connect and syn share one
// method: what the packet looks like and how it ends tells them apart.
var techniques = [...]technique{
	syn, fin, null, xmas, maimon, ack, flags, udp, sctpInit, sctpCookie, ipProtocol,
	icmpEcho, icmpTimestamp, icmpMask, arp, nd,
}

// Rows compiles the techniques into the table that track reads.
func Rows() *track.Rows {
	r := new(track.Rows)
	for _, t := range techniques {
		t.rows(r)
	}
	r.Relations = relations()
	r.Runs = runs
	return r
}

// nameOf is the technique of a method; a SYN that is of no operating system, or
// that is reset when it is answered, is no connection.
func nameOf(m track.Method, half bool) klaxon.Technique {
	if m == track.MethodSyn && !half {
		return klaxon.Connect
	}
	for i := range techniques {
		if techniques[i].method == m {
			return techniques[i].name
		}
	}
	return klaxon.Flags
}

// illegal is the evidence of a packet that no host sends in earnest: five of
// them establish a scan.
const illegal track.Weight = 2800

func start(m track.Method, w track.Weight) track.Row {
	return track.Row{Starts: true, Method: m, Weight: w}
}
