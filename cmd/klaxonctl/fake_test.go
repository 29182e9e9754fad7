//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/control"
	"klaxon/internal/decode"
	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
	"klaxon/internal/watch/capture"
)

// The story that the fake klaxond knows: long ago, so that no output depends on
// the day of the test.
var storyTime = time.Date(2024, 3, 5, 10, 0, 0, 0, time.UTC)

// hostile is what a stranger writes wherever he may.
const hostile = "=cmd|' /C calc'!A0<script>alert(1)</script>\x1b[31m\u202e`|[x](http://evil.example/)"

func id(s string) string { return s + strings.Repeat("a", 26-len(s)) }

func moments(seconds float64) time.Time {
	return storyTime.Add(time.Duration(seconds * float64(time.Second)))
}

func scanner(event klaxon.Event, after float64, ports uint16, why string) *klaxon.Alarm {
	return &klaxon.Alarm{
		Event: event, ID: id("scan"), Time: moments(after), Sensor: "gate", Boot: "now", Scan: klaxon.Scan{
			First: storyTime, Last: moments(after), Zone: klaxon.ZoneOutside, Interface: "eth0",
			Source: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7")}, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical,
			Tool: klaxon.Tool{Name: "nmap", Chance: 1e-9}, Confidence: klaxon.Established, Severity: 3, Why: why, Probes: uint64(ports),
			Targets: klaxon.Targets{
				Hosts: 1, Services: int(ports), Dst: []netip.Addr{netip.MustParseAddr("10.0.0.1")},
				TCP: []klaxon.PortRange{{First: 1, Last: ports}}, Open: []klaxon.Port{{Transport: klaxon.TCP, Number: 22}},
			},
		},
	}
}

// story is what was recorded.
func story() []klaxon.Record {
	inside := klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.9"), Port: 4711, Name: hostile, MAC: [6]byte{2, 0, 0, 0, 0, 9}}
	touch := &klaxon.Touch{
		ID: id("touch"), Time: moments(60), Sensor: "gate", Boot: "now", Zone: klaxon.ZoneInside, Transport: klaxon.TCP, Source: inside,
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.1"), Port: 512}, Service: hostile, Proof: klaxon.ProofData,
		Ident: &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte(hostile)}, Payload: &klaxon.Payload{Sample: []byte(hostile), Len: 99},
	}
	insider := &klaxon.Alarm{
		Event: klaxon.EventOpen, ID: id("tread"), Time: moments(60), Sensor: "gate", Boot: "now", Scan: klaxon.Scan{
			First: moments(60), Last: moments(60), Zone: klaxon.ZoneInside, Source: inside, Techniques: []klaxon.Technique{klaxon.Connect},
			Shape: klaxon.ShapeTouch, Proof: klaxon.ProofData, Confidence: klaxon.Proven, Severity: 5, Probes: 1,
			Why: "tcp/512 is a trap, which has no honest client " + hostile, Marks: []klaxon.Mark{klaxon.MarkContact},
			Targets: klaxon.Targets{Hosts: 1, Services: 1, Dst: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, TCP: []klaxon.PortRange{{First: 512, Last: 512}}},
		},
	}
	many := scanner(klaxon.EventOpen, 5, 9, "five addresses send the probes of one process")
	many.ID, many.Time, many.Boot, many.Source = id("many"), moments(-500), "before", klaxon.Endpoint{}
	many.First, many.Last = moments(-500), moments(-500)
	many.Sources, many.SourcesTotal, many.Marks = []netip.Addr{netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("2001:db8::5")}, 5, []klaxon.Mark{klaxon.MarkDecoy}
	innocent := scanner(klaxon.EventRetract, 30, 3, "it came back at one pace, as a poller does")
	innocent.ID, innocent.Source.Addr, innocent.Tool = id("sca2"), netip.MustParseAddr("10.0.0.7"), klaxon.Tool{}
	return []klaxon.Record{
		many,
		scanner(klaxon.EventOpen, 0.1, 5, "several probes share one sequence number"),
		scanner(klaxon.EventUpdate, 10, 100, "several probes share one sequence number"),
		touch, insider,
		&klaxon.Health{ID: id("disk"), Time: moments(70), Sensor: "gate", Boot: "now", What: klaxon.HealthDisk, Since: moments(69), Count: 3, Output: "json", Detail: "no space " + hostile},
		scanner(klaxon.EventClose, 20, 200, "several probes share one sequence number"),
		innocent,
	}
}

