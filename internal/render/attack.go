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

// Attack returns the ATT&CK techniques of a scan, each once, in the order of its
// own techniques; n says how many there are.
func Attack(s *klaxon.Scan) (ids [2]string, n int) {
	if s.Shape == klaxon.ShapeFlood {
		ids[0] = attackFlood
		return ids, 1
	}
	for _, t := range s.Techniques {
		if id := attackOf(t); n == 0 || n == 1 && id != ids[0] { // there are two
			ids[n] = id
			n++
		}
	}
	return ids, n
}

func appendAttack(dst []byte, s *klaxon.Scan) []byte {
	ids, n := Attack(s)
	if n == 0 {
		return dst
	}
	dst = append(appendKey(dst, "attack"), '[')
	for i, id := range ids[:n] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, id, wordCap)
	}
	return append(dst, ']')
}
