package policy

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/recordid"
)

// Key identifies what an alarm is about: a record of its kind, and its life.
type Key struct {
	Kind        Kind
	Index, Life uint32
}

// Kind says what an alarm is about.
type Kind uint8

// The kinds.
const (
	OfSource Kind = iota
	OfRun         // a run of a tool from several sources
	OfFlood
	OfCrowd    // of sources that did not prove their addresses, or are too many
	OfCampaign // of sources that share one target
)

// Alarms decides when a scan becomes an alarm, when an open alarm is told
// again, and when it ends. It is owned by one goroutine; time is that of the
// packets. Use NewAlarms.
type Alarms struct {
	cfg      AlarmConfig
	open     map[Key]*life
	previous map[netip.Addr]string
	ordinal  uint64
	due      int64 // when Tick has something to do
	at       int64 // the newest time that was heard of
	crowds   crowds
	census   census
	quiet    []quiet // the next ones to make room
	counts   AlarmCounts
	list     *AllowList
	calm     *calm // nil: everything is told
}

// AlarmConfig says what Alarms need. All fields but Floor and Allow, and those
// below Emit, are needed.
type AlarmConfig struct {
	Sensor string
	Zone   func(netip.Addr) klaxon.Zone
	Floor  klaxon.Confidence // weaker scans are not told
	Allow  []netip.Prefix    // sources that are expected: told with that mark and severity 1
	// Describe returns what is known now of an open alarm's scan; false when the
	// source's record is gone.
	Describe func(Key) (klaxon.Scan, bool)
	// Ended is called when an alarm is closed or retracted.
	Ended func(Key)
	Emit  func(*klaxon.Alarm)

	// Calm has who passes by outside, and who is expected, told to the records
	// alone, and the former summed up as the weather.
	Calm bool
	Seed uint64                // keys what counts strangers
	Wall func(int64) time.Time // the clock on the wall at a time, local; nil: UTC
	Look func(Key) Look        // what else is known of a source; nil: nothing
}

// AlarmCounts sums up a run.
type AlarmCounts struct {
	Opened, Retracted, Records uint64
	Refused                    uint64 // alarms closed early because too many were open
}

// life is an open alarm.
type life struct {
	id, prev string
	told     klaxon.Scan // as last told
	first    time.Time
	last     int64         // time of the newest probe that is known, ns
	look     int64         // when it may have to be updated or closed, ns
	due      int64         // when a change may be told next
	wait     time.Duration // distance to the update after that
	records  int
	changed  bool

	// As far as Alarms are calm.
	begin   int64  // ns
	news    string // why people hear of it though they would not; "" for nothing
	rang    bool   // people heard of it
	owed    bool   // they did so before it was expected, and are to hear of its end
	heard   int    // with which severity
	aimed   bool   // news is that it is aimed
	unusual bool   // it counts among those that were not told for lack of budget
	check   int64  // when its targets are looked at next, ns

	counted sized // as it is in the census; zero when it is not
}

// NewAlarms returns a life without alarms.
func NewAlarms(cfg AlarmConfig) *Alarms {
	a := &Alarms{cfg: cfg, open: make(map[Key]*life), census: make(census), previous: make(map[netip.Addr]string), due: math.MaxInt64}
	a.list = &AllowList{simple: cfg.Allow}
	if cfg.Calm {
		a.calm = newCalm(cfg.Seed)
	}
	return a
}

// Judge takes a scan that was judged at now (ns). The lists of its targets are
// not looked at: what is told is asked for by Describe.
func (a *Alarms) Judge(k Key, sketch *klaxon.Scan, now int64) {
	a.at = max(a.at, now)
	if sketch.Confidence < a.cfg.Floor {
		return
	}
	if l := a.open[k]; l != nil {
		a.gradeSketch(k, l, sketch, now)
		a.again(k, l, sketch, now)
		return
	}
	l := &life{begin: now, due: now + int64(updateFirst), wait: updateNext}
	s, _ := a.describe(k)
	a.grade(k, l, &s, now)
	if s.Confidence < sketch.Confidence {
		s.Confidence, s.Why = sketch.Confidence, sketch.Why
	}
	if len(a.open) >= openMax {
		a.closeQuietest(now)
	}
	a.ordinal++
	l.first = s.First
	if !drill(&s) {
		l.prev = a.previous[s.Source.Addr]
	}
	l.id = recordid.New("alarm", a.cfg.Sensor, s.Source.Addr.String(), s.First, a.ordinal)
	a.open[k] = l
	a.counts.Opened++
	a.emit(k, l, klaxon.EventOpen, s, now)
	a.heed(l)
	l.look = s.Last.UnixNano() + idle(&s)
	a.lookAgain(l)
}

// Move gives the open alarm of one key to another, because it turned out to be
// about that; if that one has an alarm already, the first one is closed.
func (a *Alarms) Move(from, to Key, now int64) {
	l := a.open[from]
	switch {
	case l == nil:
	case a.open[to] != nil:
		a.close(from, l, l.told, now)
	default:
		delete(a.open, from)
		a.open[to] = l
	}
}

// Open tells whether an alarm of k is open.
func (a *Alarms) Open(k Key) bool { return a.open[k] != nil }

