package main

import "klaxon"

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

func severityWords(n int) string {
	switch n {
	case 1:
		return "a single touch by an address that is not proven"
	case 2:
		return "a proven touch, or a scan that is not proven"
	case 3:
		return "an established scan"
	case 4:
		return "a proven scan"
	case 5:
		return "from inside, or contact after reconnaissance"
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
