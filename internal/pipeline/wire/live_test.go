package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

var (
	errIdle  = errors.New("idle")
	errEnded = errors.New("the script ends")
)

// script is a capturer that plays what it was told, with a clock of its own.
type script struct {
	rand   *rand.Rand
	ifaces []capture.Interface
	frames []capture.Frame
	at     int
	clock  int64
	drops  []uint64
}

func (s *script) Interfaces() []capture.Interface { return s.ifaces }
func (s *script) Now() int64                      { return s.clock }
func (s *script) Drops(i int) uint64              { return s.drops[i] }

// Next is idle whenever the next frame is not due yet, and sometimes when it is.
func (s *script) Next(wait time.Duration) (capture.Frame, error) {
	if s.rand.IntN(300) == 0 {
		s.drops[s.rand.IntN(len(s.drops))] += uint64(s.rand.IntN(20))
	}
	if s.at == len(s.frames) {
		return capture.Frame{}, errEnded
	}
	f := s.frames[s.at]
	if f.Time > s.clock+int64(wait) || s.rand.IntN(50) == 0 {
		s.clock += int64(wait)
		return capture.Frame{}, errIdle
	}
	s.at++
	s.clock = max(s.clock, f.Time)
	return f, nil
}

// traffic makes up scans of several kinds, honest talk, silence and packets of
// no meaning, with small steps back in time.
func traffic(r *rand.Rand) (list []capture.Frame) {
	at := int64(start)
	add := func(data []byte) {
		f := frame(at, r.IntN(2), data)
		if r.IntN(20) == 0 {
			f.Time -= int64(r.IntN(1000))
		}
		list = append(list, f)
	}
	add([]byte{0x45, 0}) // the first frame is none that can be decoded
	for range 3 + r.IntN(12) {
		from := fmt.Sprintf("192.0.2.%d", 1+r.IntN(9))
		pause := int64(r.ExpFloat64() * 1e9)
		for i := range r.IntN(60) {
			port := uint16(r.IntN(3000))
			switch r.IntN(5) {
			case 0:
				add(tcp(from, "10.0.0.1", 40000, uint16(1000+i), 77, 0, flagSYN))
			case 1: // refused
				seq := r.Uint32()
				add(tcp(from, "10.0.0.2", port, uint16(i), seq, 0, flagSYN))
				add(tcp("10.0.0.2", from, uint16(i), port, 0, seq+1, flagRST|flagACK))
			case 2: // silent
				add(tcp(from, fmt.Sprintf("10.0.1.%d", i), port, 22, r.Uint32(), 0, flagSYN))
			case 3: // answered
				seq := r.Uint32()
				add(tcp(from, "10.0.0.3", port, 443, seq, 0, flagSYN))
				add(tcp("10.0.0.3", from, 443, port, 9, seq+1, flagSYN|flagACK))
			case 4:
				add([]byte{byte(r.IntN(256))})
			}
			at += int64(r.ExpFloat64() * float64(pause) / 20)
		}
		at += 5 * pause
	}
	return list
}

// record plays a script live, and returns its JSON lines and its recording.
func record(t *testing.T, seed uint64) (json, recording []byte, s Summary) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	sc := &script{rand: r, clock: start, drops: make([]uint64, 2), frames: traffic(r)}
	for i, addr := range []string{"10.0.0.9/8", "192.0.2.200/28"} {
		sc.ifaces = append(sc.ifaces, capture.Interface{
			Name: fmt.Sprintf("eth%d", i), Link: decode.LinkRaw, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)},
		})
	}
	var out lines
	var file bytes.Buffer
	cfg := config(NewLive(sc, func(err error) bool { return errors.Is(err, errIdle) }), &out)
	var err error
	if cfg.Record, err = capture.NewWriter(&file, nil, Settings{Seed: 7}.Comment()); err != nil {
		t.Fatal(err)
	}
	if s, err = Run(context.Background(), cfg); !errors.Is(err, errEnded) || s.RecordErr != nil {
		t.Fatal(err, s.RecordErr)
	}
	out.validate(t)
	return out.Bytes(), file.Bytes(), s
}

// TestReplayIsTheSame: whatever comes when, with time that passes and packets
// that are lost, the recording gives the same alarms byte for byte; and so does
// the recording of the recording.
func TestReplayIsTheSame(t *testing.T) {
	alarms, dropped := 0, 0
	for seed := range uint64(60) {
		live, recording, s := record(t, seed)
		again, second, r := replay(t, recording)
		if !bytes.Equal(live, again) {
			t.Fatalf("seed %d: live\n%s\nreplayed\n%s", seed, live, again)
		}
		if s.Frames != r.Frames || s.Tally != r.Tally || s.Interfaces[0].Drops != r.Interfaces[0].Drops {
			t.Errorf("seed %d: live %+v, replayed %+v", seed, s.Counts, r.Counts)
		}
		if third, _, _ := replay(t, second); !bytes.Equal(live, third) {
			t.Errorf("seed %d: the recording of the recording differs", seed)
		}
		alarms += int(s.Alarms.Opened)
		if s.Interfaces[0].Drops+s.Interfaces[1].Drops > 0 {
			dropped++
		}
	}
	if alarms < 100 || dropped < 30 {
		t.Errorf("a poor test: %d alarms, packets lost in %d runs", alarms, dropped)
	}
}

// TestLiveIsTold: alarms come while packets do, and a run that ends closes
// them.
func TestLiveIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	sc := &script{rand: rand.New(rand.NewPCG(1, 1)), clock: start, drops: make([]uint64, 1)}
	sc.ifaces = []capture.Interface{{Name: "eth0", Link: decode.LinkRaw}}
	for i, data := range scanned("192.0.2.7", 20) {
		sc.frames = append(sc.frames, frame(start+int64(i), 0, data))
	}
	var out lines
	cfg := config(NewLive(sc, func(err error) bool {
		cancel()
		return true
	}), &out)
	s, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s.Alarms.Opened != 1 || !bytes.Contains(out.Bytes(), []byte(`"event":"close"`)) {
		t.Errorf("%+v\n%s", s.Alarms, out.Bytes())
	}
	if s.Outputs[0] != (OutputCounts{Name: "lines", Written: s.Alarms.Records}) {
		t.Errorf("%+v for %d records", s.Outputs[0], s.Alarms.Records)
	}
}
