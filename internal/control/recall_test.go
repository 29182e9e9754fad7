package control

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

var at = time.Date(2026, 11, 25, 1, 2, 3, 4, time.UTC)

func fullAlarm() *klaxon.Alarm {
	return &klaxon.Alarm{
		Event: klaxon.EventUpdate, ID: strings.Repeat("a", 26), Prev: strings.Repeat("b", 26), Time: at, Sensor: "gate\x1b", Boot: "b", Seq: 7,
		Evidence: "f.pcapng", HeldBack: 3,
		Scan: klaxon.Scan{
			First: at, Last: at.Add(time.Second), Zone: klaxon.ZoneInside, Interface: "eth0",
			Source:  klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7"), MAC: [6]byte{2, 0, 0, 0, 0, 9}},
			Sources: []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::1")}, SourcesTotal: 9,
			Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Udp}, Shape: klaxon.ShapeVertical, Marks: []klaxon.Mark{klaxon.MarkSlow},
			Tool: klaxon.Tool{Name: "nmap", Chance: 1e-9}, Proof: klaxon.ProofData, Confidence: klaxon.Proven, Severity: 4,
			Why: "a \\ and ~ and \xff", Probes: 12,
			Targets: klaxon.Targets{
				Hosts: 2, Services: 5, Dst: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, TCP: []klaxon.PortRange{{First: 1, Last: 3}, {First: 80, Last: 80}},
				UDP: []klaxon.PortRange{{First: 53, Last: 53}}, SCTP: []klaxon.PortRange{{First: 1, Last: 2}}, Protocols: []klaxon.PortRange{{First: 0, Last: 255}},
				Open: []klaxon.Port{{Transport: klaxon.TCP, Number: 22}, {Transport: klaxon.SCTP, Number: 2}}, More: true,
			},
		},
	}
}

func fullTouch() *klaxon.Touch {
	return &klaxon.Touch{
		ID: strings.Repeat("c", 26), Time: at, Sensor: "gate", Boot: "b", Seq: 1, Zone: klaxon.ZoneOutside, Interface: "eth1", Transport: klaxon.UDP,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("fe80::1"), Port: 5, Name: "n\xc2\x9b", MAC: [6]byte{2, 1}},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("fe80::2"), Port: 69}, Service: "tftp<", Proof: klaxon.ProofOnLink,
		Marks: []klaxon.Mark{klaxon.MarkRelayed}, Ident: &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte("root\x00")},
		Payload:     &klaxon.Payload{Sample: []byte("\x00\x01"), Len: 9, SHA256: [32]byte{1, 2}, Truncated: true, Protocol: "http"},
		CommunityID: "1:x", Logged: true,
	}
}

// TestRecall: what is read back is what was written, whole.
func TestRecall(t *testing.T) {
	for _, r := range []klaxon.Record{
		fullAlarm(), fullTouch(), &klaxon.Alarm{Time: at, Scan: klaxon.Scan{First: at, Last: at}},
		&klaxon.Health{ID: "i", Time: at, Sensor: "s", Boot: "b", Seq: 2, What: klaxon.HealthDisk, Since: at, Count: 4, Output: "json", Detail: "\x7f\n"},
	} {
		line := render.AppendJSON(nil, r)
		got, err := Recall(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if !reflect.DeepEqual(got, r) {
			t.Errorf("\n got %+v\nwant %+v", got, r)
		}
	}
}

// TestRecallWants: a field that is added to a record must be read back as well.
func TestRecallWants(t *testing.T) {
	a := fullAlarm()
	for _, v := range []reflect.Value{reflect.ValueOf(*a), reflect.ValueOf(a.Scan), reflect.ValueOf(a.Targets), reflect.ValueOf(*fullTouch())} {
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; {
			case name == "Touch" || name == "Quiet" || name == "Wanted": // of a process alone, in no line
			case v.Field(i).IsZero():
				t.Errorf("the test leaves out %s.%s", v.Type(), name)
			}
		}
	}
}

func TestRecallRefuses(t *testing.T) {
	for _, line := range []string{
		"", "{", "[]", `{"type":"prune"}`, `{"type":"alarm","src":{"ip":"x"}}`, `{"type":"alarm","src":{"ip":"1.2.3.4","mac":"zz"}}`,
		`{"type":"alarm","targets":{"tcp":"9-1"}}`, `{"type":"alarm","targets":{"tcp":"1-70000"}}`, `{"type":"alarm","targets":{"open":["22"]}}`,
		`{"type":"touch","time":"yesterday"}`, `{"type":"health","detail":"\u001b"}`, `{"type":"touch","dst":{"port":65536}}`,
		`{"type":"health","detail":"` + strings.Repeat("x", lineMax) + `"}`,
	} {
		if r, err := Recall([]byte(line)); err == nil {
			t.Errorf("%.60s became %+v", line, r)
		}
	}
}

// FuzzRecall: whatever a line is, what is read of it can be written again, and
// reads the same.
func FuzzRecall(f *testing.F) {
	for _, r := range []klaxon.Record{fullAlarm(), fullTouch(), &klaxon.Health{Time: at, Detail: "x"}} {
		f.Add(render.AppendJSON(nil, r))
	}
	f.Add([]byte(`{"type":"alarm","sources":["::1%a"],"targets":{"protocols":"1-2,3"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Recall(line)
		if err != nil {
			return
		}
		again := render.AppendJSON(nil, r)
		for _, b := range again {
			if b < ' ' || b > '~' {
				t.Fatalf("byte %#x in %s", b, again)
			}
		}
		render.AppendHuman(nil, r, time.UTC)
		if !json.Valid(again) {
			t.Fatalf("%s is no JSON", again)
		}
	})
}

// FuzzFilter: whatever is asked, what is understood of it is asked the same way.
func FuzzFilter(f *testing.F) {
	for _, q := range []string{"", "severity=3&latest=true", "since=2026-11-25T01:02:03Z&until=2026-11-26T01:02:03.5%2B01:00", "src=192.0.2.9/24", "types=alarm,touch&oldest=1&cursor=9&limit=1000", "src=::ffff:1.2.3.4"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		filter, err := parseFilter(q)
		if err != nil {
			return
		}
		again, err := parseFilter(query(filter))
		if err != nil || !again.Since.Equal(filter.Since) || !again.Until.Equal(filter.Until) {
			t.Fatalf("%q: %+v became %+v, %v", raw, filter, again, err)
		}
		again.Since, again.Until = filter.Since, filter.Until
		if !reflect.DeepEqual(again, filter) {
			t.Fatalf("%q: %+v became %+v", raw, filter, again)
		}
	})
}

// FuzzAllowance: no body is too odd to be judged.
func FuzzAllowance(f *testing.F) {
	f.Add(`{"source":"192.0.2.7","for":"24h","why":"x"}`)
	f.Add(`{"for":"-1h"}`)
	f.Fuzz(func(t *testing.T, body string) {
		var a Allowance
		if decode(strings.NewReader(body), &a) == nil && a.check() == nil && (a.For <= 0 || a.Why == "" || len(a.Why) > reasonMax || a.By != "") {
			t.Errorf("%q was allowed: %+v", body, a)
		}
	})
}
