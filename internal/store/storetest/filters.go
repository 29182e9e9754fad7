package storetest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/sink/sinktest"
	"klaxon/internal/store"
)

// kept is what the plain reading of a filter looks at.
type kept struct {
	seq       uint64
	typ       store.Type
	time      time.Time
	id        string
	sources   []netip.Addr
	severity  int
	technique []klaxon.Technique
}

// picks is the plain reading of a filter.
func picks(f store.Filter, k kept, newest map[string]uint64) bool {
	inside := func(a netip.Addr) bool { return f.Source.Contains(a) }
	alarm := k.typ == store.TypeAlarm
	switch {
	case len(f.Types) > 0 && !slices.Contains(f.Types, k.typ),
		!f.Since.IsZero() && k.time.Before(f.Since),
		!f.Until.IsZero() && !k.time.Before(f.Until),
		f.ID != "" && k.id != f.ID,
		f.Source.IsValid() && !slices.ContainsFunc(k.sources, inside),
		f.Severity > 0 && (!alarm || k.severity < f.Severity),
		f.Technique != "" && !slices.Contains(k.technique, f.Technique),
		f.Latest && (!alarm || newest[k.id] != k.seq):
		return false
	}
	return true
}

var (
	someTechniques = []klaxon.Technique{klaxon.Syn, klaxon.Ack, klaxon.Udp, klaxon.SctpInit}
	someAddrs      = []string{"192.0.2.7", "192.0.2.200", "198.51.100.3", "2001:db8::1", "2001:db8:1::1", "fe80::7%eth0"}
	somePrefixes   = []string{"192.0.2.7/32", "192.0.2.0/25", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/128", "::/0", "fe80::/10"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// random makes a record and what the plain reading sees of it.
func random(r *rand.Rand, seq uint64) (klaxon.Record, kept) {
	k := kept{seq: seq, time: time.Unix(1_800_000_000+r.Int64N(1000), 0).UTC(), id: id(pick(r, []string{"a", "b", "c", "d"}))}
	addr := netip.MustParseAddr(pick(r, someAddrs))
	switch r.IntN(4) {
	case 0:
		k.typ, k.id = store.TypeHealth, ""
		return &klaxon.Health{Time: k.time, What: klaxon.HealthDrops, Count: seq}, k
	case 1:
		t := sinktest.Touch(uint16(seq))
		t.Time, t.ID, t.Source.Addr = k.time, k.id, addr
		k.typ, k.sources = store.TypeTouch, []netip.Addr{addr.WithZone("")}
		return t, k
	}
	a := sinktest.Alarm("")
	k.typ, k.severity = store.TypeAlarm, 1+r.IntN(5)
	k.technique = []klaxon.Technique{pick(r, someTechniques), klaxon.Connect}
	a.Time, a.ID, a.Severity, a.Techniques, a.Seq = k.time, k.id, k.severity, k.technique, seq
	if r.IntN(3) == 0 { // of many sources
		a.Source = klaxon.Endpoint{}
		for range 2 + r.IntN(3) {
			a.Sources = append(a.Sources, netip.MustParseAddr(pick(r, someAddrs[:5])))
		}
		k.sources = a.Sources
	} else {
		a.Source.Addr = addr
		k.sources = []netip.Addr{addr.WithZone("")}
	}
	return a, k
}

func randomFilter(r *rand.Rand) (f store.Filter) {
	moment := func() time.Time { return time.Unix(1_800_000_000+r.Int64N(1000), 0) }
	for range r.IntN(4) {
		switch r.IntN(9) {
		case 0:
			f.Since = moment()
		case 1:
			f.Until = moment()
		case 2:
			f.Types = append(f.Types, pick(r, []store.Type{store.TypeTouch, store.TypeAlarm, store.TypeHealth}))
		case 3:
			f.ID = id(pick(r, []string{"a", "b", "e"}))
		case 4, 5:
			f.Source = netip.MustParsePrefix(pick(r, somePrefixes))
		case 6:
			f.Severity = 1 + r.IntN(5)
		case 7:
			f.Technique = pick(r, append(someTechniques, "sctp"))
		case 8:
			f.Latest = true
		}
	}
	if !f.Until.IsZero() && !f.Since.Before(f.Until) {
		f.Since = time.Time{}
	}
	f.OldestFirst = r.IntN(2) == 0
	return f
}

// filters compares random filters with their plain reading, page by page.
func filters(t *testing.T, open Open) {
	r := rand.New(rand.NewPCG(1, 2))
	s := open(t, t.TempDir(), Limits{})
	defer s.Close()
	var all []kept
	newest := make(map[string]uint64)
	var batch []klaxon.Record
	for seq := range uint64(300) {
		rec, k := random(r, seq+1)
		if all = append(all, k); k.typ == store.TypeAlarm {
			newest[k.id] = k.seq
		}
		batch = append(batch, rec)
	}
	emit(t, s, batch...)
	some := 0
	for range 120 {
		f := randomFilter(r)
		var want []string
		for _, k := range all {
			if picks(f, k, newest) {
				want = append(want, fmt.Sprint(k.seq, k.typ, k.time))
			}
		}
		if !f.OldestFirst {
			slices.Reverse(want)
		}
		if got := pages(t, s, f, 7+r.IntN(80)); !slices.Equal(got, want) {
			t.Fatalf("%+v\ngot  %v\nwant %v", f, got, want)
		}
		if len(want) > 0 {
			some++
		}
	}
	if some < 60 {
		t.Errorf("only %d filters picked something: the comparison is worth little", some)
	}
}

func pages(t *testing.T, s store.Store, f store.Filter, size int) (out []string) {
	t.Helper()
	f.Limit = size
	for {
		page, err := s.Query(t.Context(), f)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		if len(page.Records) > size || page.Next != 0 && len(page.Records) != size {
			t.Fatalf("a page of %d has %d, next %d", size, len(page.Records), page.Next)
		}
		for _, rec := range page.Records {
			out = append(out, fmt.Sprint(rec.Seq, rec.Type, rec.Time))
		}
		if page.Next == 0 {
			return out
		}
		f.Cursor = page.Next
	}
}

func badFilters(t *testing.T, open Open) {
	s := open(t, t.TempDir(), Limits{})
	defer s.Close()
	emit(t, s, touches(1)...)
	for _, f := range []store.Filter{
		{Types: []store.Type{"touches; DROP TABLE touches"}}, {ID: "' OR 1=1 --"}, {Severity: 6}, {Severity: -1},
		{Technique: "%"}, {Limit: -1}, {Limit: store.LimitMax + 1}, {Since: time.Unix(2, 0), Until: time.Unix(1, 0)},
	} {
		if _, err := s.Query(t.Context(), f); err == nil {
			t.Errorf("%+v was answered", f)
		}
	}
}
