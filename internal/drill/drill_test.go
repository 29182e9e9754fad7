package drill

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

func end(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

var (
	sensor4 = end("192.0.2.1:23")
	sensor6 = end("[2001:db8::1]:23")
	traps   = Plan{TCP: 23, UDP: 69}
)

// segment is what the wire shows of a raw probe.
func segment(f Flow, flags decode.Flags, seq uint32) *decode.Packet {
	p := &decode.Packet{Kind: decode.KindTCP, Proto: 6, V6: f.Target.Addr().Is6(), Flags: flags, Seq: seq, SrcPort: f.Source.Port(), DstPort: f.Target.Port()}
	copy(p.Src[:], f.Source.Addr().AsSlice())
	copy(p.Dst[:], f.Target.Addr().AsSlice())
	return p
}

func datagram(f Flow, payload []byte) (*decode.Packet, []byte) {
	p := segment(f, 0, 0)
	p.Kind, p.Proto, p.DataLen = decode.KindUDP, 17, uint16(len(payload))
	return p, append(make([]byte, 42), payload...)
}

// begin begins a drill that another host sends.
func begin(t *testing.T, p Plan) (*Drills, string, *Secret) {
	t.Helper()
	d := New(nil)
	p.Secret = NewSecret()
	id, err := d.Begin(p)
	if err != nil {
		t.Fatal(err)
	}
	return d, id, &p.Secret
}

func TestRawProbeIsKnown(t *testing.T) {
	for _, target := range []netip.AddrPort{sensor4, sensor6} {
		from := netip.MustParseAddr("198.51.100.7")
		if target.Addr().Is6() {
			from = netip.MustParseAddr("2001:db8::7")
		}
		d, id, s := begin(t, traps)
		scopes := map[uint8]bool{}
		for k := range Kinds() {
			if !k.Raw() {
				continue
			}
			port, seq := s.Segment(k, from, target)
			f := Flow{netip.AddrPortFrom(from, port), target}
			scope, ok := d.Packet(segment(f, k.Flags(), seq), nil)
			if !ok || scope < track.DrillScope || scopes[scope] {
				t.Errorf("%s to %s: scope %d, %v, want one of its own", k, target, scope, ok)
			}
			scopes[scope] = true
			if answer, ok := d.Packet(segment(f.reversed(), decode.SYN|decode.ACK, 7), nil); !ok || answer != scope {
				t.Errorf("the answer to %s is in scope %d, %v, want %d", k, answer, ok, scope)
			}
		}
		if r, _ := d.Report(id); len(r.Events) != 4 || r.Events[0].Seen.IsZero() {
			t.Errorf("%+v, want the four kinds, seen", r.Events)
		}
	}
}

// TestStrangerIsNoDrill: nothing that somebody without the secret can send, or
// copy from the wire, is part of the drill.
func TestStrangerIsNoDrill(t *testing.T) {
	d, id, s := begin(t, traps)
	driller, stranger := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.9")
	port, seq := s.Segment(HalfOpen, driller, sensor4)
	real := Flow{netip.AddrPortFrom(driller, port), sensor4}
	other := NewSecret()
	port2, seq2 := other.Segment(HalfOpen, driller, sensor4)
	for name, p := range map[string]*decode.Packet{
		"another secret":      segment(Flow{netip.AddrPortFrom(driller, port2), sensor4}, decode.SYN, seq2),
		"copied, own address": segment(Flow{netip.AddrPortFrom(stranger, port), sensor4}, decode.SYN, seq),
		"another number":      segment(real, decode.SYN, seq+1),
		"another port":        segment(Flow{netip.AddrPortFrom(driller, port^1), sensor4}, decode.SYN, seq),
		"another kind":        segment(real, decode.FIN, seq),
		"another target":      segment(Flow{real.Source, end("192.0.2.2:23")}, decode.SYN, seq),
		"another service":     segment(Flow{real.Source, end("192.0.2.1:24")}, decode.SYN, seq),
	} {
		if _, ok := d.Packet(p, nil); ok {
			t.Errorf("%s: it is taken for the drill", name)
		}
	}
	f := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	good := s.Datagram(f, Announcement{Kinds: 3, Connects: [][2]uint16{{50001, 23}}})
	for name, at := range map[string]Flow{
		"own address": {end("203.0.113.9:50000"), f.Target}, "own port": {end("198.51.100.7:50002"), f.Target}, "another host": {f.Source, end("192.0.2.2:69")},
	} {
		touch := &klaxon.Touch{
			Transport: klaxon.UDP, Source: endpoint(at.Source), Target: endpoint(at.Target),
			Payload: &klaxon.Payload{Sample: good, Len: len(good)},
		}
		p, frame := datagram(at, good)
		_, onWire := d.Packet(p, frame)
		if atTrap, _ := d.Touch(touch); onWire || atTrap || len(touch.Marks) != 0 {
			t.Errorf("a copied datagram with its %s is taken for the drill", name)
		}
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		if p, frame := datagram(f, bad); ok(d.Packet(p, frame)) {
			t.Errorf("a datagram with another byte %d is taken for the drill", i)
		}
	}
	if ok(d.Packet(segment(Flow{end("198.51.100.7:50001"), sensor4}, decode.SYN, 1), nil)) {
		t.Error("a connection is known that nothing valid announced")
	}
	if r, _ := d.Report(id); len(r.Events) != 0 {
		t.Errorf("%+v, want no event", r.Events)
	}
}

func ok(_ uint8, ok bool) bool { return ok }

func endpoint(a netip.AddrPort) klaxon.Endpoint {
	return klaxon.Endpoint{Addr: a.Addr(), Port: a.Port()}
}

func TestAnnouncedConnection(t *testing.T) {
	d, id, s := begin(t, traps)
	f := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	payload := s.Datagram(f, Announcement{Kinds: 1<<Datagram | 1<<Connect | 1<<FIN, Connects: [][2]uint16{{50001, 23}}})
	touch := &klaxon.Touch{Transport: klaxon.UDP, Source: endpoint(f.Source), Target: endpoint(f.Target), Payload: &klaxon.Payload{Sample: payload, Len: len(payload)}}
	if drill, silent := d.Touch(touch); !drill || silent || !marked(touch.Marks) {
		t.Fatalf("the announcement is not known: %v, %v, %v", drill, silent, touch.Marks)
	}
	conn := Flow{end("198.51.100.7:50001"), sensor4}
	scope, known := d.Packet(segment(conn, decode.SYN, 77), nil)
	call := &klaxon.Touch{Transport: klaxon.TCP, Source: endpoint(conn.Source), Target: endpoint(conn.Target)}
	drill, _ := d.Touch(call)
	atTrap, believed := d.Scope(call)
	if !known || !drill || !believed || atTrap != scope {
		t.Errorf("the connection: wire %v, trap %v; scopes %d and %d", known, drill, scope, atTrap)
	}
	// The same host beside it is no drill.
	if ok(d.Packet(segment(Flow{end("198.51.100.7:50003"), sensor4}, decode.SYN, 78), nil)) {
		t.Error("another connection of the same host is taken for the drill")
	}
	r, _ := d.Report(id)
	if len(r.Events) != 3 || !r.Events[2].Seen.IsZero() {
		t.Errorf("%+v, want datagram and connection seen, and FIN announced", r.Events)
	}
}

func TestFollow(t *testing.T) {
	d, id, s := begin(t, Plan{TCP: 23, UDP: 69, Events: []Event{{Kind: FIN}}})
	port, _ := s.Segment(FIN, netip.MustParseAddr("127.1.2.3"), end("127.0.0.1:23"))
	d.Sent(FIN, Flow{netip.AddrPortFrom(netip.MustParseAddr("127.1.2.3"), port), end("127.0.0.1:23")})
	a := &klaxon.Alarm{ID: "a", Event: klaxon.EventOpen, Scan: klaxon.Scan{Source: klaxon.Endpoint{Addr: netip.MustParseAddr("127.1.2.3")}, Techniques: []klaxon.Technique{klaxon.Fin}}}
	if d.Alarm(a); found(d, id) {
		t.Fatal("an alarm without the mark is taken for the drill's")
	}
	a.Marks = []klaxon.Mark{klaxon.MarkDrill}
	if d.Alarm(a) || !found(d, id) {
		t.Fatal("the drill's alarm is not known, or not to be recorded")
	}
	d.Told("json", []klaxon.Record{a})
	d.Told("mail", []klaxon.Record{&klaxon.Health{What: klaxon.HealthTest, Detail: "fire drill " + id + ": over"}})
	r, _ := d.Report(id)
	_, json := r.Events[0].Took("json")
	_, store := r.Events[0].Took("store")
	if !json || store || !r.Events[0].Rang() || r.Notices["mail"].IsZero() || !r.Notices["json"].IsZero() {
		t.Errorf("json %v, store %v, notices %v", json, store, r.Notices)
	}
}

func found(d *Drills, id string) bool {
	r, _ := d.Report(id)
	return !r.Events[0].Found.IsZero()
}

func TestSelfTestIsSilent(t *testing.T) {
	d, id, _ := begin(t, Plan{TCP: 23, Silent: true, Events: []Event{{Kind: Connect}}})
	f := Flow{end("127.1.2.3:50000"), end("127.0.0.1:23")}
	d.Sent(Connect, f)
	if drill, silent := d.Touch(&klaxon.Touch{Transport: klaxon.TCP, Source: endpoint(f.Source), Target: endpoint(f.Target)}); !drill || !silent {
		t.Fatalf("%v, %v", drill, silent)
	}
	a := &klaxon.Alarm{ID: "a", Scan: klaxon.Scan{Source: endpoint(f.Source), Techniques: []klaxon.Technique{klaxon.Syn}, Marks: []klaxon.Mark{klaxon.MarkDrill}}}
	if !d.SelfTest(a) || !d.Alarm(a) {
		t.Error("the alarm of a self-test is recorded")
	}
	if _, err := d.Begin(traps); err == nil {
		t.Error("two drills at once")
	}
	d.End(id)
	if _, err := d.Begin(traps); err != nil {
		t.Error(err)
	}
	if !d.Alarm(a) {
		t.Error("the end of a self-test's alarm is recorded, because it came late")
	}
}

// TestSelfTestBesideAWaitingDrill: whoever began a drill and went away does not have
// the sensor cease to test itself; and the drill goes on after each test.
func TestSelfTestBesideAWaitingDrill(t *testing.T) {
	d, id, secret := begin(t, traps)
	test := Plan{Secret: NewSecret(), TCP: 23, Silent: true, Events: []Event{{Kind: Connect}}}
	for range 3 {
		self, err := d.Begin(test)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Begin(traps); err == nil {
			t.Error("two drills at once, with a test between")
		}
		d.End(self)
	}
	if _, err := d.Begin(traps); err == nil {
		t.Error("two drills at once")
	}
	f := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	text := secret.Datagram(f, Announcement{Kinds: 1})
	if !ok(d.Packet(datagram(f, text))) {
		t.Error("its probes are not known")
	}
	if _, err := d.Begin(test); err == nil {
		t.Error("a test comes into a drill that is on")
	}
	if r, known := d.Report(id); !known || len(r.Events) == 0 {
		t.Errorf("%v, %+v", known, r)
	}
	d.End(id)
	if _, err := d.Begin(traps); err != nil {
		t.Error(err)
	}
}

func TestNothingIsKnownWithoutADrill(t *testing.T) {
	d := New(func() time.Time { return time.Unix(1, 0) })
	if ok(d.Packet(segment(Flow{end("198.51.100.7:50000"), sensor4}, decode.SYN, 1), nil)) {
		t.Error("a packet")
	}
	if drill, _ := d.Touch(&klaxon.Touch{}); drill {
		t.Error("a touch")
	}
	if _, ok := d.Scope(&klaxon.Touch{}); ok {
		t.Error("a scope")
	}
	if _, ok := d.Report(""); ok {
		t.Error("a report")
	}
}

// TestRoom: whoever has the secret can announce without end.
func TestRoom(t *testing.T) {
	d, id, s := begin(t, traps)
	for i := range 1000 {
		f := Flow{netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), uint16(1024+i)), end("192.0.2.1:69")}
		p, frame := datagram(f, s.Datagram(f, Announcement{Kinds: 1<<16 - 1, Connects: [][2]uint16{{uint16(i), 23}, {uint16(2000 + i), 23}}}))
		d.Packet(p, frame)
	}
	if r, _ := d.Report(id); len(d.run.flows) > flowsMax || len(r.Events) > eventsMax {
		t.Errorf("%d connections, %d events", len(d.run.flows), len(r.Events))
	}
}

