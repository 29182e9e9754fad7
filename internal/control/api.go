package control

import (
	"net/netip"
	"time"

	"klaxon/internal/chain"
)

// Status is how a klaxond is.
type Status struct {
	V       int       `json:"v"` // of this form: 1
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Sensor  string    `json:"sensor"`
	Boot    string    `json:"boot"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Mode    string    `json:"mode"` // active or passive
	Profile string    `json:"profile,omitempty"`

	Traps   []Trap   `json:"traps"`
	Wire    Wire     `json:"wire"`
	Touches Touches  `json:"touches"`
	Alarms  Alarms   `json:"alarms"`
	Rates   *Rates   `json:"rates,omitempty"` // absent in the first seconds
	Outputs []Output `json:"outputs"`
	Store   *Store   `json:"store,omitempty"` // absent when nothing is kept
	Control Counts   `json:"control"`
	// SelfTest is absent of a klaxond that has none.
	SelfTest *SelfTest `json:"self_test,omitempty"`
	// Waiting are the keys of the configuration that changed since the start, at a reload
	// that left them for the next one.
	Waiting []string `json:"waiting,omitempty"`
	// Trouble is what is amiss beside the rest: what could not be asked or read.
	Trouble []string `json:"trouble,omitempty"`
}

// TrapState is what became of a trap.
type TrapState string

// The states of a trap. A trap that is armed on some addresses and held on others
// is armed.
const (
	TrapArmed    TrapState = "armed"    // and was reached, or probed on the wire
	TrapUnseen   TrapState = "unseen"   // armed, and nothing has come for it
	TrapShielded TrapState = "shielded" // armed, and something in front of it keeps probes away
	TrapHeld     TrapState = "held"     // a real service has the port
	TrapDenied   TrapState = "denied"   // the system would not have it
)

// Trap is one trap, on all of its addresses.
type Trap struct {
	Transport string     `json:"transport"`
	Port      uint16     `json:"port"`
	Service   string     `json:"service,omitempty"`
	State     TrapState  `json:"state"`
	Holder    string     `json:"holder,omitempty"` // who has the port, on some address at least
	Error     string     `json:"error,omitempty"`
	Touches   uint64     `json:"touches,omitempty"`
	Halves    uint64     `json:"half_open,omitempty"` // contacts that never became a connection
	Probes    uint64     `json:"unanswered,omitempty"`
	Last      *time.Time `json:"last,omitempty"`
}

// Wire is what is heard beside the traps.
type Wire struct {
	Watched     bool        `json:"watched"`
	Why         string      `json:"why,omitempty"`  // it is not
	Lost        []string    `json:"lost,omitempty"` // of it, since the start
	Promiscuous bool        `json:"promiscuous,omitempty"`
	Interfaces  []Interface `json:"interfaces,omitempty"`
	Packets     uint64      `json:"packets"`
	Bytes       uint64      `json:"bytes"`
	Backwards   uint64      `json:"backwards,omitempty"` // packets older than the one before
	Both        int         `json:"hosts_heard_both_ways"`
	One         int         `json:"hosts_heard_one_way"`
	Never       int         `json:"hosts_that_never_answered"`
	Sources     uint64      `json:"sources"` // that are remembered
	Forgotten   uint64      `json:"forgotten,omitempty"`
}

// Interface is one that is watched.
type Interface struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs,omitempty"`
	Drops uint64   `json:"drops"`
}

// Touches counts touches exactly, see pipeline.Counts.
type Touches struct {
	In       uint64 `json:"in"`
	Dropped  uint64 `json:"dropped"`
	HeldBack uint64 `json:"held_back"` // not recorded one by one
	Unjudged uint64 `json:"unjudged"`
	Lost     uint64 `json:"lost_by_kernel"`   // datagrams, beside In
	Drills   uint64 `json:"drills,omitempty"` // beside In, of fire drills
}

// Alarms counts alarms and their records.
type Alarms struct {
	Opened    uint64 `json:"opened"`
	Retracted uint64 `json:"retracted"`
	Records   uint64 `json:"records"`
	Dropped   uint64 `json:"dropped"`
	Quiet     uint64 `json:"quiet"`
	HeldBack  uint64 `json:"held_back"`        // not told one by one
	Drills    uint64 `json:"drills,omitempty"` // records beside Records, of fire drills
}

// Rates are per second, over the time Over.
type Rates struct {
	Over    Duration `json:"over"`
	Packets float64  `json:"packets"`
	Bits    float64  `json:"bits"`
	Touches float64  `json:"touches"`
	Records float64  `json:"alarm_records"`
}

// Output is one output and what waits for it.
type Output struct {
	Name    string   `json:"name"`
	Keeps   bool     `json:"keeps"` // a record sink; otherwise it notifies
	Touches uint64   `json:"touches"`
	Alarms  uint64   `json:"alarms"`
	Why     string   `json:"why,omitempty"` // it fails
	Lost    uint64   `json:"lost"`
	Pending uint64   `json:"pending"`
	Lag     Duration `json:"lag"` // how long it has been at what it writes now
	Failing bool     `json:"failing"`
	Absent  bool     `json:"absent,omitempty"` // its peer was not there at the start, and was told nothing yet
}

