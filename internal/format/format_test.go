package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leodido/go-syslog/v4/rfc5424"

	"klaxon"
	"klaxon/internal/render"
	"klaxon/internal/render/rendertest"
)

// write returns a record as one line of a dialect, which it holds to be that.
func write(t testing.TB, name string, r klaxon.Record) []byte {
	t.Helper()
	f, ok := ByName(name)
	if !ok {
		t.Fatalf("no format %q", name)
	}
	const before = "before{"
	line := f.Append([]byte(before), r)
	if !bytes.HasPrefix(line, []byte(before)) {
		t.Fatalf("%s wrote over what was there: %q", name, line)
	}
	line = line[len(before):]
	if i := bytes.IndexFunc(line, func(c rune) bool { return c < ' ' || c > '~' }); i >= 0 || len(line) == 0 {
		t.Fatalf("%s: byte %d of %q is no printable ASCII", name, i, line)
	}
	return line
}

// foreign are the dialects of JSON that are not ours.
var foreign = []string{"ecs", "ocsf", "opencanary"}

// hold holds a line against everything that is promised of its dialect.
func hold(t testing.TB, name string, line []byte) {
	t.Helper()
	switch {
	case name == "json":
		rendertest.Validate(t, line)
	case name == "cef":
		holdCEF(t, line)
	case slices.Contains(foreign, name):
		rendertest.ValidateFormat(t, name, line)
		holdJSON(t, name, line)
	}
	holdSyslog(t, name, line)
}

// communityID is the one value that holds an "=".
var communityID = regexp.MustCompile(`"1:[A-Za-z0-9+/]{27}="`)

// holdJSON: no string is markup or a formula, and no key stands twice.
func holdJSON(t testing.TB, name string, line []byte) {
	t.Helper()
	rest := communityID.ReplaceAll(line, nil)
	if i := bytes.IndexAny(rest, "<>&'`$|="); i >= 0 {
		t.Errorf("%s holds %q:\n%s", name, rest[i], line)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, member := range v {
				walk(member)
			}
		case []any:
			for _, member := range v {
				walk(member)
			}
		case string:
			if v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
				t.Errorf("%s: a string begins a formula: %q", name, v)
			}
		}
	}
	var decoded any
	if err := json.Unmarshal(line, &decoded); err != nil {
		t.Fatalf("%s: %v in %s", name, err, line)
	}
	walk(decoded)
	again, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := bytes.Count(line, []byte(`":`)), bytes.Count(again, []byte(`":`)); a != b {
		t.Errorf("%s has a key twice: %d keys, %d after decoding:\n%s", name, a, b, line)
	}
}

// holdSyslog: whatever frame of RFC 5424 a line is put into, somebody else's
// parser takes that very line out of it, and nothing more.
func holdSyslog(t testing.TB, name string, line []byte) {
	t.Helper()
	frame := append([]byte("<37>1 2026-03-04T12:00:00.25Z gate klaxond 7 - - "), line...)
	m, err := rfc5424.NewParser().Parse(frame)
	if err != nil {
		t.Errorf("%s in syslog: %v\n%q", name, err, frame)
		return
	}
	got := m.(*rfc5424.SyslogMessage)
	if got.Message == nil || *got.Message != string(line) || got.StructuredData != nil || *got.Appname != "klaxond" {
		t.Errorf("%s in syslog is read back as %+v", name, got)
	}
}

func TestFormats(t *testing.T) {
	names := Names()
	if want := []string{"cef", "ecs", "json", "log", "ocsf", "opencanary"}; !slices.Equal(names, want) {
		t.Fatal(names)
	}
	for what, r := range ordinary() {
		for _, name := range names {
			if name == "json" && strings.HasPrefix(what, "bare") {
				continue // its schema wants what klaxond always knows
			}
			t.Run(name+"/"+what, func(t *testing.T) { hold(t, name, write(t, name, r)) })
		}
	}
	if _, ok := ByName("xml"); ok {
		t.Error("there is a format xml")
	}
}