func TestCode(t *testing.T) {
	c := Code{NewSecret(), 23, 65535, time.Unix(1_700_000_000, 0)}
	for _, line := range []string{" " + c.String() + "\n", "klaxonctl drill: on the other host:  echo " + c.String() + " | sudo klaxonctl drill -target HOST\n"} {
		if back, err := ParseCode(line); err != nil || back != c {
			t.Errorf("%q: %v, %v", line, back, err)
		}
	}
	if back, err := ParseCode(" " + c.String() + "\n"); err != nil || back != c {
		t.Errorf("%v, %v, want %v", back, err, c)
	}
	for _, bad := range []string{"", "a-b-c", c.String() + "-1", c.String()[1:], "-1-1", c.String() + "x"} {
		if _, err := ParseCode(bad); err == nil {
			t.Errorf("%q is taken for a code", bad)
		}
	}
}

func FuzzOpen(f *testing.F) {
	var s Secret
	at := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	f.Add(s.Datagram(at, Announcement{Kinds: 7, Connects: [][2]uint16{{1, 2}}}))
	f.Add([]byte(datagramHead))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := s.open(at, b)
		if ok && string(s.Datagram(at, a)) != string(b) {
			t.Errorf("%x is read as %+v, which is written otherwise", b, a)
		}
	})
}

