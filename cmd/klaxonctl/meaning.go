package main

import (
	"slices"

	"klaxon"
)

// proofWords says what a proof means for whoever would act on it.
func proofWords(p klaxon.Proof) string {
	switch p {
	case klaxon.ProofOnLink:
		return "on-link: one link address stands for it on this network"
	case klaxon.ProofHandshake:
		return "handshake: it answered what was sent to its address"
	case klaxon.ProofData:
		return "data: it sent data on a connection it had answered for"
	}
	return "none: the address could be forged"
}

// severityWords says what made an alarm as severe as it is. It may be more severe than
// what is known of it now, for severity hardly ever falls.
func severityWords(a *klaxon.Alarm) string {
	touch := a.Shape == klaxon.ShapeTouch
	switch {
	case a.Severity == 1 && slices.Contains(a.Marks, klaxon.MarkExpected):
		return "whatever an expected source does"
	case a.Severity == 1:
		return "a touch by an address that is not proven"
	case a.Severity == 2 && touch:
		return "a proven touch that is not from inside"
	case a.Severity == 2:
		return "a suspect"
	case a.Severity == 3 && a.Shape == klaxon.ShapeFlood:
		return "a flood"
	case a.Severity == 3 && a.Zone == klaxon.ZoneOutside:
		return "a scan from outside"
	case a.Severity == 3:
		return "an established scan"
	case a.Severity == 4 && a.Zone == klaxon.ZoneOutside:
		return "from outside, and aimed at this host"
	case a.Severity == 4:
		return "a proven scan"
	case a.Severity == 5 && slices.Contains(a.Marks, klaxon.MarkContact):
		return "contact after reconnaissance"
	case a.Severity == 5:
		return "from inside"
	}
	return "unknown"
}

// markWords says what a mark means, "" where its name does.
func markWords(m klaxon.Mark) string {
	switch m {
	case klaxon.MarkDecoy:
		return ": several addresses send the probes of one process; any of them may be forged"
	case klaxon.MarkDistributed:
		return ": several sources share one list"
	case klaxon.MarkSlow:
		return ": its probes come far apart"
	case klaxon.MarkFragmented:
		return ": its probes come in fragments"
	case klaxon.MarkSpoofedMaybe:
		return ": the probes may be forged in the name of their source"
	case klaxon.MarkOutbound:
		return ": one of ours scans others"
	case klaxon.MarkBounce:
		return ": made through another host"
	case klaxon.MarkIdle:
		return ": made through a host that is idle, which is named and innocent"
	case klaxon.MarkSourcePort:
		return ": from a source port that firewalls let pass"
	case klaxon.MarkContact:
		return ": it used what it had found"
	case klaxon.MarkLured:
		return ": a web page may have made a browser do this"
	case klaxon.MarkExpected:
		return ": it is on the allow-list"
	case klaxon.MarkDrill:
		return ": a fire drill"
	case klaxon.MarkRelayed:
		return ": told by a process that is not believed"
	}
	return ""
}

// proofs says what each proof means, by its word.
var proofs = map[string]string{
	klaxon.ProofNone.String(): proofWords(klaxon.ProofNone), klaxon.ProofOnLink.String(): proofWords(klaxon.ProofOnLink),
	klaxon.ProofHandshake.String(): proofWords(klaxon.ProofHandshake), klaxon.ProofData.String(): proofWords(klaxon.ProofData),
}