// member walks down a decoded object: "event.kind", "evidences.0.src_endpoint".
func member(t testing.TB, line []byte, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			v = at[int(part[0]-'0')]
		default:
			return nil
		}
	}
	return v
}

// TestMeaning holds single members against what the records say.
func TestMeaning(t *testing.T) {
	update := scanning(klaxon.EventUpdate)
	tests := []struct {
		format string
		record klaxon.Record
		path   string
		want   any
	}{
		{"ecs", touched(), "event.kind", "event"},
		{"ecs", touched(), "@timestamp", "2026-03-04T12:00:00.25Z"},
		{"ecs", touched(), "source.ip", "198.51.100.7"},
		{"ecs", touched(), "source.mac", "02-00-00-AA-BB-CC"},
		{"ecs", touched(), "destination.port", 512.0},
		{"ecs", touched(), "network.iana_number", "6"},
		{"ecs", touched(), "network.community_id", touched().CommunityID},
		{"ecs", touched(), "klaxon.ident.claim", "root"},
		{"ecs", touched(), "user", nil}, // a claim is no user
		{"ecs", touched(), "klaxon.payload.ascii", `GET / HTTP/1.0\x0d\x0a\x0d\x0a`},
		{"ecs", datagram(), "source.ip", "fe80::7"},
		{"ecs", datagram(), "network.type", "ipv6"},
		{"ecs", datagram(), "observer.ingress.interface.name", "eth1"},
		{"ecs", update, "event.kind", "alert"},
		{"ecs", update, "event.id", alarmID},
		{"ecs", update, "event.sequence", 50.0},
		{"ecs", update, "event.severity", 4.0},
		{"ecs", update, "threat.framework", "MITRE ATT&CK"},
		{"ecs", update, "threat.technique.id.0", "T1046"},
		{"ecs", update, "klaxon.targets.tcp", "1-999,3389"},
		{"ecs", update, "destination.ip", "192.0.2.10"},
		{"ecs", update, "destination.port", nil},
		{"ecs", scanning(klaxon.EventClose), "event.kind", "event"},
		{"ecs", scanning(klaxon.EventRetract), "event.type.1", "end"},
		{"ecs", crowd(), "source", nil},
		{"ecs", crowd(), "related.ip.0", "2001:db8::"},
		{"ecs", flood(), "threat.tactic.id.0", "TA0040"},
		{"ecs", drops(), "klaxon.count", 17.0},
		{"ocsf", touched(), "type_uid", 400101.0},
		{"ocsf", datagram(), "type_uid", 400106.0},
		{"ocsf", touched(), "time", 1772625600250.0},
		{"ocsf", touched(), "connection_info.protocol_num", 6.0},
		{"ocsf", touched(), "metadata.uid", "5f3c.41"},
		{"ocsf", opening(), "type_uid", 200401.0},
		{"ocsf", opening(), "evidences.0.src_endpoint.port", 40022.0},
		{"ocsf", update, "type_uid", 200402.0},
		{"ocsf", update, "finding_info.uid", alarmID},
		{"ocsf", update, "finding_info.attacks.0.tactic.uid", "TA0007"},
		{"ocsf", update, "finding_info.related_events.0.uid", "prevprevprevprevprevprev22"},
		{"ocsf", update, "severity_id", 4.0},
		{"ocsf", update, "confidence_id", 3.0},
		{"ocsf", update, "is_alert", true},
		{"ocsf", scanning(klaxon.EventRetract), "status_id", 3.0},
		{"ocsf", scanning(klaxon.EventClose), "status_id", 4.0},
		{"ocsf", scanning(klaxon.EventClose), "is_alert", false},
		{"ocsf", flood(), "evidences.0.dst_endpoint.ip", "192.0.2.10"},
		{"ocsf", drops(), "class_uid", 0.0},
		{"opencanary", touched(), "logtype", 18001.0},
		{"opencanary", datagram(), "logtype", 5001.0},
		{"opencanary", opening(), "logtype", 5001.0},
		{"opencanary", opening(), "dst_port", 512.0},
		{"opencanary", opening(), "utc_time", "2026-03-04 12:00:00.250000"},
		{"opencanary", update, "logtype", 5002.0},
		{"opencanary", update, "dst_port", -1.0},
		{"opencanary", update, "logdata.PROTO", "TCP"},
		{"opencanary", scanning(klaxon.EventClose), "logtype", 1001.0},
		{"opencanary", scanning(klaxon.EventRetract), "logtype", 1001.0},
		{"opencanary", flood(), "logtype", 99000.0},
		{"opencanary", crowd(), "src_host", ""},
		{"opencanary", drops(), "logdata.msg.logdata", "sensor health: drops: its daemon does not read"},
	}
	for _, tt := range tests {
		line := write(t, tt.format, tt.record)
		if got := member(t, line, tt.path); got != tt.want {
			t.Errorf("%s: %s is %v, want %v, in\n%s", tt.format, tt.path, got, tt.want, line)
		}
	}
}

