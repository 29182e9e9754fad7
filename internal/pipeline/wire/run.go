// Package wire is the run of tocsin: frames of a live capture or of a file are
// decoded, recorded and handed in batches to the detector, whose alarms go to
// sinks.
//
// One goroutine reads and decodes, another detects, one for each sink writes.
// The detector's clock is the frames' stamps, forced not to go back. Everything
// it is told, the passing of time and the loss of packets included, has its
// place in the stream of frames and is recorded there, so that a recording
// gives the same alarms again, byte for byte.
package wire

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

// Source yields frames: a *File or a *Live.
type Source interface {
	interfaces() []capture.Interface
	alone() bool // its one interface will stay the only one
	// run feeds every frame until there are no more or ctx ends.
	run(ctx context.Context, f *feed) error
}

// Config is what a run is made of. Source, Detect.Sensor and Detect.Track.Seed
// are needed; Detect's Emit, Zone and Interface are set by Run.
type Config struct {
	Source  Source
	Mirrors bool              // open the tunnels that mirrored traffic comes in
	From    []netip.Prefix    // of these senders; nil: of all
	Filter  func([]byte) bool // which frames are wanted; nil for all
	Record  *capture.Writer   // nil for none; Run adds the interfaces
	Detect  detect.Config
	Home    []netip.Prefix
	Sinks   []klaxon.Sink
	// Prepare, unless nil, is called with the detector before the first packet.
	Prepare func(*detect.Detector)
	Patient bool // wait for slow sinks, where the source can wait

	// Observer, unless nil, sees what the detector sees.
	Observer Observer

	// Evidence, unless nil, keeps the packets that alarms rest on.
	Evidence Evidence

	// Failed is called when a sink begins to fail, by its goroutine.
	Failed func(sink string, err error)
}

// Observer looks on as packets are judged. It is called by one goroutine, a
// packet before the alarms it leads to, and not more than observedMax packets
// before.
type Observer interface {
	Packet(at int64, p *decode.Packet)
	Alarm(*klaxon.Alarm)
}

// Evidence sees every packet that is judged, with its frame, before the alarms it
// leads to. It is called by one goroutine, and must not keep the frame's data.
type Evidence interface {
	Packet(p *decode.Packet, f *capture.Frame)
	// Alarm returns the name of the file with an alarm's packets, "" for none.
	Alarm(a *klaxon.Alarm, ifaces []capture.Interface) string
}

// Summary is what a run came to.
type Summary struct {
	Counts
	Interfaces []capture.Interface // with what each of them lost
	Track      track.Counts
	Alarms     policy.AlarmCounts
	Coverage   track.Coverage
	Outputs    []OutputCounts
	RecordErr  error // the recording is not whole
}

// Run reads the source to its end, or until ctx ends, and closes all alarms.
// The summary is good even beside an error, which is the source's.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	r := newRun(cfg)
	if cfg.Prepare != nil {
		cfg.Prepare(r.detector)
	}
	feed, full, free := newFeed(cfg.Evidence != nil)
	feed.decoder = decode.Decoder{Mirrors: cfg.Mirrors, From: cfg.From}
	feed.filter, feed.record = cfg.Filter, newRecorder(cfg.Record)
	feed.ifaces = cfg.Source.interfaces
	var err error
	go func() {
		err = cfg.Source.run(ctx, feed)
		feed.finish()
	}()
	for b := range full {
		r.counts = b.counts
		b.apply(r)
		free <- b
	}
	r.detector.Close()
	return r.summary(feed), err
}

// run is the detecting goroutine's state.
type run struct {
	cfg      Config
	detector *detect.Detector
	outlets  []*outlet
	ifaces   []capture.Interface
	zones    policy.Zones
	counts   Counts
	drops    losses // by interface, as last told
	seq      uint64
	frame    capture.Frame // of the packet that is evidence just now

	deliver func(*klaxon.Alarm) // of a daemon, which stamps them; nil otherwise
	shift   int64               // from the wall's clock to the detector's
}

