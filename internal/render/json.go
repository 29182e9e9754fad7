package render

import (
	"slices"

	"klaxon"
)

// AppendJSON appends a record as one JSON object, without newline, with its
// keys in the order of the schemas in docs/schema. What a record does not know
// is absent. Strings are written as text first (see AppendText) and as JSON
// second, so that a reader who decodes a string passes it to Unescape for the
// raw bytes: ESC is the four characters "\x1b" of the decoded string.
//
// It panics on a record of a type it does not know.
func AppendJSON(dst []byte, r klaxon.Record) []byte {
	switch r := r.(type) {
	case *klaxon.Touch:
		return appendTouchJSON(dst, r)
	case *klaxon.Alarm:
		return appendAlarmJSON(dst, r)
	case *klaxon.Health:
		return appendHealthJSON(dst, r)
	}
	panic(unknownRecord)
}

const unknownRecord = "render: a record of a type without a form"

func appendTouchJSON(dst []byte, t *klaxon.Touch) []byte {
	dst = slices.Grow(dst, usualTouch)
	dst = append(dst, `{"v":1,"type":"touch"`...)
	dst = appendString(dst, "id", t.ID, wordCap)
	dst = appendTime(dst, "time", t.Time)
	dst = appendString(dst, "sensor", t.Sensor, nameCap)
	dst = appendString(dst, "boot", t.Boot, wordCap)
	dst = appendSeq(dst, t.Seq)
	dst = appendString(dst, "zone", t.Zone, wordCap)
	dst = appendString(dst, "if", interfaceOf(t), interfaceCap)
	dst = appendString(dst, "transport", t.Transport.String(), wordCap)
	dst = appendSource(dst, &t.Source)
	dst = appendTarget(dst, &t.Target, t.Service)
	dst = appendString(dst, "proof", t.Proof.String(), wordCap)
	dst = appendWords(dst, "marks", t.Marks, marksCap)
	dst = appendIdent(dst, t)
	dst = appendPayload(dst, t.Payload)
	dst = appendString(dst, "community_id", t.CommunityID, wordCap)
	dst = appendTrue(dst, "logged", t.Logged)
	return append(dst, '}')
}

func appendHealthJSON(dst []byte, h *klaxon.Health) []byte {
	dst = append(dst, `{"v":1,"type":"health"`...)
	dst = appendString(dst, "id", h.ID, wordCap)
	dst = appendTime(dst, "time", h.Time)
	dst = appendString(dst, "sensor", h.Sensor, nameCap)
	dst = appendString(dst, "boot", h.Boot, wordCap)
	dst = appendSeq(dst, h.Seq)
	dst = appendString(dst, "what", h.What, wordCap)
	dst = appendTime(dst, "since", h.Since)
	dst = appendNumber(dst, "count", h.Count)
	dst = appendString(dst, "output", h.Output, wordCap)
	dst = appendString(dst, "detail", h.Detail, detailCap)
	return append(dst, '}')
}

// appendSeq leaves out 0, which is no place in a sensor's sequence.
func appendSeq(dst []byte, seq uint64) []byte {
	if seq == 0 {
		return dst
	}
	return appendNumber(dst, "seq", seq)
}

func appendSource(dst []byte, e *klaxon.Endpoint) []byte {
	dst = append(appendKey(dst, "src"), '{')
	dst = appendSocket(dst, e)
	dst = appendString(dst, "name", e.Name, nameCap)
	if e.MAC != ([6]byte{}) {
		dst = appendMAC(appendKey(dst, "mac"), e.MAC)
	}
	return append(dst, '}')
}

func appendTarget(dst []byte, e *klaxon.Endpoint, service string) []byte {
	dst = append(appendKey(dst, "dst"), '{')
	dst = appendSocket(dst, e)
	dst = appendString(dst, "service", service, serviceCap)
	return append(dst, '}')
}

// appendSocket writes a port 0 where the address is known: a datagram may
// carry it (RFC 768).
func appendSocket(dst []byte, e *klaxon.Endpoint) []byte {
	known := e.Addr.IsValid()
	if known {
		dst = append(appendKey(dst, "ip"), '"')
		dst = append(appendAddr(dst, e.Addr), '"')
	}
	if known || e.Port != 0 {
		dst = appendNumber(dst, "port", uint64(e.Port))
	}
	return dst
}

func appendIdent(dst []byte, t *klaxon.Touch) []byte {
	if t.Ident == nil {
		return dst
	}
	dst = append(appendKey(dst, "ident"), '{')
	if claim, ok := claimOf(t); ok {
		dst = appendJSONString(appendKey(dst, "claim"), claim, replyCap)
	}
	dst = appendString(dst, "outcome", t.Ident.Outcome, wordCap)
	return append(dst, '}')
}

func appendPayload(dst []byte, p *klaxon.Payload) []byte {
	if p == nil {
		return dst
	}
	dst = append(appendKey(dst, "payload"), '{')
	dst = appendJSONString(appendKey(dst, "ascii"), p.Sample, sampleCap)
	dst = appendNumber(dst, "len", uint64(max(0, p.Len)))
	dst = append(appendKey(dst, "sha256"), '"')
	dst = append(appendHex(dst, p.SHA256[:]), '"')
	dst = appendTrue(dst, "truncated", p.Truncated || len(p.Sample) > sampleCap)
	dst = appendString(dst, "protocol", p.Protocol, wordCap)
	return append(dst, '}')
}
