package noise

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/policy"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

// The host and its traps.
var (
	us    = netip.MustParseAddr("192.0.2.1")
	traps = []uint16{23, 512, 513, 514, 3389}
)

// trapsTouched is how many traps each scanner touches.
const trapsTouched = 5

// stage is klaxond without its sockets.
type stage struct {
	pipe    *pipeline.Pipeline
	watch   *wire.Watch
	cable   *cable
	records *records
	people  *people
	end     func() wire.State
}

// newStage makes one; when it is calm, who passes by outside is told once a day.
func newStage(t *testing.T, calm bool) *stage {
	s := &stage{cable: &cable{}, records: &records{told: map[klaxon.HealthWhat]uint64{}}, people: &people{opened: map[netip.Addr]time.Time{}}}
	zones := policy.NewZones([]netip.Prefix{netip.PrefixFrom(us, 24)}, nil)
	s.pipe = pipeline.New(pipeline.Config{
		Sensor: "gate", Boot: "b1", Zone: zones.Of,
		Outputs: []pipeline.Output{{Sink: s.records, Keep: true}, {Sink: s.people}},
		Detect:  func(t *klaxon.Touch) bool { return s.watch.Touch(t) },
	})
	s.watch = wire.NewWatch(wire.WatchConfig{
		Live: wire.NewLive(s.cable, func(err error) bool { return errors.Is(err, errIdle) }), Health: s.pipe.Health,
		Detect: detect.Config{
			Sensor: "gate", Zone: zones.Of, Floor: klaxon.Established, Emit: s.pipe.Alarm, Calm: calm,
			Track: track.Config{Seed: 7},
		},
	})
	s.start(t)
	return s
}

