package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// memoryVersion is that of what Memory writes.
const memoryVersion = 1

// memory is what must survive a restart. It is a file of ours, and judged as if a
// stranger wrote it.
type memory struct {
	V        int            `json:"v"`
	Weather  weatherMemory  `json:"weather"`
	Familiar familiarMemory `json:"familiar"`
	Guests   []guestMemory  `json:"guests"`
	Told     [remarks]int64 `json:"told"` // seconds since 1970, 0 for never
}

type weatherMemory struct {
	Seed       uint64     `json:"seed"`
	Since      time.Time  `json:"since"`
	Sources    hashMemory `json:"sources"`
	Proven     hashMemory `json:"proven"`
	More       uint64     `json:"more"`
	Alarms     uint64     `json:"alarms"`
	Told       uint64     `json:"told"`
	Unusual    uint64     `json:"unusual"`
	Services   wordMemory `json:"services"`
	Networks   wordMemory `json:"networks"`
	Techniques wordMemory `json:"techniques"`
	Tools      wordMemory `json:"tools"`
	Before     bool       `json:"before"`
}

type hashMemory struct {
	Hashes []uint64 `json:"hashes"`
	Full   bool     `json:"full"`
}

type wordMemory map[string]tally

type familiarMemory struct {
	Began int64                         `json:"began"`
	Seen  [kindsOfNews]map[string]int64 `json:"seen"`
	Fresh [kindsOfNews]map[int64]int    `json:"fresh"`
}

type guestMemory struct {
	Addr  netip.Addr `json:"addr"`
	MAC   [6]byte    `json:"mac"`
	Traps []uint32   `json:"traps"`
	Last  time.Time  `json:"last"`
	Again bool       `json:"again"`
}

// Memory returns what must survive a restart; nil when there is nothing.
func (a *Alarms) Memory() []byte {
	c := a.calm
	if c == nil {
		return nil
	}
	m := memory{V: memoryVersion, Weather: c.weather.memory(), Familiar: familiarMemory{Began: c.familiar.began}}
	for i, k := range c.familiar.kinds {
		m.Familiar.Seen[i], m.Familiar.Fresh[i] = k.seen, k.fresh
	}
	for addr, g := range c.guests {
		m.Guests = append(m.Guests, guestMemory{addr, g.mac, g.traps, g.last, g.again})
	}
	slices.SortFunc(m.Guests, func(x, y guestMemory) int { return x.Addr.Compare(y.Addr) })
	for i, at := range c.told {
		if !at.IsZero() {
			m.Told[i] = at.Unix()
		}
	}
	b, err := json.Marshal(&m)
	if err != nil {
		return nil // a year beyond 9999, which no clock says: there is nothing worth keeping
	}
	return b
}

// Recall takes what Memory returned before a restart. After an error nothing has
// changed: people are told more than they need.
func (a *Alarms) Recall(data []byte) error {
	if a.calm == nil || len(data) == 0 {
		return nil
	}
	var m memory
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("recall who came by: %w", err)
	}
	if m.V != memoryVersion {
		return fmt.Errorf("recall who came by: it is of version %d, want %d", m.V, memoryVersion)
	}
	c := newCalm(0)
	if err := errors.Join(c.weather.recall(&m.Weather), c.familiar.recall(&m.Familiar), c.guests.recall(m.Guests)); err != nil {
		return fmt.Errorf("recall who came by: %w", err)
	}
	for i, at := range m.Told {
		if at != 0 {
			c.told[i] = time.Unix(at, 0)
		}
	}
	c.traps, c.local = a.calm.traps, a.calm.local
	a.calm = c
	return nil
}

// Marshal returns what Unmarshal takes.
func (w *Weather) Marshal() ([]byte, error) { return json.Marshal(w.memory()) }

// Unmarshal takes what Marshal returned, for the day to go on after a restart.
// After an error nothing has changed.
func (w *Weather) Unmarshal(data []byte) error {
	var m weatherMemory
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("recall the weather: %w", err)
	}
	return w.recall(&m)
}

func (w *Weather) memory() weatherMemory {
	return weatherMemory{
		Seed: w.sources.seed, Since: w.since, Sources: w.sources.memory(), Proven: w.proven.memory(),
		More: w.more, Alarms: w.alarms, Told: w.told, Unusual: w.unusual, Before: w.before,
		Services: w.services.memory(), Networks: w.networks.memory(), Techniques: w.techniques.memory(), Tools: w.tools.memory(),
	}
}

func (w *Weather) recall(m *weatherMemory) error {
	n := NewWeather(m.Seed)
	n.since, n.more, n.alarms, n.told, n.unusual, n.before = m.Since, m.More, m.Alarms, m.Told, m.Unusual, m.Before
	err := errors.Join(
		n.sources.recall(m.Sources), n.proven.recall(m.Proven),
		n.services.recall(m.Services), n.networks.recall(m.Networks), n.techniques.recall(m.Techniques), n.tools.recall(m.Tools))
	if err != nil {
		return fmt.Errorf("recall the weather: %w", err)
	}
	*w = *n
	return nil
}

func (d *distinct) memory() hashMemory { return hashMemory{d.hashes, d.full} }

var (
	errHashes = errors.New("hashes are out of order, or too many")
	errWords  = errors.New("there are too many words, or one is too long")
	errGuests = errors.New("there are too many sources or traps")
)

func (d *distinct) recall(m hashMemory) error {
	n := distinct{seed: d.seed, room: d.room, hashes: m.Hashes, full: m.Full}
	if !n.valid() {
		return errHashes
	}
	*d = n
	return nil
}

func (r *ranking) memory() wordMemory { return r.counts }

func (r *ranking) recall(m wordMemory) error {
	if !fits(m, r.room) {
		return errWords
	}
	for w, n := range m {
		r.counts[w] = tally{n.N, min(n.Over, n.N)}
	}
	return nil
}

// fits tells whether words from elsewhere may be kept.
func fits[T any](words map[string]T, room int) bool {
	for w := range words {
		if w == "" || len(w) > wordMax {
			return false
		}
	}
	return len(words) <= room
}

func (f *familiar) recall(m *familiarMemory) error {
	n := newFamiliar()
	n.began = m.Began
	for i := range n.kinds {
		if !fits(m.Seen[i], familiarWords) || len(m.Fresh[i]) > familiarDays+2 {
			return errWords
		}
		for w, at := range m.Seen[i] {
			n.kinds[i].seen[w] = at
		}
		for at, count := range m.Fresh[i] {
			n.kinds[i].fresh[at] = max(count, 0)
		}
	}
	*f = n
	return nil
}

func (w guests) recall(list []guestMemory) error {
	if len(list) > guestsMax {
		return errGuests
	}
	for _, g := range list {
		if len(g.Traps) > guestTraps || !g.Addr.IsValid() {
			return errGuests
		}
		slices.Sort(g.Traps)
		w[plain(g.Addr)] = &guest{mac: g.MAC, traps: slices.Compact(g.Traps), last: g.Last, again: g.Again}
	}
	return nil
}
