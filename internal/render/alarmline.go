package render

import "klaxon"

// AppendAlarmLine appends the frozen syslog line of an alarm, without priority,
// tag or newline:
//
//	ALERT: scan TECHNIQUE[,TECHNIQUE]/SHAPE from IP|many event=E id=ID src=IP hosts=N ports=N proof=P confidence=C severity=N tool=T why="…"
//	ALERT: flood TECHNIQUE[,TECHNIQUE] on IP|many event=E id=ID hosts=N ports=N proof=P confidence=C severity=N tool=T why="…"
//
// Split at single spaces it always has the same words in the same places, up to
// why, which is the last. What is not known is "-".
func AppendAlarmLine(dst []byte, a *klaxon.Alarm) []byte {
	flood := a.Shape == klaxon.ShapeFlood
	if flood {
		dst = append(dst, "ALERT: flood "...)
		dst = appendTechniques(dst, a.Techniques, ',')
		dst = append(dst, " on "...)
		dst = appendOneOf(dst, a.Targets.Dst, a.Targets.Hosts)
	} else {
		dst = append(dst, "ALERT: scan "...)
		dst = appendTechniques(dst, a.Techniques, ',')
		dst = append(dst, '/')
		dst = appendWord(dst, a.Shape, wordCap)
		dst = append(dst, " from "...)
		dst = appendFrom(dst, &a.Scan)
	}
	dst = appendPair(dst, "event", a.Event)
	dst = appendPair(dst, "id", a.ID)
	if !flood {
		dst = append(dst, " src="...)
		dst = appendAddr(dst, a.Source.Addr)
	}
	dst = appendCount(dst, "hosts", a.Targets.Hosts)
	dst = appendCount(dst, "ports", a.Targets.Services)
	dst = appendPair(dst, "proof", a.Proof.String())
	dst = appendPair(dst, "confidence", a.Confidence.String())
	dst = appendCount(dst, "severity", a.Severity)
	dst = appendPair(dst, "tool", a.Tool.Name)
	dst = append(dst, " why="...)
	return appendQuoted(dst, a.Why, lineWhyCap)
}

func appendPair[S bytestring](dst []byte, key string, value S) []byte {
	dst = append(dst, ' ')
	dst = append(dst, key...)
	dst = append(dst, '=')
	return appendWord(dst, value, wordCap)
}

func appendCount(dst []byte, key string, n int) []byte {
	dst = append(dst, ' ')
	dst = append(dst, key...)
	dst = append(dst, '=')
	return appendUint(dst, uint64(max(n, 0)))
}

// appendFrom appends the source of a scan, or "many".
func appendFrom(dst []byte, s *klaxon.Scan) []byte {
	if s.Source.Addr.IsValid() {
		return appendAddr(dst, s.Source.Addr)
	}
	return appendOneOf(dst, s.Sources, s.SourcesTotal)
}

// appendTechniques appends the techniques as one word, "-" for none.
func appendTechniques(dst []byte, list []klaxon.Technique, separator byte) []byte {
	if len(list) == 0 {
		return append(dst, absent)
	}
	for i, t := range list[:min(len(list), techniquesCap)] {
		if i > 0 {
			dst = append(dst, separator)
		}
		dst = appendWord(dst, t, wordCap)
	}
	return dst
}
