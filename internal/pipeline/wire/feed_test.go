package wire

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// TestConservation: every frame is accounted for, by what the decoder says of
// it, and what was decoded reaches the detector, each packet once and in order.
func TestConservation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var frames []capture.Frame
	var want Counts
	var packets int
	filter := func(b []byte) bool { return len(b)%5 != 0 || len(b) == 40 }
	for i := range 5000 {
		data := tcp("192.0.2.7", "10.0.0.1", uint16(i), 80, uint32(i), 0, flagSYN)
		switch r.IntN(4) {
		case 0:
			data = data[:r.IntN(len(data))]
		case 1:
			data[r.IntN(len(data))] ^= byte(r.IntN(256))
		}
		f := frame(start+int64(i)*1000, i%3, data)
		f.Length += r.IntN(2) * 100
		frames = append(frames, f)
		want.Frames++
		want.Bytes += uint64(f.Length)
		if !filter(data) {
			want.Filtered++
			continue
		}
		var p decode.Packet
		reason := decode.Decoder{}.Decode(f.Link, f.Data, f.Length, &p)
		want.Tally[reason]++
		if reason == decode.Decoded {
			packets++
		}
	}
	if want.Filtered == 0 || packets == 0 || packets == 5000 || len(want.Tally) < 2 {
		t.Fatalf("a poor test: %+v", want)
	}

	feed, full, free := newFeed(false)
	src := open(t, written(t, 3, "", frames))
	feed.filter, feed.ifaces = filter, src.interfaces
	go func() {
		if err := src.run(context.Background(), feed); err != nil {
			t.Error(err)
		}
		feed.finish()
	}()
	got, at := 0, int64(0)
	for b := range full {
		for i := range b.n {
			if b.seen[i].At <= at {
				t.Fatalf("packet %d comes out of order", got+i)
			}
			at = b.seen[i].At
		}
		got += b.n
		free <- b
	}
	c := feed.counts
	if c.Frames != want.Frames || c.Bytes != want.Bytes || c.Filtered != want.Filtered || c.Tally != want.Tally {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if c.Frames != c.Filtered+sum(c.Tally) {
		t.Errorf("%d frames, %d accounted for", c.Frames, c.Filtered+sum(c.Tally))
	}
	if got != packets {
		t.Errorf("%d packets reached the detector, %d were decoded", got, packets)
	}
}

// TestTimeNeverGoesBack: neither in what the detector sees nor in the recording.
func TestTimeNeverGoesBack(t *testing.T) {
	times := []int64{start + 5, start + 3, start + 9, 0, start + 9, start + 10}
	var frames []capture.Frame
	for i, at := range times {
		frames = append(frames, frame(at, 0, scanned("192.0.2.7", 6)[i]))
	}
	_, recording, s := replay(t, written(t, 1, "", frames))
	if s.Backwards != 2 || s.First != start+5 || s.Last != start+10 {
		t.Errorf("%d went back; from %d to %d", s.Backwards, s.First-start, s.Last-start)
	}
	r, err := capture.NewReader(bytes.NewReader(recording))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{5, 5, 9, 9, 9, 10} {
		f, err := r.Next()
		if err != nil || f.Time-start != want {
			t.Errorf("time %d, %v; want %d", f.Time-start, err, want)
		}
	}
}