// packets are the evidence of the scan: half-open probes of ten ports, one answer.
func packets() []byte {
	var out bytes.Buffer
	ifaces := []capture.Interface{{Name: "eth0", Link: decode.LinkRaw}}
	w, err := capture.NewWriter(&out, ifaces, "")
	if err != nil {
		panic(err)
	}
	src, dst := [4]byte{192, 0, 2, 7}, [4]byte{10, 0, 0, 1}
	for i := range uint16(10) {
		data := segment(src, dst, 4000+i, 1+10*i, 0x02)
		at := storyTime.Add(time.Duration(i) * time.Second).UnixNano()
		w.WriteFrame(capture.Frame{Time: at, Link: decode.LinkRaw, Length: len(data), Data: data})
	}
	answer := segment(dst, src, 1, 4000, 0x14)
	w.WriteFrame(capture.Frame{Time: storyTime.UnixNano() + 1, Link: decode.LinkRaw, Length: len(answer), Data: answer})
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// segment is IPv4 with TCP without data. Nobody looks at its checksums.
func segment(src, dst [4]byte, from, to uint16, flags byte) []byte {
	b := make([]byte, 40)
	b[0], b[3], b[8], b[9] = 0x45, 40, 64, 6
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[20:], from)
	binary.BigEndian.PutUint16(b[22:], to)
	b[32], b[33] = 0x50, flags
	return b
}

// fake is a klaxond without traps: a real store and the real control, and answers
// that a test can foresee.
type fake struct {
	*sqlite.Store
	list  []control.Allowance
	spoil bool // somebody changed records in its store
}

func (f *fake) Status(ctx context.Context) (control.Status, error) {
	st, err := f.Stats(ctx)
	last := moments(60)
	return control.Status{
		Version: "1.0", PID: 42, Sensor: "gate", Boot: "now", Started: storyTime, Now: moments(3600), Mode: "active",
		Traps: []control.Trap{
			{Transport: "tcp", Port: 79, Service: "finger", State: control.TrapUnseen},
			{Transport: "tcp", Port: 512, Service: "exec", State: control.TrapArmed, Touches: 1, Last: &last},
			{Transport: "tcp", Port: 513, Service: "login", State: control.TrapShielded, Probes: 12},
			{Transport: "tcp", Port: 514, Service: "shell", State: control.TrapShielded, Probes: 3},
			{Transport: "udp", Port: 69, Service: "tftp", State: control.TrapHeld, Holder: "tftpd[9]"},
		},
		Wire:    control.Wire{Watched: true, Lost: []string{"watch w0: the interface is gone"}, Interfaces: []control.Interface{{Name: "eth0", Addrs: []string{"10.0.0.1/24"}, Drops: 2}}, Packets: 12345, Bytes: 1 << 21, Both: 3, One: 1, Never: 2, Sources: 7},
		Touches: control.Touches{In: 1}, Alarms: control.Alarms{Opened: 4, Retracted: 1, Records: 6},
		Rates:   &control.Rates{Over: control.Duration(time.Minute), Packets: 1234.5, Bits: 99, Touches: 0.02},
		Outputs: []control.Output{{Name: "syslog", Alarms: 6, Lost: 1, Pending: 4, Lag: control.Duration(90 * time.Second), Failing: true, Why: "write to /dev/log: connection refused"}, {Name: "store", Keeps: true, Touches: 1, Alarms: 6}},
		Store: &control.Store{
			Path: st.Path, ID: st.ID, Bytes: 1 << 20, MaxBytes: 1 << 30, Touches: st.Touches, Alarms: st.Alarms, Health: st.Health, Evidence: st.Evidence,
			First: st.First, Head: st.Last, HeadTime: &st.Newest, Oldest: &st.Oldest, Chains: heads(st.Chains), Held: "/x/klaxon.db-wal has grown to 70 MiB",
		},
	}, err
}