func newRun(cfg Config) *run {
	r := &run{cfg: cfg, zones: policy.NewZones(nil, cfg.Home)}
	for _, s := range cfg.Sinks {
		r.outlets = append(r.outlets, newOutlet(s, cfg.Patient, cfg.Failed))
	}
	d := cfg.Detect
	d.Track.Alone = cfg.Source != nil && cfg.Source.alone()
	d.Interface = r.name
	if r.deliver = d.Emit; r.deliver == nil {
		d.Zone = func(a netip.Addr) klaxon.Zone { return r.zones.Of(a) }
	}
	d.Wall = func(at int64) time.Time { return time.Unix(0, at-r.shift) }
	d.Emit = r.emit
	r.detector = detect.New(d)
	return r
}

// take judges packets.
func (r *run) take(list []detect.Seen, heads []head) {
	if r.cfg.Observer == nil && r.cfg.Evidence == nil {
		r.detector.Batch(list)
		return
	}
	for len(list) > 0 {
		n := min(len(list), observedMax)
		for i := range list[:n] {
			if r.cfg.Observer != nil {
				r.cfg.Observer.Packet(list[i].At, &list[i].Packet)
			}
			if r.cfg.Evidence != nil {
				r.frame = heads[i].frame(&list[i])
				r.cfg.Evidence.Packet(&list[i].Packet, &r.frame)
			}
		}
		r.detector.Batch(list[:n])
		list = list[n:]
		if heads != nil {
			heads = heads[n:]
		}
	}
}

// mark does what a mark says.
func (r *run) mark(m *mark) {
	if m.ifaces != nil {
		r.meet(m.ifaces)
	}
	if m.at != 0 {
		r.detector.Advance(m.at)
	}
	if m.losses {
		r.detector.SetDrops(m.lost)
		r.drops.told(m.iface, m.total, m.at)
	}
	if m.shifted {
		r.shift = m.shift
	}
	for i := range m.touches {
		t := &m.touches[i]
		r.detector.Touch(t.at, t.touch)
		t.touch = nil // others wait in the same memory
	}
	m.touches = nil
}

// meet takes note of interfaces: their addresses say who is inside.
func (r *run) meet(all []capture.Interface) {
	r.ifaces = all
	var connected []netip.Prefix
	for _, in := range all {
		connected = append(connected, in.Addrs...)
	}
	if r.deliver != nil {
		return // a daemon tells of its host itself, whose addresses come and go
	}
	r.zones = policy.NewZones(connected, r.cfg.Home)
	r.detector.SetConnected(connected)
}

func (r *run) name(scope uint8) string {
	if int(scope) < len(r.ifaces) {
		return r.ifaces[scope].Name
	}
	return ""
}

// emit gives an alarm its identity and its way out.
func (r *run) emit(a *klaxon.Alarm) {
	if r.deliver != nil {
		r.pass(a)
		return
	}
	r.seq++
	a.Sensor, a.Boot, a.Seq = r.cfg.Detect.Sensor, r.boot(), r.seq
	if r.cfg.Evidence != nil {
		a.Evidence = r.cfg.Evidence.Alarm(a, r.ifaces)
	}
	for _, o := range r.outlets {
		o.offer(a)
	}
	if r.cfg.Observer != nil {
		r.cfg.Observer.Alarm(a)
	}
}

// boot identifies the run by its seed and its first packet, so that a replay
// has the same.
func (r *run) boot() string {
	b := binary.BigEndian.AppendUint64(nil, r.cfg.Detect.Track.Seed)
	b = binary.BigEndian.AppendUint64(b, uint64(r.counts.First))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func (r *run) summary(f *feed) Summary {
	s := Summary{
		Counts: f.counts, Interfaces: f.ifaces(),
		Coverage: r.detector.Coverage(), RecordErr: f.record.failure(),
	}
	s.Track, s.Alarms = r.detector.Counts()
	for _, o := range r.outlets {
		s.Outputs = append(s.Outputs, o.close())
	}
	return s
}