// TestNoAllocationPerPacket: nor for the statistics between packets.
func TestNoAllocationPerPacket(t *testing.T) {
	feed, full, free := newFeed(false)
	var out bytes.Buffer
	out.Grow(1 << 20)
	w, err := capture.NewWriter(&out, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	feed.record = newRecorder(w)
	feed.ifaces = func() []capture.Interface { return []capture.Interface{{Link: decode.LinkRaw}} }
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := range full {
			free <- b
		}
	}()
	f := frame(start, 0, scanned("192.0.2.7", 1)[0])
	feed.frame(&f)
	feed.lost(0, 0)
	if n := testing.AllocsPerRun(2000, func() {
		f.Time++
		feed.frame(&f)
		feed.lost(0, 1)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	feed.finish()
	<-done
}

// TestManyMarks: a file of statistics alone fits no batch.
func TestManyMarks(t *testing.T) {
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, []capture.Interface{{Name: "a", Link: decode.LinkRaw}}, Settings{}.Comment())
	if err != nil {
		t.Fatal(err)
	}
	w.WriteFrame(frame(start, 0, scanned("192.0.2.7", 1)[0]))
	for i := range 1000 {
		w.Advance(start + int64(i))
		w.SetDrops(0, uint64(i))
		w.WriteStatistics(0)
	}
	w.Close()
	src := open(t, out.Bytes())
	feed, full, free := newFeed(false)
	feed.ifaces = src.interfaces
	go func() {
		src.run(context.Background(), feed)
		feed.finish()
	}()
	at, told := int64(0), 0
	for b := range full {
		for _, m := range b.marks[:b.m] {
			if m.at != 0 && m.at < at {
				t.Fatalf("mark %d goes back in time", told)
			}
			at = max(at, m.at)
			if m.losses {
				told++
			}
		}
		free <- b
	}
	if told < 1000 || at != start+999 {
		t.Errorf("%d losses told, the last at %d", told, at-start)
	}
}

// TestLosses: the share that was lost of late, and how it fades.
func TestLosses(t *testing.T) {
	var l losses
	const s = int64(1e9)
	for _, step := range []struct {
		came  uint64
		iface int
		total uint64
		at    int64
		want  float64
	}{
		{90, 0, 0, 1 * s, 0},
		{90, 0, 10, 2 * s, 0.1},
		{0, 1, 50, 2 * s, 0.4},   // another interface's, of the same window: 60 of 150
		{0, 0, 10, 3 * s, 0.3},   // a tenth of everything fades in a second
		{100, 0, 10, 5 * s, 0.1}, //
		{50, 0, 60, 6 * s, 0.5},  // worse than what is left
		{50, 0, 60, 1e6 * s, 0},  // long ago
		{50, 0, 5, 1e6*s + 1, 0}, // a count that falls is no loss
		{0, 5, 7, 1e6*s + 2, 1},  // nothing came, and something was lost
	} {
		l.since += step.came
		if got := l.told(step.iface, step.total, step.at); got < step.want-1e-9 || got > step.want+1e-9 {
			t.Errorf("%+v: the share is %g", step, got)
		}
	}
}

// TestApplyKeepsOrder: a mark acts between the packets it stands between.
func TestApplyKeepsOrder(t *testing.T) {
	r := newRun(config(nil))
	b := &batch{n: 2, m: 1}
	b.seen[0].At, b.seen[1].At = start, start+20
	b.marks[0] = mark{before: 1, at: start + 30}
	b.apply(r)
	if c, _ := r.detector.Counts(); c.Backwards != 1 {
		t.Errorf("%d packets were older than the time that was told, want the second one", c.Backwards)
	}
}

// onlooker counts what it sees, and what it had seen at the first alarm.
type onlooker struct{ packets, alarms, before int }

func (o *onlooker) Packet(at int64, p *decode.Packet) {
	if at >= start && p.Kind == decode.KindTCP {
		o.packets++
	}
}

func (o *onlooker) Alarm(*klaxon.Alarm) {
	if o.alarms++; o.alarms == 1 {
		o.before = o.packets
	}
}

// TestObserver: it sees every packet and alarm, a packet before its alarm, and
// changes nothing.
func TestObserver(t *testing.T) {
	file := scanFile(t)
	want, _, _ := replay(t, file)
	var out lines
	var o onlooker
	cfg := config(open(t, file), &out)
	cfg.Observer = &o
	s, err := Run(context.Background(), cfg)
	if err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%v\n%s\nwant\n%s", err, out.Bytes(), want)
	}
	if o.packets != 500 || o.alarms != int(s.Alarms.Records) || o.before < 3 || o.before > observedMax {
		t.Errorf("%+v", o)
	}
}
