package control

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

// host is a klaxond as a test wants it.
type host struct {
	mu      sync.Mutex
	records []store.Record
	asked   []store.Filter
	allowed []Allowance
	block   chan struct{} // Status waits for it, unless nil
}

func (h *host) Status(ctx context.Context) (Status, error) {
	if h.block != nil {
		select {
		case <-h.block:
		case <-ctx.Done():
			return Status{}, ctx.Err()
		}
	}
	return Status{Sensor: "gate", Traps: []Trap{{Transport: "tcp", Port: 23, State: TrapShielded}}}, nil
}

func (h *host) Why(_ context.Context, a netip.Addr) (Why, error) {
	return Why{Addr: a, Known: a.Is4(), Missing: "2 more"}, nil
}

func (h *host) Records(_ context.Context, f store.Filter) (store.Page, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, f)
	var page store.Page
	for _, r := range h.records {
		if r.Seq <= f.Cursor {
			continue
		}
		if len(page.Records) == f.Size() {
			page.Next = page.Records[len(page.Records)-1].Seq
			break
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

func (h *host) Alarm(_ context.Context, id string) (store.Alarm, error) {
	if id != strings.Repeat("a", 26) {
		return store.Alarm{}, store.ErrNotFound
	}
	return store.Alarm{ID: id, Records: h.records[:2], More: true, Evidence: 7}, nil
}

func (h *host) Evidence(context.Context, string) ([]byte, error) { return []byte("packets"), nil }

func (h *host) Verify(context.Context) (chain.Report, error) {
	return chain.Report{Store: "s", FaultCount: 1, Faults: []chain.Fault{{Kind: chain.FaultChanged, First: 2, Last: 2, Text: "record 2 was changed"}}}, nil
}

func (h *host) Allow(_ context.Context, a Allowance) (Allowance, error) {
	h.allowed = append(h.allowed, a)
	return a, nil
}

func (h *host) Disallow(_ context.Context, what string) ([]Allowance, error) {
	return nil, Refuse(ErrNotFound, "nobody expects %s", what)
}

func (h *host) Allowed(context.Context) ([]Allowance, error) { return h.allowed, nil }

func (h *host) Learn(_ context.Context, span time.Duration) (Lesson, error) {
	if span > 0 {
		return Lesson{Running: true}, nil
	}
	return Lesson{}, Refuse(ErrUnavailable, "no lesson")
}

// serve starts a Server over h, and returns its socket. Only the uids may ask, or
// without any whoever may.
func serve(t *testing.T, h Host, uids ...int) (*Server, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "klaxon") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	s, err := Open(Config{Path: path, UID: -1, GID: -1}, NewHub())
	if err != nil {
		t.Fatal(err)
	}
	if len(uids) > 0 {
		s.door.uids = uids
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := os.Remove(dir); err != nil {
			t.Errorf("the socket is left behind: %v", err)
		}
	})
	return s, path
}

func recordsOf(n int) (list []store.Record) {
	for i := range n {
		line := render.AppendJSON(nil, &klaxon.Health{ID: fmt.Sprint(i), Time: time.Unix(int64(i), 0), What: klaxon.HealthTest, Detail: "\x1b[31m<b>&\u202e"})
		list = append(list, store.Record{Seq: uint64(i + 1), Type: store.TypeHealth, Line: line})
	}
	return list
}