func (s *stage) start(t *testing.T) {
	telling, stopTelling := context.WithCancel(t.Context())
	judging, stopJudging := context.WithCancel(t.Context())
	told, sum := make(chan struct{}), make(chan wire.State, 1)
	go func() { s.pipe.Run(telling); close(told) }()
	go func() { sum <- s.watch.Run(judging) }()
	s.end = func() wire.State {
		s.pipe.Flush()
		stopJudging()
		all := <-sum
		stopTelling()
		<-told
		return all
	}
	var ports []klaxon.Port
	for _, p := range traps {
		ports = append(ports, klaxon.Port{Transport: klaxon.TCP, Number: p})
	}
	ports = append(ports, klaxon.Port{Transport: klaxon.UDP, Number: 69})
	err := s.watch.Ask(t.Context(), func(d *detect.Detector) {
		d.SetTraps(ports, 0)
		d.SetLocal([]netip.Addr{us})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) stop() wire.State { return s.end() }

func (s *stage) touch(tr klaxon.Transport, from netip.Addr, sport, port uint16, proof klaxon.Proof) {
	s.pipe.Touch(&klaxon.Touch{
		Time: time.Now(), Transport: tr, Proof: proof, Service: "trap",
		Source: klaxon.Endpoint{Addr: from, Port: sport}, Target: klaxon.Endpoint{Addr: us, Port: port},
	})
}

// probe is a forged SYN on the wire.
func (s *stage) probe(from netip.Addr, port uint16) {
	s.cable.carry(tcp(from, us, 40000, port, uint32(time.Now().UnixNano()), 0, flagSYN))
}

// scan touches every trap, as the wire shows it too.
func (s *stage) scan(from netip.Addr) {
	for i, port := range traps {
		sport, seq := 50000+uint16(i), uint32(1000*i)
		s.cable.carry(tcp(from, us, sport, port, seq, 0, flagSYN))
		s.cable.carry(tcp(us, from, port, sport, 77, seq+1, flagSYN|flagACK))
		s.cable.carry(tcp(from, us, sport, port, seq+1, 78, flagACK))
		s.touch(klaxon.TCP, from, sport, port, klaxon.ProofHandshake)
		time.Sleep(10 * time.Millisecond)
	}
}

// account holds everything that was made against what became of it.
func (s *stage) account(t *testing.T, forged, proven int, w *wire.State) {
	t.Helper()
	c := s.pipe.Counts()
	check(t, "touches made and offered", c.In, uint64(forged/2+proven))
	check(t, "touches staged and dropped", c.Staged+c.Dropped, c.In)
	check(t, "touches judged and not", w.Touches+c.Unjudged, c.Staged)
	check(t, "packets carried and read", w.Frames, s.cable.carried)
	check(t, "alarm records made and offered", w.Alarms.Records, c.Alarms)
	check(t, "alarm records staged and dropped", c.AlarmsStaged+c.AlarmsDropped, c.Alarms)
	keep, notify := c.Outputs[0], c.Outputs[1]
	check(t, "touches kept, held back and lost", keep.Written+c.HeldBackKeep+keep.Lost, c.Staged)
	check(t, "touches that the record sink has", uint64(s.records.touches), keep.Written)
	check(t, "alarm records kept and lost", keep.Alarms+keep.AlarmsLost, c.AlarmsStaged)
	check(t, "alarm records that the record sink has", uint64(s.records.alarms), keep.Alarms)
	check(t, "alarm records told, held back, quiet and lost", notify.Alarms+c.HeldBackNotify+c.Quiet+notify.AlarmsLost, c.AlarmsStaged)
	check(t, "alarm records that people have", uint64(s.people.alarms), notify.Alarms)
	check(t, "touches that the record sink was told of", s.records.told[klaxon.HealthHeldBack], c.HeldBackKeep)
	// Of statements about the sensor every one is in the records, but for those of
	// what people missed, which are theirs alone; and the other way round.
	missed := uint64(s.records.health-s.records.reports) - uint64(s.people.health-s.people.reports)
	check(t, "records that people were told they missed", s.people.held, c.HeldBackNotify+missed)
}

// records keeps, and counts.
type records struct {
	touches, alarms, health, reports int
	told                             map[klaxon.HealthWhat]uint64
}

func (*records) Name() string { return "records" }
func (*records) Close() error { return nil }

func (s *records) Emit(batch []klaxon.Record) (int, error) {
	for _, r := range batch {
		switch r := r.(type) {
		case *klaxon.Touch:
			s.touches++
		case *klaxon.Alarm:
			s.alarms++
		case *klaxon.Health:
			s.health++
			if r.What == klaxon.HealthHeldBack {
				s.reports++
			}
			if r.Output == "" || r.Output == "detector" { // what an output missed is another count
				s.told[r.What] += r.Count
			}
		}
	}
	return len(batch), nil
}

// people read lines.
type people struct {
	alarms, health, reports int
	held                    uint64
	lines                   []time.Time
	opened                  map[netip.Addr]time.Time
}

func (*people) Name() string { return "people" }
func (*people) Close() error { return nil }

func (s *people) Emit(batch []klaxon.Record) (int, error) {
	for _, r := range batch {
		s.lines = append(s.lines, time.Now())
		switch r := r.(type) {
		case *klaxon.Touch:
			panic("people are told of alarms")
		case *klaxon.Alarm:
			s.alarms++
			if r.Event == klaxon.EventOpen && r.Source.Addr.IsValid() {
				s.opened[r.Source.Addr] = time.Now()
			}
		case *klaxon.Health:
			s.health++
			if r.What == klaxon.HealthHeldBack {
				s.reports++
				s.held += r.Count
			}
		}
	}
	return len(batch), nil
}

var errIdle = errors.New("idle")

// cable is a live interface of packets that a test makes.
type cable struct {
	mu      sync.Mutex
	frames  []capture.Frame
	carried uint64
}

func (c *cable) carry(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carried++
	c.frames = append(c.frames, capture.Frame{Time: time.Now().UnixNano(), Link: decode.LinkRaw, Length: len(data), Data: data})
}

// Interfaces implements wire.Capturer, as do the others.
func (*cable) Interfaces() []capture.Interface {
	return []capture.Interface{{Name: "eth0", Link: decode.LinkRaw, Addrs: []netip.Prefix{netip.PrefixFrom(us, 24)}}}
}
func (*cable) Drops(int) uint64 { return 0 }

// Now is a little late, as a ring is.
func (c *cable) Now() int64 { return time.Now().Add(-2 * handOver).UnixNano() }

// handOver is how often the kernel hands over a block.
const handOver = 20 * time.Millisecond

func (c *cable) Next(wait time.Duration) (capture.Frame, error) {
	for left := wait; ; left -= handOver {
		c.mu.Lock()
		if len(c.frames) > 0 {
			f := c.frames[0]
			c.frames = c.frames[1:]
			c.mu.Unlock()
			return f, nil
		}
		c.mu.Unlock()
		if left <= 0 {
			return capture.Frame{}, errIdle
		}
		time.Sleep(handOver)
	}
}

const (
	flagSYN = 0x02
	flagACK = 0x10
)

// tcp makes an IPv4 packet with a TCP header and nothing else.
func tcp(from, to netip.Addr, sport, dport uint16, seq, ack uint32, flags byte) []byte {
	b := make([]byte, 40)
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], 40)
	copy(b[12:], from.AsSlice())
	copy(b[16:], to.AsSlice())
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	binary.BigEndian.PutUint32(b[24:], seq)
	binary.BigEndian.PutUint32(b[28:], ack)
	b[32], b[33], b[34] = 0x50, flags, 0xfa
	return b
}