// TestLateProbesAreKnown: while somebody may still hold the code of a drill that is
// over, its probes are of a drill, whatever self-tests came between; when the code has
// lapsed they are anybody's.
func TestLateProbesAreKnown(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	d := New(func() time.Time { return now })
	p := traps
	p.Secret, p.Until = NewSecret(), now.Add(5*time.Minute)
	id, err := d.Begin(p)
	if err != nil {
		t.Fatal(err)
	}
	d.End(id)
	for range 2 {
		self, err := d.Begin(Plan{Secret: NewSecret(), TCP: 23, UDP: 69, Silent: true, Events: []Event{{Kind: Connect}}})
		if err != nil {
			t.Fatal(err)
		}
		d.End(self)
	}
	if _, known := d.Report(id); !known {
		t.Error("a self-test made the report of a drill unknown")
	}
	from := netip.MustParseAddr("198.51.100.7")
	port, seq := p.Secret.Segment(HalfOpen, from, sensor4)
	late := segment(Flow{netip.AddrPortFrom(from, port), sensor4}, decode.SYN, seq)
	f := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	text := p.Secret.Datagram(f, Announcement{Kinds: 1})
	touch := klaxon.Touch{Transport: klaxon.UDP, Source: endpoint(f.Source), Target: endpoint(f.Target), Payload: &klaxon.Payload{Sample: text, Len: len(text)}}
	now = now.Add(4 * time.Minute)
	known := touch
	if ofDrill, silent := d.Touch(&known); !ok(d.Packet(late, nil)) || !ofDrill || silent || !marked(known.Marks) {
		t.Error("a late probe is nobody's drill")
	}
	if _, in := d.Scope(&known); !in {
		t.Error("a late touch has no scope")
	}
	now = now.Add(time.Minute)
	if ofDrill, _ := d.Touch(&touch); ok(d.Packet(late, nil)) || ofDrill || marked(touch.Marks) {
		t.Error("a probe is of a drill though its code has lapsed")
	}
}

