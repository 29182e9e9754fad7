package track

import "klaxon/internal/decode"

// protocol reads a packet of an IP protocol without a decoder. The rows say
// which are in ordinary use.
func (t *Tracker) protocol(p *decode.Packet) {
	row := t.rows.Protocol[p.Proto]
	var f flow
	t.flow(&f, p, protoAny, uint64(p.Proto))
	t.afresh(&f)
	switch {
	case !row.Starts:
	case f.theirs != nil:
		t.replied(f.theirs, &p.Src)
	case f.ours != nil:
		t.repeated(f.ours)
	default:
		var b start
		f.start(&b, uint16(p.Proto), row)
		t.begin(&b)
	}
}
