package wire

import (
	"math"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// feed is the reading goroutine's end: it takes frames, records them, and hands
// over what was decoded. Whatever happens here happens in the same way again
// when the recording is read.
type feed struct {
	decoder decode.Decoder
	filter  func([]byte) bool // nil keeps every frame
	record  *recorder
	ifaces  func() []capture.Interface
	known   int // of these, how many were told to the detector

	// Of a daemon; nil where the frames' stamps are the time.
	clock   *clock
	touches *touches
	drill   func(p *decode.Packet, frame []byte) (scope uint8, ok bool)

	full chan<- *batch
	free <-chan *batch
	b    *batch

	counts Counts
	now    int64 // the latest time given on; no frame is older
	begun  bool  // a packet was decoded, or a touch came; before that time does not matter
	losses losses
}

// frame takes one frame.
func (f *feed) frame(in *capture.Frame) {
	f.counts.Frames++
	f.counts.Bytes += uint64(in.Length)
	if f.filter != nil && !f.filter(in.Data) {
		f.counts.Filtered++
		return
	}
	in.Time = f.time(in.Time)
	f.pass(in.Time, f.counts.Frames%lateEvery == 0)
	f.stamp(in)
	if in.Interface >= f.known {
		f.meet()
	}
	f.losses.since++
	f.record.frame(in)
	s := &f.b.seen[f.b.n]
	reason := f.decoder.Decode(in.Link, in.Data, in.Length, &s.Packet)
	f.counts.Tally[reason]++
	if reason != decode.Decoded {
		return
	}
	f.begun = true
	s.At, s.Scope, s.Packet.Inbound = in.Time, uint8(in.Interface), in.Inbound
	if f.drill != nil {
		if scope, ok := f.drill(&s.Packet, in.Data); ok {
			s.Scope = scope
		}
	}
	if f.b.heads != nil {
		f.b.heads[f.b.n].keep(in)
	}
	f.b.n++
	if f.b.n == len(f.b.seen) {
		f.handOver()
	}
}

// time is the detector's, of a stamp.
func (f *feed) time(stamp int64) int64 {
	if f.clock == nil {
		return stamp
	}
	was := f.clock.shift
	at := f.clock.of(stamp, f.now)
	f.shifted(was)
	return at
}

// watchClock looks now and then whether the clock on the wall was set.
func (f *feed) watchClock() {
	if f.clock != nil {
		was := f.clock.shift
		f.clock.check()
		f.shifted(was)
	}
}

func (f *feed) shifted(was int64) {
	if f.clock.shift != was {
		f.mark(mark{shifted: true, shift: f.clock.shift})
	}
}

// pass hands on the touches from up to a time, and if the clock is to be asked
// those that waited too long.
func (f *feed) pass(upTo int64, ask bool) {
	if f.touches == nil {
		return
	}
	list := f.touches.due(f.clock, upTo, ask)
	if len(list) == 0 {
		return
	}
	f.begun = true
	for i := range list {
		f.now = max(f.now, list[i].at)
		list[i].at = f.now
	}
	if f.counts.First == 0 {
		f.counts.First = list[0].at
	}
	f.counts.Last = f.now
	f.counts.Touches += uint64(len(list))
	f.mark(mark{touches: list})
}

// stamp forces time not to go back.
func (f *feed) stamp(in *capture.Frame) {
	if in.Time < f.now {
		f.counts.Backwards++
		in.Time = f.now
	}
	if f.counts.First == 0 {
		f.counts.First = in.Time
	}
	f.now = in.Time
	f.counts.Last = in.Time
}

// meet tells of interfaces that are new.
func (f *feed) meet() {
	all := f.ifaces()
	for _, in := range all[f.known:] {
		f.record.iface(in)
	}
	f.known = len(all)
	f.mark(mark{ifaces: all})
}

// reach is advance, with the touches on the way.
func (f *feed) reach(at int64) {
	f.pass(at, true)
	f.advance(at)
}

// advance takes note that time passed, once there was a packet.
func (f *feed) advance(at int64) {
	if at <= f.now {
		return
	}
	f.now = at
	if f.begun {
		f.counts.Last = at
		f.mark(mark{at: at})
	}
}

// lost takes an interface's total of lost frames, as of now.
func (f *feed) lost(iface int, total uint64) {
	if iface >= f.known {
		f.meet()
	}
	f.record.statistics(iface, total, f.now)
	share := f.losses.told(iface, total, f.now)
	if f.begun {
		f.mark(mark{at: f.now, losses: true, lost: share, iface: iface, total: total})
	}
}

// finish ends the stream. totals are the frames lost by each interface.
func (f *feed) finish() {
	all := f.ifaces()
	if len(all) > f.known {
		f.meet()
	}
	for i := range all {
		f.lost(i, max(all[i].Drops, f.losses.total(i)))
	}
	f.pass(math.MaxInt64, true)
	if f.begun {
		f.mark(mark{at: f.now})
	}
	f.handOver()
	f.record.flush()
	close(f.full)
}

func (f *feed) mark(m mark) {
	if f.b.m == len(f.b.marks) {
		f.handOver()
	}
	m.before = f.b.n
	f.b.marks[f.b.m] = m
	f.b.m++
}

// flush hands over what there is.
func (f *feed) flush() {
	if f.b.n > 0 || f.b.m > 0 {
		f.handOver()
	}
}

func (f *feed) handOver() {
	f.b.counts = f.counts
	f.full <- f.b
	f.b = <-f.free
	f.b.reset()
}

// newFeed returns both ends of the stream. heads says whether the bytes of
// packets are handed over, too.
func newFeed(heads bool) (*feed, <-chan *batch, chan<- *batch) {
	full, free := make(chan *batch, batches), make(chan *batch, batches)
	for range batches - 1 {
		free <- newBatch(heads)
	}
	return &feed{b: newBatch(heads), full: full, free: free}, full, free
}

// apply works a batch off, packets and marks in their order.
func (b *batch) apply(r *run) {
	from := 0
	for i := range b.marks[:b.m] {
		m := &b.marks[i]
		r.take(b.part(from, m.before))
		from = m.before
		r.mark(m)
	}
	r.take(b.part(from, b.n))
}