// TestOpenCanaryTypes: each technique that OpenCanary knows has its number.
func TestOpenCanaryTypes(t *testing.T) {
	for technique, want := range map[klaxon.Technique]float64{
		klaxon.Syn: 5001, klaxon.Connect: 5001, klaxon.OSProbe: 5002, klaxon.Null: 5003, klaxon.Xmas: 5004, klaxon.Fin: 5005, klaxon.Udp: 5001,
	} {
		a := scanning(klaxon.EventOpen)
		a.Techniques = []klaxon.Technique{technique}
		if got := member(t, write(t, "opencanary", a), "logtype"); got != want {
			t.Errorf("%s is %v, want %v", technique, got, want)
		}
	}
}

func TestLog(t *testing.T) {
	expected := opening()
	expected.Marks = []klaxon.Mark{klaxon.MarkExpected}
	const head, touch = "2026-03-04T12:00:00.250000Z ALERT: ", "user root@scan.example.net accessing port rexec src=198.51.100.7 spt=40022 dst=192.0.2.10 dpt=512 proto=tcp proof=data"
	unproven := opening()
	unproven.Proof = klaxon.ProofNone
	tests := []struct {
		record klaxon.Record
		want   string
	}{
		{unproven, strings.Replace(head+touch, "=data", "=none", 1) + " event=open id=" + alarmID},
		{touched(), head + touch + " id=" + touchID},
		{opening(), head + touch + " event=open id=" + alarmID},
		{expected, head + touch + " event=open id=" + alarmID + " marks=expected"},
		{datagram(), head + "host fe80::7 accessing port tftp src=fe80::7 spt=5353 dst=fe80::1 dpt=69 proto=udp if=eth1 proof=none id=" + touchID},
		{scanning(klaxon.EventUpdate), "2026-03-04T12:01:30.250000Z ALERT: scan connect,syn,os-probe/vertical from 198.51.100.7 event=update id=" + alarmID +
			` src=198.51.100.7 hosts=1 ports=1000 proof=data confidence=proven severity=4 tool=nmap why="1000 of 1000 services refused or silent,` +
			` and the probes of nmap's operating system detection" marks=contact,slow`},
		{drops(), "2026-03-04T12:00:00.250000Z klaxond: "},
	}
	for _, tt := range tests {
		got := string(write(t, "log", tt.record))
		if _, health := tt.record.(*klaxon.Health); got != tt.want && (!health || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	if touched().Marks != nil || len(expected.Touch.Marks) > 0 {
		t.Error("the marks of the shared touch were changed")
	}
}

var bombs = []string{
	"", "root", "1:" + strings.Repeat("A", 22) + "=\n\n\n\n=", "x\nALERT: host gw accessing port x src=192.0.2.1 spt=1 dst=1 dpt=1 proto=tcp proof=data", `","logtype":5001,"x":"`, `\`, `"`, "|cs1=x", "a=b c=d",
	"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>", "\u202e\u009b2J\x1b[2J", "${jndi:ldap://x}", " x ", "\r\nSubject: x", "~", "src=192.0.2.1", "\xff\xfe", strings.Repeat("\x00", 600),
}

func FuzzFormats(f *testing.F) {
	for i, b := range bombs {
		f.Add(b, bombs[(i+3)%len(bombs)], bombs[(i+5)%len(bombs)], bombs[(i+7)%len(bombs)])
	}
	f.Fuzz(func(t *testing.T, name, claim, payload, label string) {
		for i, r := range poison(name, claim, payload, label) {
			for j, format := range append(foreign, "cef", "log") {
				line := write(t, format, r)
				switch {
				case (i+j+len(name))%5 == 0: // a schema costs more than all the rest
					hold(t, format, line)
				case format == "cef":
					holdCEF(t, line)
				case format != "log":
					holdJSON(t, format, line)
				}
			}
		}
	})
}

// FuzzReversible: what a third party decodes leads back to the raw bytes.
func FuzzReversible(f *testing.F) {
	for _, b := range bombs {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if raw == "" {
			return
		}
		touch := poison(raw, raw, raw, raw)[0]
		for path, most := range map[string]int{"source.domain": nameCap, "klaxon.ident.claim": claimCap, "klaxon.payload.ascii": sampleCap, "klaxon.service": wordCap} {
			decoded, _ := member(t, write(t, "ecs", touch), path).(string)
			back, _, err := render.Unescape([]byte(decoded))
			if err != nil || string(back) != raw[:min(len(raw), most)] {
				t.Errorf("%s: %q is read back as %q (%v)", path, raw, back, err)
			}
		}
	})
}

// TestCommunityIDs: what is no flow hash is left out, not written.
func TestCommunityIDs(t *testing.T) {
	good := touched().CommunityID
	for _, bad := range []string{"", "1:", good[:9] + "\n" + good[9:], good + "\n", good[:20] + `"` + good[21:], "2" + good[1:], good[:len(good)-1]} {
		touch := touched()
		touch.CommunityID = bad
		line := write(t, "ecs", touch)
		hold(t, "ecs", line)
		if got := member(t, line, "network.community_id"); got != nil {
			t.Errorf("%q is written as %v", bad, got)
		}
	}
}

// TestNothingShared: a format keeps nothing between records, and does not change
// what others hold.
func TestNothingShared(t *testing.T) {
	for _, name := range Names() {
		a := scanning(klaxon.EventUpdate)
		before := fmt.Sprintf("%+v", *a)
		first := string(write(t, name, a))
		write(t, name, crowd())
		if again := string(write(t, name, a)); again != first || fmt.Sprintf("%+v", *a) != before {
			t.Errorf("%s: a second time it is\n%s\nfirst it was\n%s", name, again, first)
		}
	}
}

// TestImpossibleTimes: a time that no format can write is left out, not written.
func TestImpossibleTimes(t *testing.T) {
	for _, when := range []time.Time{{}, time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)} {
		touch, a := touched(), scanning(klaxon.EventOpen)
		touch.Time, a.Time, a.First = when, when, when
		for _, name := range append(foreign, "cef", "log") {
			hold(t, name, write(t, name, touch))
			hold(t, name, write(t, name, a))
		}
	}
}

// TestDrillIsTold: whatever reads a format can tell a drill from what somebody did; in
// that of OpenCanary, whose readers know no marks, it is a message.
func TestDrillIsTold(t *testing.T) {
	drilled := []klaxon.Mark{klaxon.MarkDrill}
	touch, scan, opened := touched(), scanning(klaxon.EventOpen), opening()
	touch.Marks, scan.Marks, opened.Marks, opened.Touch = drilled, drilled, drilled, touch
	for _, name := range Names() {
		for what, r := range map[string]klaxon.Record{"touch": touch, "scan": scan, "opening": opened} {
			line := write(t, name, r)
			hold(t, name, line)
			if !bytes.Contains(line, []byte("drill")) || name == "opencanary" && !bytes.Contains(line, []byte(`"logtype":1001,`)) {
				t.Errorf("%s of a %s: %s", name, what, line)
			}
		}
	}
}
