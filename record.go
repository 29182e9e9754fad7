package klaxon

import "time"

// Record is what a sink takes: a *Touch, an *Alarm or a *Health. Sinks that
// notify get no touch: they get the alarm that it opened.
type Record interface{ record() }

func (*Touch) record()  {}
func (*Health) record() {}

// HealthWhat names what a Health record is about.
type HealthWhat string

// What a sensor says of itself.
const (
	HealthDrops    HealthWhat = "drops"     // records lost before an output took them
	HealthDisk     HealthWhat = "disk"      // an output's file could not be written
	HealthHeldBack HealthWhat = "held-back" // counted, but not told one by one; without a count: an output's records wait, for it fails, or do no longer
	HealthSilence  HealthWhat = "silence"   // the self-test goes unnoticed, Count times in turn; 0: no longer
	HealthWire     HealthWhat = "wire"      // an interface ceased to be watched, or is again
	HealthClock    HealthWhat = "clock"     // time jumped, or went back
	HealthTrap     HealthWhat = "trap"      // a trap's state changed
	HealthAllow    HealthWhat = "allow"     // the allow-list changed
	HealthWeather  HealthWhat = "weather"   // a day's passers-by, as one sentence
	HealthTest     HealthWhat = "test"      // what a drill or a self-test came to
	HealthStore    HealthWhat = "store"     // what was found of the store's file, which is written for all that
)

// Health is a statement of the sensor about itself, with an exact count.
type Health struct {
	ID     string
	Time   time.Time
	Sensor string
	Boot   string
	Seq    uint64

	What   HealthWhat
	Since  time.Time // when the counted period began
	Count  uint64    // how many records the statement is about
	Output string    // the sink concerned, "" for the whole sensor
	Detail string    // one sentence; may hold raw bytes
}

// Sink takes records out of the process. Emit is called by one goroutine at a
// time with a batch in order, never empty; the sink must not keep the records
// after it returns. Emit returns how many of the batch, counted from its
// start, are out; when that is fewer than len(batch) the error says why, and
// the caller counts the rest as lost or offers them again. The caller closes.
type Sink interface {
	// Name identifies the sink in health records, e.g. "terminal".
	Name() string
	Emit(batch []Record) (int, error)
	Close() error
}

// Refusal is an error of Emit that says that the Count records after those that
// are out will never be taken, such as one that the other side calls malformed.
// They are lost; those behind them are offered again.
type Refusal struct {
	Count int
	Err   error
}

// Error implements error.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns why.
func (r *Refusal) Unwrap() error { return r.Err }

// Doubt is an error of Emit that says that the other side got the first record that
// is not out and did not take it, which may be for what is in that record: who calls
// may see whether another is taken.
type Doubt struct{ Err error }

// Error implements error.
func (d *Doubt) Error() string { return d.Err.Error() }

// Unwrap returns why.
func (d *Doubt) Unwrap() error { return d.Err }

// Reopener is implemented by sinks that hold a file which log rotation may
// have moved away.
type Reopener interface{ Reopen() error }