// Store is what is kept.
type Store struct {
	Path     string     `json:"path"`
	ID       string     `json:"id"`
	Bytes    int64      `json:"bytes"`
	MaxBytes int64      `json:"max_bytes,omitempty"`
	MaxAge   Duration   `json:"max_age,omitempty"`
	Touches  uint64     `json:"touches"`
	Alarms   uint64     `json:"alarm_records"`
	Health   uint64     `json:"health"`
	Evidence uint64     `json:"evidence"`
	First    uint64     `json:"first"` // number of the oldest record
	Head     uint64     `json:"head"`  // and of the newest
	HeadTime *time.Time `json:"head_time,omitempty"`
	Oldest   *time.Time `json:"oldest,omitempty"`
	Chains   []Chain    `json:"chains,omitempty"`
	Held     string     `json:"held,omitempty"` // who holds up its log
	Failing  string     `json:"failing,omitempty"`
}

// Chain is how far one of a store's chains goes, by places in it.
type Chain struct {
	Chain chain.Name `json:"chain"`
	First uint64     `json:"first"`
	Head  chain.Head `json:"head"`
}

// Counts is what a Server did.
type Counts struct {
	Requests uint64 `json:"requests"`
	Refused  uint64 `json:"refused"`  // connections, for lack of a right
	Turned   uint64 `json:"turned"`   // away, for lack of room
	Tails    int    `json:"tails"`    // that follow now
	Missed   uint64 `json:"missed"`   // records that tails were too slow for
	Oddities uint64 `json:"oddities"` // requests that made no sense
}

// Why is what is known of a source, whether it rang or not.
type Why struct {
	V          int        `json:"v"`
	Addr       netip.Addr `json:"addr"`
	Known      bool       `json:"known"` // else nothing below is
	Wide       bool       `json:"wide,omitempty"`
	First      *time.Time `json:"first,omitempty"`
	Last       *time.Time `json:"last,omitempty"`
	Score      float64    `json:"score"`
	Threshold  float64    `json:"threshold"`
	Contacts   int        `json:"contacts"`
	Traps      int        `json:"traps"`
	Touches    int        `json:"touches"`
	Refused    int        `json:"refused"`
	Unanswered int        `json:"unanswered"`
	Empty      int        `json:"empty"`
	Illegal    int        `json:"illegal"`
	Succeeded  int        `json:"succeeded"`
	Repeats    int        `json:"repeats"`
	Paced      int        `json:"paced"`
	Hosts      int        `json:"hosts"`
	Services   int        `json:"services"`
	Technique  []string   `json:"technique,omitempty"`
	Marks      []string   `json:"marks,omitempty"`
	Tool       string     `json:"tool,omitempty"`
	Proof      string     `json:"proof,omitempty"`
	Class      string     `json:"class,omitempty"`
	Run        int        `json:"run,omitempty"`
	Scan       bool       `json:"scan"`
	Innocent   bool       `json:"innocent"`
	Confidence string     `json:"confidence,omitempty"`
	Told       bool       `json:"told"`            // an alarm of it is open
	Crowd      string     `json:"crowd,omitempty"` // which is that of a crowd
	Alarm      *OpenAlarm `json:"alarm,omitempty"` // or its own
	Allowed    string     `json:"allowed,omitempty"`
	Why        string     `json:"why,omitempty"`
	Missing    string     `json:"missing,omitempty"`
}

// OpenAlarm is an open alarm with the numbers that its next record would have.
type OpenAlarm struct {
	ID       string    `json:"id"`
	Probes   uint64    `json:"probes"`
	Hosts    int       `json:"hosts"`
	Services int       `json:"services"`
	Last     time.Time `json:"last"`
}

// Allowance is a source that is expected, on top of those in the configuration.
type Allowance struct {
	ID      string     `json:"id,omitempty"` // given by klaxond
	Source  string     `json:"source"`       // an address or a prefix; of a rule in force with the MAC
	MAC     string     `json:"mac,omitempty"`
	Ports   string     `json:"ports,omitempty"` // services, separated by blanks
	Hours   string     `json:"hours,omitempty"` // "22:00-06:00"
	Days    string     `json:"days,omitempty"`  // "mon tue"
	Role    string     `json:"role,omitempty"`
	For     Duration   `json:"for,omitempty"` // of a new one
	Expires *time.Time `json:"expires,omitempty"`
	Why     string     `json:"why"`
	By      string     `json:"by,omitempty"`     // who asked, as the kernel vouches
	Origin  string     `json:"origin,omitempty"` // "configuration" or "klaxonctl"
	Force   bool       `json:"force,omitempty"`  // wider than /16 or /48
}

// Lesson is a time of watching, and what it proposes.
type Lesson struct {
	Running bool       `json:"running"`
	Until   *time.Time `json:"until,omitempty"` // it runs
	Lines   []string   `json:"lines,omitempty"` // of klaxon.toml, with their reasons as comments
}

// Duration is a length of time, in JSON as Go writes it: "1h30m0s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}
