package track

import "klaxon/internal/decode"

const protoSCTP = 132

// Chunk types (RFC 9260 section 3.2).
const (
	chunkInit      = 1
	chunkInitAck   = 2
	chunkAbort     = 6
	chunkCookie    = 10
	chunkCookieAck = 11
)

func (t *Tracker) sctp(p *decode.Packet) {
	var f flow
	t.flow(&f, p, protoSCTP, 0)
	row := t.rows.SCTP[p.SCTPChunk]
	if row.Starts {
		t.afresh(&f)
	}
	c := f.fromServer()
	switch {
	case c != nil && p.SCTPChunk == chunkInitAck:
		t.seenBoth(c, &p.Src)
		if c.outcome.unanswered() {
			t.settle(c, Open)
		}
	case c != nil && p.SCTPChunk == chunkAbort:
		t.seenBoth(c, &p.Src)
		if c.outcome.unanswered() {
			t.settle(c, Refused)
		}
	case c != nil:
	case f.ours != nil:
		t.repeated(f.ours)
		if p.SCTPChunk == chunkAbort && f.ours.outcome == Open {
			t.settle(f.ours, HalfOpen)
		}
	case row.Starts:
		var b start
		f.start(&b, p.DstPort, row)
		made, _ := t.begin(&b)
		made.port = p.SrcPort
	}
}