// again notes what is new about an open alarm, and tells it if that may be told
// now: a rise of severity at once or within seconds, as what is new about a touch; what
// goes on from one host to others, or proves itself, soon; and everything else in its time.
func (a *Alarms) again(k Key, l *life, s *klaxon.Scan, now int64) {
	l.last = s.Last.UnixNano()
	a.outgrow(l, s)
	// Somebody wanted to be told of that service, and is for the first time.
	stirs := a.stirs(k, l, s, now) || s.Wanted&^l.told.Wanted != 0
	if !stirs && !news(&l.told, s) {
		return
	}
	rises := stirs || s.Severity > l.told.Severity && s.Severity >= urgent
	switch soon := now + int64(riseAfter); {
	case l.told.Shape == klaxon.ShapeTouch && !l.changed:
		l.due = soon // not before, either: what belongs to it comes in these seconds
	case s.Severity > l.told.Severity:
		l.due = min(l.due, soon)
	}
	l.changed = true
	if spreads(&l.told.Targets, &s.Targets) || s.Confidence > l.told.Confidence {
		l.due = min(l.due, now+int64(updateFirst))
	}
	if stirs || l.records < recordsMax-1 && (rises || now >= l.due) {
		a.update(k, l, a.current(k, l, now), now)
	}
	a.lookAgain(l)
}

func (a *Alarms) update(k Key, l *life, s klaxon.Scan, now int64) {
	l.due, l.wait, l.changed = now+int64(l.wait), 2*l.wait, false
	a.emit(k, l, klaxon.EventUpdate, s, now)
}

// Retract ends an alarm whose source proved to be innocent.
func (a *Alarms) Retract(k Key, why string, now int64) {
	l := a.open[k]
	if l == nil {
		return
	}
	s := a.current(k, l, now)
	s.Why = why
	a.counts.Retracted++
	a.emit(k, l, klaxon.EventRetract, s, now)
	a.end(k, l)
}

// Due is when Tick has something to do next; math.MaxInt64 when nothing is open.
func (a *Alarms) Due() int64 { return a.due }

// Tick tells updates that are due and closes alarms that have been quiet for
// long.
func (a *Alarms) Tick(now int64) {
	a.at = max(a.at, now)
	if now < a.due {
		return
	}
	for _, k := range a.keys(now) {
		if l := a.open[k]; l != nil && l.look <= now {
			a.lookAt(k, l, now)
		}
	}
	a.due = math.MaxInt64
	for _, l := range a.open {
		a.due = min(a.due, l.look)
	}
}

// lookAt closes an alarm, or updates it, or finds that it is too early for both.
func (a *Alarms) lookAt(k Key, l *life, now int64) {
	a.tellProven(k, now)
	if a.open[k] != l {
		return // it made room for one of those
	}
	s := a.current(k, l, now)
	switch {
	case s.Last.UnixNano()+idle(&s) <= now:
		a.close(k, l, s, now)
		return
	case now >= l.due && l.records < recordsMax-1 && (differs(&l.told, &s) || a.swollen(k, l)):
		a.update(k, l, s, now)
	case now >= l.due:
		l.changed = false
	}
	l.look = s.Last.UnixNano() + idle(&s)
	a.lookAgain(l)
}

// lookAgain makes sure that Tick comes when an alarm is due.
func (a *Alarms) lookAgain(l *life) {
	if l.changed && l.records < recordsMax-1 {
		l.look = min(l.look, l.due)
	}
	a.due = min(a.due, l.look)
}

// Close closes every open alarm, the oldest first.
func (a *Alarms) Close(now int64) {
	for _, k := range a.keys(math.MaxInt64) {
		a.tellProven(k, now)
	}
	for _, k := range a.keys(math.MaxInt64) {
		l := a.open[k]
		a.close(k, l, a.current(k, l, now), now)
	}
}

// Counts returns what happened so far.
func (a *Alarms) Counts() AlarmCounts { return a.counts }

// OpenCount is the number of open alarms.
func (a *Alarms) OpenCount() int { return len(a.open) }

func (a *Alarms) close(k Key, l *life, s klaxon.Scan, now int64) {
	a.emit(k, l, klaxon.EventClose, s, now)
	if s.Source.Addr.IsValid() && !drill(&s) {
		if len(a.previous) >= previousMax {
			clear(a.previous)
		}
		a.previous[s.Source.Addr] = l.id
	}
	a.end(k, l)
}

func (a *Alarms) end(k Key, l *life) {
	delete(a.open, k)
	if k.Kind == OfCrowd {
		a.disperse(k)
		return
	}
	a.cfg.Ended(k)
}

// keys lists the open alarms that are to be looked at by a time, in the order of their
// beginning, so that a run can be repeated exactly.
func (a *Alarms) keys(by int64) (list []Key) {
	for k, l := range a.open {
		if l.look <= by {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(x, y Key) int {
		return compare(a.open[x], a.open[y])
	})
	return list
}

func compare(x, y *life) int {
	if c := x.first.Compare(y.first); c != 0 {
		return c
	}
	if x.id < y.id {
		return -1
	}
	return 1
}

// current is what is known of the scan now, or what was told last when its
// record is gone.
func (a *Alarms) current(k Key, l *life, now int64) klaxon.Scan {
	s, ok := a.describe(k)
	if !ok {
		return l.told
	}
	a.grade(k, l, &s, now)
	if l.records == 1 && early(l.told.Techniques, s.Techniques) {
		l.told.Techniques = nil
	}
	return merge(&l.told, s)
}

func (a *Alarms) emit(k Key, l *life, e klaxon.Event, s klaxon.Scan, now int64) {
	quiet := a.hush(k, l, e, &s, now)
	l.told, l.last = s, s.Last.UnixNano()
	a.recount(l, e != klaxon.EventClose && e != klaxon.EventRetract)
	l.records++
	a.counts.Records++
	a.cfg.Emit(&klaxon.Alarm{Event: e, ID: l.id, Prev: l.prev, Time: time.Unix(0, now).UTC(), Scan: s, Quiet: quiet})
}