func TestQuestions(t *testing.T) {
	h := &host{records: recordsOf(3)}
	_, path := serve(t, h)
	c, ctx := NewClient(path), t.Context()
	st, err := c.Status(ctx)
	if err != nil || st.Sensor != "gate" || st.V != 1 || len(st.Traps) != 1 || st.Traps[0].State != TrapShielded || st.Control.Requests != 1 {
		t.Errorf("status: %+v, %v", st, err)
	}
	w, err := c.Why(ctx, netip.MustParseAddr("192.0.2.7"))
	if err != nil || !w.Known || w.Missing != "2 more" || w.Addr.String() != "192.0.2.7" {
		t.Errorf("why: %+v, %v", w, err)
	}
	if w, err := c.Why(ctx, netip.MustParseAddr("2001:db8::1")); err != nil || w.Known {
		t.Errorf("why nobody: %+v, %v", w, err)
	}
	k, err := c.Alarm(ctx, strings.Repeat("a", 26))
	if err != nil || len(k.Lines) != 2 || !k.More || k.Evidence != 7 || string(k.Lines[1]) != string(h.records[1].Line) {
		t.Errorf("alarm: %+v, %v", k, err)
	}
	if _, err := c.Alarm(ctx, strings.Repeat("b", 26)); !errors.Is(err, ErrNotFound) {
		t.Errorf("an alarm that is not kept: %v", err)
	}
	if data, err := c.Evidence(ctx, strings.Repeat("a", 26)); err != nil || string(data) != "packets" {
		t.Errorf("evidence: %q, %v", data, err)
	}
	r, err := c.Verify(ctx)
	if err != nil || r.OK() || r.Faults[0].Text != "record 2 was changed" {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

func TestExpected(t *testing.T) {
	h := &host{}
	_, path := serve(t, h)
	c, ctx := NewClient(path), t.Context()
	a, err := c.Allow(ctx, Allowance{Source: "192.0.2.7", For: Duration(time.Hour), Why: "backup"})
	if err != nil || a.By != fmt.Sprintf("uid %d", os.Getuid()) || a.For != Duration(time.Hour) || a.Why != "backup" {
		t.Errorf("allow: %+v, %v", a, err)
	}
	if list, err := c.Allowed(ctx); err != nil || len(list) != 1 {
		t.Errorf("allowed: %+v, %v", list, err)
	}
	if _, err := c.Disallow(ctx, "192.0.2.9"); !errors.Is(err, ErrNotFound) || err.Error() != "nobody expects 192.0.2.9" {
		t.Errorf("disallow: %v", err)
	}
	if l, err := c.Learn(ctx, time.Hour); err != nil || !l.Running {
		t.Errorf("learn: %+v, %v", l, err)
	}
	if _, err := c.Learn(ctx, 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no lesson: %v", err)
	}
	for name, bad := range map[string]Allowance{
		"no reason":   {Source: "192.0.2.7", For: 1},
		"no end":      {Source: "192.0.2.7", Why: "x"},
		"long reason": {Source: "192.0.2.7", For: 1, Why: strings.Repeat("x", reasonMax+1)},
		"forged":      {Source: "192.0.2.7", For: 1, Why: "x", By: "root"},
	} {
		if _, err := c.Allow(ctx, bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(h.allowed) != 1 {
		t.Errorf("the host was asked to allow %+v", h.allowed)
	}
}

// TestPages: all records come, each once and byte for byte, and no more are asked
// for than are wanted.
func TestPages(t *testing.T) {
	h := &host{records: recordsOf(2*store.LimitMax + 5)}
	_, path := serve(t, h)
	c := NewClient(path)
	for _, want := range []int{1, store.LimitMax, store.LimitMax + 1, len(h.records), 0} {
		h.asked = nil
		n := 0
		for line, err := range c.Records(t.Context(), store.Filter{Limit: want, OldestFirst: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if string(line) != string(h.records[n].Line) {
				t.Fatalf("record %d is %s", n, line)
			}
			n++
		}
		if want == 0 {
			want = len(h.records)
		}
		if n != want {
			t.Errorf("%d records, want %d", n, want)
		}
		sum := 0
		for _, f := range h.asked {
			sum += f.Limit
		}
		if most := (want + store.LimitMax - 1) / store.LimitMax; len(h.asked) != most {
			t.Errorf("%d questions for %d records", len(h.asked), want)
		}
	}
	n := 0
	for range c.Records(t.Context(), store.Filter{}) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d records after a break", n)
	}
}

func TestFilterTravels(t *testing.T) {
	at := time.Date(2026, 11, 25, 1, 2, 3, 4, time.UTC)
	full := store.Filter{
		Since: at, Until: at.Add(time.Hour), Types: []store.Type{store.TypeAlarm, store.TypeTouch}, ID: strings.Repeat("a", 26),
		Source: netip.MustParsePrefix("192.0.2.0/24"), Severity: 3, Technique: klaxon.SctpInit, Latest: true,
		OldestFirst: true, Cursor: 7, Limit: 9,
	}
	for i := range reflect.TypeOf(full).NumField() {
		if reflect.ValueOf(full).Field(i).IsZero() {
			t.Errorf("the test leaves out %s", reflect.TypeOf(full).Field(i).Name)
		}
	}
	for _, f := range []store.Filter{full, {}} {
		if got, err := parseFilter(query(f)); err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%+v came as %+v, %v", f, got, err)
		}
	}
}

// TestNobody: what is there when klaxond is not.
func TestNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := NewClient(path).Status(t.Context()); !errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), path) {
		t.Errorf("no socket: %v", err)
	}
}

// TestStrangeLines: what somebody put in the place of a record is one line to whoever
// asks, and those behind it come.
func TestStrangeLines(t *testing.T) {
	h := &host{}
	for i, line := range []string{"7.25", "a\nb", "", strings.Repeat("x", 2*lineMax), strings.Repeat("y\n", lineMax), `{"last":1}`} {
		h.records = append(h.records, store.Record{Seq: uint64(i + 1), Line: []byte(line)})
	}
	_, socket := serve(t, h)
	var got []string
	for line, err := range NewClient(socket).Records(t.Context(), store.Filter{}) {
		if err != nil {
			t.Fatalf("after %d lines: %v", len(got), err)
		}
		got = append(got, string(line[:min(len(line), 10)]))
	}
	if want := []string{"7.25", "a b", "", "xxxxxxxxxx", "y y y y y ", `{"last":1}`}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
