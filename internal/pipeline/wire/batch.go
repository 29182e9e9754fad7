package wire

import (
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/watch/capture"
)

// Counts are exact: Frames = Filtered + the sum of Tally.
type Counts struct {
	Frames    uint64       // that the source yielded
	Bytes     uint64       // of them, on the wire
	Filtered  uint64       // of the frames, not wanted by the user's filter
	Tally     decode.Tally // the others, by how their decoding ended
	Backwards uint64       // of these, older than the one before; its time is used
	First     int64        // time of the first of them, ns; 0 for none
	Last      int64        // and of the last moment that was seen
	Touches   uint64       // that were merged with them
}

// batch is what the reading goroutine hands to the detecting one.
type batch struct {
	seen   [batchSize]detect.Seen
	heads  []head // the bytes of each of them; nil when nobody wants them
	n      int
	marks  [marksMax]mark
	m      int
	counts Counts // up to the end of this batch
}

// mark is something other than a packet, at its place among them.
type mark struct {
	before int   // this packet of the batch
	at     int64 // the time has come this far; 0 for no news
	lost   float64
	losses bool // lost is a new share of packets that were lost, total what iface lost in all
	iface  int
	total  uint64
	ifaces []capture.Interface // when there are new ones: all

	touches []due
	shifted bool // shift is a new distance from the wall's clock to the detector's
	shift   int64
}

func newBatch(heads bool) *batch {
	b := new(batch)
	if heads {
		b.heads = make([]head, batchSize)
	}
	return b
}

// part is some of its packets.
func (b *batch) part(from, to int) ([]detect.Seen, []head) {
	if b.heads == nil {
		return b.seen[from:to], nil
	}
	return b.seen[from:to], b.heads[from:to]
}

func (b *batch) reset() { b.n, b.m = 0, 0 }