func heads(list []store.Chain) (out []control.Chain) {
	for _, c := range list {
		out = append(out, control.Chain{Chain: c.Name, First: c.First, Head: c.Head})
	}
	return out
}

func (*fake) Why(_ context.Context, a netip.Addr) (control.Why, error) {
	if a.String() != "192.0.2.7" {
		return control.Why{Addr: a}, nil
	}
	first := storyTime
	return control.Why{
		Addr: a, Known: true, First: &first, Last: &first, Score: 6.9, Threshold: 13.8, Contacts: 5, Hosts: 1, Services: 5, Refused: 3, Unanswered: 2,
		Technique: []string{"syn"}, Proof: "none", Confidence: "suspect", Class: "unknown: all that it does is judged together", Missing: "2 more contacts that are refused",
	}, nil
}

func (f *fake) Records(ctx context.Context, q store.Filter) (store.Page, error) {
	page, err := f.Query(ctx, q)
	if f.spoil {
		spoil(page.Records)
	}
	return page, err
}

// Alarm implements control.Host.
func (f *fake) Alarm(ctx context.Context, id string) (store.Alarm, error) {
	a, err := f.Store.Alarm(ctx, id)
	if f.spoil {
		spoil(a.Records)
	}
	return a, err
}

// spoil makes the touch, an opening of an alarm and all of another what cannot be read.
func spoil(list []store.Record) {
	for i := range list {
		switch line := string(list[i].Line); {
		case strings.Contains(line, id("touch")):
			list[i].Line = []byte("7.25")
		case strings.Contains(line, id("many")), strings.Contains(line, id("scan")) && strings.Contains(line, `"event":"open"`):
			list[i].Line = []byte(strings.Replace(line, `"first":"`, `"first":"zz`, 1))
		}
	}
}

func (f *fake) Verify(ctx context.Context) (chain.Report, error) { return f.Store.Verify(ctx, nil) }

func (f *fake) Allow(_ context.Context, a control.Allowance) (control.Allowance, error) {
	until := storyTime.Add(time.Duration(a.For))
	a.Expires, a.Origin = &until, "klaxonctl"
	if a.Source == "" {
		a.Source = a.MAC
	}
	f.list = append(f.list, a)
	return a, nil
}

func (f *fake) Disallow(_ context.Context, what string) ([]control.Allowance, error) {
	for i, a := range f.list {
		if a.Source == what {
			f.list = append(f.list[:i:i], f.list[i+1:]...)
			return []control.Allowance{a}, nil
		}
	}
	return nil, control.Refuse(control.ErrNotFound, "nobody expects %s", what)
}

func (f *fake) Allowed(context.Context) ([]control.Allowance, error) { return f.list, nil }

func (*fake) Learn(_ context.Context, span time.Duration) (control.Lesson, error) {
	until := moments(3600)
	return control.Lesson{Running: span > 0, Until: &until, Lines: []string{"[[allow]]", `source = "10.0.0.5"`}}, nil
}

// fakeMain is a program of the scripts: it tells its story at SOCKET, keeps it in
// STORE. With a third argument some of its records cannot be read.
func fakeMain() {
	if err := runFake(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func runFake(socket, file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	s, err := sqlite.Open(sqlite.Options{Path: path, UID: -1, GID: -1, Now: func() time.Time { return moments(3600) }})
	if err != nil {
		return err
	}
	defer s.Close()
	hub := control.NewHub()
	if s.Head(chain.Alarms).Seq == 0 {
		if _, err := s.Emit(story()); err != nil {
			return err
		}
		if err := s.SaveEvidence(id("scan"), packets()); err != nil {
			return err
		}
	}
	server, err := control.Open(control.Config{Path: socket, UID: -1, GID: -1}, hub)
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() { // for whoever follows
		for ctx.Err() == nil {
			if server.Counts().Tails > 0 {
				hub.Emit(story())
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return server.Run(ctx, &fake{Store: s, spoil: len(os.Args) > 3})
}
