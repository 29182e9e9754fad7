package render

import (
	"net/netip"
	"strconv"

	"klaxon"
)

func appendAlarmJSON(dst []byte, a *klaxon.Alarm) []byte {
	dst = append(dst, `{"v":1,"type":"alarm"`...)
	dst = appendString(dst, "event", a.Event, wordCap)
	dst = appendString(dst, "id", a.ID, wordCap)
	dst = appendString(dst, "prev", a.Prev, wordCap)
	dst = appendTime(dst, "time", a.Time)
	dst = appendString(dst, "sensor", a.Sensor, nameCap)
	dst = appendString(dst, "boot", a.Boot, wordCap)
	dst = appendSeq(dst, a.Seq)
	dst = appendScan(dst, &a.Scan)
	dst = appendTargets(dst, &a.Targets)
	dst = appendNumber(dst, "probes", a.Probes)
	dst = appendString(dst, "evidence", a.Evidence, nameCap)
	if a.HeldBack > 0 {
		dst = appendNumber(dst, "held_back", a.HeldBack)
	}
	return append(dst, '}')
}

func appendScan(dst []byte, s *klaxon.Scan) []byte {
	dst = appendTime(dst, "first", s.First)
	dst = appendTime(dst, "last", s.Last)
	dst = appendString(dst, "zone", s.Zone, wordCap)
	dst = appendString(dst, "if", scanInterface(s), interfaceCap)
	dst = appendScanSource(dst, &s.Source)
	dst = appendAddrs(dst, "sources", s.Sources, sourcesCap)
	if s.SourcesTotal > 0 {
		dst = appendNumber(dst, "sources_total", uint64(s.SourcesTotal))
	}
	dst = appendWords(dst, "technique", s.Techniques, techniquesCap)
	dst = appendString(dst, "shape", s.Shape, wordCap)
	dst = appendWords(dst, "marks", s.Marks, marksCap)
	dst = appendTool(dst, s.Tool)
	dst = appendString(dst, "proof", s.Proof.String(), wordCap)
	dst = appendString(dst, "confidence", s.Confidence.String(), wordCap)
	dst = appendNumber(dst, "severity", uint64(max(s.Severity, 0)))
	dst = appendString(dst, "why", s.Why, whyCap)
	return appendAttack(dst, s)
}

// scanInterface returns where a scan was seen, "" when that is not known.
func scanInterface(s *klaxon.Scan) string {
	if s.Interface != "" {
		return s.Interface
	}
	return s.Source.Addr.Zone()
}

func appendScanSource(dst []byte, e *klaxon.Endpoint) []byte {
	if !e.Addr.IsValid() {
		return dst
	}
	dst = append(appendKey(dst, "src"), `{"ip":"`...)
	dst = append(appendAddr(dst, e.Addr), '"')
	if e.MAC != ([6]byte{}) {
		dst = appendMAC(appendKey(dst, "mac"), e.MAC)
	}
	return append(dst, '}')
}

// appendTool leaves out a chance that is not known or is none.
func appendTool(dst []byte, t klaxon.Tool) []byte {
	if t.Name == "" {
		return dst
	}
	dst = append(appendKey(dst, "tool"), '{')
	dst = appendString(dst, "name", t.Name, wordCap)
	if t.Chance > 0 && t.Chance <= 1 {
		dst = strconv.AppendFloat(appendKey(dst, "chance"), t.Chance, 'g', -1, 64)
	}
	return append(dst, '}')
}

func appendTargets(dst []byte, t *klaxon.Targets) []byte {
	dst = append(appendKey(dst, "targets"), '{')
	dst = appendNumber(dst, "hosts", uint64(max(t.Hosts, 0)))
	dst = appendNumber(dst, "services", uint64(max(t.Services, 0)))
	dst = appendAddrs(dst, "dst", t.Dst, dstCap)
	dst = appendRangeString(dst, "tcp", t.TCP)
	dst = appendRangeString(dst, "udp", t.UDP)
	dst = appendRangeString(dst, "sctp", t.SCTP)
	dst = appendRangeString(dst, "protocols", t.Protocols)
	dst = appendOpen(dst, t.Open)
	dst = appendTrue(dst, "more", t.More || exceedsCaps(t))
	return append(dst, '}')
}

// exceedsCaps tells whether a list is cut here.
func exceedsCaps(t *klaxon.Targets) bool {
	ranges := max(len(t.TCP), len(t.UDP), len(t.SCTP), len(t.Protocols))
	return ranges > rangesCap || len(t.Dst) > dstCap || len(t.Open) > openCap
}

func appendAddrs(dst []byte, key string, list []netip.Addr, limit int) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '[')
	for i, a := range list[:min(len(list), limit)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(appendAddr(dst, a), '"')
	}
	return append(dst, ']')
}

func appendWords[S ~string](dst []byte, key string, list []S, limit int) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '[')
	for i, w := range list[:min(len(list), limit)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, w, wordCap)
	}
	return append(dst, ']')
}

func appendRangeString(dst []byte, key string, list []klaxon.PortRange) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '"')
	return append(appendRanges(dst, list, rangesCap), '"')
}

func appendOpen(dst []byte, list []klaxon.Port) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, "open"), '[')
	for i, p := range list[:min(len(list), openCap)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(appendPort(dst, p), '"')
	}
	return append(dst, ']')
}

// appendRanges appends "1-1024,3389", the first of them up to a limit.
func appendRanges(dst []byte, list []klaxon.PortRange, limit int) []byte {
	for i, r := range list[:min(len(list), limit)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUint(dst, uint64(r.First))
		if r.Last != r.First {
			dst = append(dst, '-')
			dst = appendUint(dst, uint64(r.Last))
		}
	}
	return dst
}

// appendPort appends "tcp/22".
func appendPort(dst []byte, p klaxon.Port) []byte {
	dst = appendWord(dst, p.Transport.String(), wordCap)
	dst = append(dst, '/')
	return appendUint(dst, uint64(p.Number))
}
