package render

import "klaxon"

// Techniques of MITRE ATT&CK (version 17) that an alarm stands for.
const (
	attackServices = "T1046" // Network Service Discovery
	attackHosts    = "T1018" // Remote System Discovery
	attackFlood    = "T1498" // Network Denial of Service
)

// attackOf names what a technique of a scan is in ATT&CK: a search for
// services, or for hosts alone.
func attackOf(t klaxon.Technique) string {
	switch t {
	case klaxon.Arp, klaxon.Nd, klaxon.IcmpEcho, klaxon.IcmpTimestamp, klaxon.IcmpMask:
		return attackHosts
	}
	return attackServices
}

// appendAttack appends the ATT&CK techniques of a scan, each once, in the order
// of its own.
func appendAttack(dst []byte, s *klaxon.Scan) []byte {
	if s.Shape == klaxon.ShapeFlood {
		return append(appendKey(dst, "attack"), `["`+attackFlood+`"]`...)
	}
	if len(s.Techniques) == 0 {
		return dst
	}
	first := attackOf(s.Techniques[0])
	dst = append(appendKey(dst, "attack"), `["`...)
	dst = append(dst, first...)
	for _, t := range s.Techniques {
		if other := attackOf(t); other != first { // there are two
			dst = append(dst, `","`...)
			dst = append(dst, other...)
			break
		}
	}
	return append(dst, `"]`...)
}