// TestEndsAreUsedOnce: whoever makes a connection with the ends that a self-test had
// is no part of it, neither by his touch nor, once it is over, by his packets.
func TestEndsAreUsedOnce(t *testing.T) {
	d := New(nil)
	id, err := d.Begin(Plan{Silent: true, TCP: 23, Events: []Event{{Kind: Connect}}})
	if err != nil {
		t.Fatal(err)
	}
	f := Flow{end("127.0.0.1:40000"), end("127.0.0.1:23")}
	d.Sent(Connect, f)
	touch := func() *klaxon.Touch {
		return &klaxon.Touch{Transport: klaxon.TCP, Source: klaxon.Endpoint{Addr: f.Source.Addr(), Port: 40000}, Target: klaxon.Endpoint{Addr: f.Target.Addr(), Port: 23}}
	}
	own := touch()
	if ok, silent := d.Touch(own); !ok || !silent {
		t.Fatalf("its own touch: %v, silent %v", ok, silent)
	}
	if _, ok := d.Scope(own); !ok {
		t.Error("its own touch has no scope")
	}
	other := touch()
	if ok, _ := d.Touch(other); ok {
		t.Error("a second touch with the same ends is taken for the self-test's")
	}
	if _, ok := d.Scope(other); ok {
		t.Error("and seen in its scope")
	}
	d.End(id)
	if _, ok := d.Packet(segment(f, decode.FIN|decode.ACK, 9), nil); !ok {
		t.Error("its last segment is not known")
	}
	if _, ok := d.Packet(segment(f, decode.SYN, 10), nil); ok {
		t.Error("a connection that begins afterwards is taken for it")
	}
}

// TestAnnouncedOnceMore: who sends the probes again while the code is good is of the
// drill with all packets of a connection, both ways; and who has its ends after that is a
// stranger with all of his.
func TestAnnouncedOnceMore(t *testing.T) {
	d, id, s := begin(t, Plan{TCP: 23, UDP: 69, Events: traps.Events, Until: time.Now().Add(5 * time.Minute)})
	d.End(id)
	from := end("198.51.100.7:40000")
	data := Flow{end("198.51.100.7:50000"), end("192.0.2.1:69")}
	p, frame := datagram(data, s.Datagram(data, Announcement{Kinds: 1<<Datagram | 1<<Connect, Connects: [][2]uint16{{from.Port(), 23}}}))
	if !ok(d.Packet(p, frame)) {
		t.Fatal("the announcement is nobody's")
	}
	f := Flow{from, end("192.0.2.1:23")}
	both := func() [2]bool {
		return [2]bool{ok(d.Packet(segment(f, decode.SYN, 9), nil)), ok(d.Packet(segment(f.reversed(), decode.SYN|decode.ACK, 7), nil))}
	}
	if got := both(); got != [2]bool{true, true} {
		t.Errorf("a connection that was announced: %v", got)
	}
	if got := both(); got != [2]bool{} {
		t.Errorf("a stranger with its ends: %v", got)
	}
}
