package store

import (
	"context"
	"errors"
	"io"
	"time"

	"klaxon"
	"klaxon/internal/chain"
)

// ErrNotFound says that what was asked for is not kept, or no longer.
var ErrNotFound = errors.New("not in the store")

// Store keeps records. As a klaxon.Sink, what Emit counts as out is durable:
// its count is the receipt. All methods may be called by several goroutines.
type Store interface {
	klaxon.Sink
	Reader

	// SaveEvidence keeps the packets of an alarm, a pcapng file of at most
	// EvidenceMax bytes; later packets of the same alarm replace them.
	SaveEvidence(alarm string, data []byte) error
	// SaveMemory keeps a blob that must survive a restart, instead of the one of
	// that name that was there. It is no record and in no chain.
	SaveMemory(name string, data []byte) error
	// LoadMemory returns such a blob, or ErrNotFound.
	LoadMemory(name string) ([]byte, error)

	// Head is the newest record of a chain.
	Head(chain.Name) chain.Head
	// Anchors are the heads as lines for syslog, one for each chain that has
	// records. Call it every 10 s.
	Anchors() []string
	// Prune forgets the oldest records of each chain until size and age are within
	// limits, in small steps between which Emit has its turn. Touches go first:
	// they take nothing of the share that alarms, health and packets have.
	Prune(ctx context.Context) (Pruned, error)
}

// Reader is the side of a store that answers. It never delays Emit.
type Reader interface {
	// Query returns records in the order in which they were kept.
	Query(ctx context.Context, f Filter) (Page, error)
	// Alarm returns all records of an alarm, or ErrNotFound.
	Alarm(ctx context.Context, id string) (Alarm, error)
	// Evidence returns the pcapng file of an alarm, or ErrNotFound.
	Evidence(ctx context.Context, alarm string) ([]byte, error)
	// Stats says how much there is.
	Stats(ctx context.Context) (Stats, error)
	// Verify holds every record against its chain, and the chains against the
	// anchors in a syslog file; anchors may be nil. live is what a klaxond that runs
	// says are the newest records.
	Verify(ctx context.Context, anchors io.Reader, live ...chain.Anchor) (chain.Report, error)
}

// Type is what a record is, as in its JSON.
type Type string

// The types. Evidence and prune records are the store's own.
const (
	TypeTouch    Type = "touch"
	TypeAlarm    Type = "alarm"
	TypeHealth   Type = "health"
	TypeEvidence Type = "evidence" // names the packets of an alarm by their hash
	TypePrune    Type = "prune"    // signs off what was forgotten
)

// Record is one kept record.
type Record struct {
	Seq  uint64 // its number, in the order of keeping; its cursor
	Type Type
	Time time.Time
	Line []byte // its JSON object, as every output has it
}

// Alarm is all that is kept of one alarm.
type Alarm struct {
	ID       string
	Records  []Record // from open to its newest, oldest first
	More     bool     // it has more than LimitMax records
	Evidence int      // bytes of its pcapng file, 0 for none
}

// Page is one answer.
type Page struct {
	Records []Record
	Next    uint64 // the cursor of the next page; 0 when this is the last
}

// Pruned says how many records a call of Prune forgot.
type Pruned struct {
	Touches uint64
	Others  uint64
}

// Stats says how much a store holds.
type Stats struct {
	Path     string
	ID       string // the store's own name, as in its anchors
	Bytes    int64  // in use
	File     int64  // of all its files together
	MaxBytes int64  // 0 for no limit
	MaxAge   time.Duration
	Touches  uint64
	Alarms   uint64 // records of alarms
	Health   uint64
	Evidence uint64 // alarms with packets
	First    uint64 // the number of the oldest record that is there
	Last     uint64 // and of the newest
	Oldest   time.Time
	Newest   time.Time
	Chains   []Chain
	Held     string // who holds up the log, so that the files grow; "" when nobody does
	Failing  string // why nothing is kept now, "" when all is well
}

// Chain says how far one chain of a store goes.
type Chain struct {
	Name  chain.Name
	First uint64 // the place of the oldest record that is there
	Head  chain.Head
}
