package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render/rendertest"
)

var (
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 5000, time.UTC)
	elder = time.FixedZone("", -5*3600)
)

// full is a touch with every field set.
func full() *klaxon.Touch {
	return &klaxon.Touch{
		ID: "abcdefghijklmnopqrstuvwx27", Time: noon.In(elder),
		Sensor: "gate", Boot: "00ff", Seq: 7,
		Zone: klaxon.ZoneInside, Interface: "eth0", Transport: klaxon.TCP,
		Source: klaxon.Endpoint{
			Addr: netip.MustParseAddr("::ffff:192.0.2.7"), Port: 1022,
			Name: "bad.example.org", MAC: [6]byte{0xaa, 0, 1, 2, 3, 0xff},
		},
		Target:  klaxon.Endpoint{Addr: netip.MustParseAddr("fe80::1%eth0"), Port: 512},
		Service: "rexec",
		Proof:   klaxon.ProofData,
		Marks:   []klaxon.Mark{klaxon.MarkLured, klaxon.MarkRelayed},
		Ident:   claim("ro\"ot\x1b\\~"),
		Payload: &klaxon.Payload{
			Sample: []byte("GET /\r\n\u009b"), Len: 900, SHA256: sha256.Sum256([]byte("abc")),
			Truncated: true, Protocol: "http",
		},
		CommunityID: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
		Logged:      true,
	}
}

func TestAppendJSON(t *testing.T) {
	const bare = `{"v":1,"type":"touch","time":"2026-01-02T12:00:00.000005000Z","transport":"tcp",` +
		`"src":{"ip":"192.0.2.7","port":1022},"dst":{"ip":"10.0.0.1","port":512,"service":"rexec"},"proof":"handshake"`
	timed := func(change func(*klaxon.Touch)) klaxon.Record {
		touch := knock(change)
		touch.Time = noon
		return touch
	}
	tests := []struct {
		what   string
		record klaxon.Record
		want   string
	}{
		{
			"everything", full(),
			`{"v":1,"type":"touch","id":"abcdefghijklmnopqrstuvwx27","time":"2026-01-02T12:00:00.000005000Z",` +
				`"sensor":"gate","boot":"00ff","seq":7,"zone":"inside","if":"eth0","transport":"tcp",` +
				`"src":{"ip":"192.0.2.7","port":1022,"name":"bad.example.org","mac":"aa:00:01:02:03:ff"},` +
				`"dst":{"ip":"fe80::1","port":512,"service":"rexec"},"proof":"data","marks":["lured","relayed"],` +
				`"ident":{"claim":"ro\"ot\\x1b\\\\\\x7e","outcome":"claim"},` +
				`"payload":{"ascii":"GET /\\x0d\\x0a\\xc2\\x9b","len":900,` +
				// SHA-256 of "abc", FIPS 180-2 appendix B.1
				`"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",` +
				`"truncated":true,"protocol":"http"},` +
				`"community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg=","logged":true}`,
		},
		{"little", timed(nil), bare + `}`},
		{
			"refused ident",
			timed(func(t *klaxon.Touch) { t.Ident = &klaxon.Ident{Outcome: klaxon.IdentRefused, Claim: []byte("x")} }),
			bare + `,"ident":{"outcome":"refused"}}`,
		},
		{
			"empty claim", timed(func(t *klaxon.Touch) { t.Ident = claim("") }),
			bare + `,"ident":{"claim":"","outcome":"claim"}}`,
		},
		{
			"empty datagram", timed(func(t *klaxon.Touch) { t.Payload = &klaxon.Payload{SHA256: sha256.Sum256(nil)} }),
			bare + `,"payload":{"ascii":"","len":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}`,
		},
		{
			"zone of the source, port 0", timed(func(t *klaxon.Touch) {
				*t = klaxon.Touch{Transport: klaxon.UDP, Source: klaxon.Endpoint{Addr: netip.MustParseAddr("fe80::7%eth1")}}
				t.Target.Port = 69
			}),
			`{"v":1,"type":"touch","time":"2026-01-02T12:00:00.000005000Z","if":"eth1","transport":"udp",` +
				`"src":{"ip":"fe80::7","port":0},"dst":{"port":69},"proof":"none"}`,
		},
		{
			"year beyond RFC 3339", &klaxon.Health{
				Time:  time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
				Since: time.Date(9999, 12, 31, 23, 0, 0, 0, elder),
				What:  klaxon.HealthSilence,
			},
			`{"v":1,"type":"health","time":"9999-12-31T23:59:59.999999999Z","what":"silence","count":0}`,
		},
		{
			"health", &klaxon.Health{
				ID: "abcdefghijklmnopqrstuvwx27", Time: noon, Sensor: "gate", Boot: "00ff", Seq: 8,
				What: klaxon.HealthDisk, Since: noon.Add(-time.Minute), Count: 18446744073709551615,
				Output: "json", Detail: "write /x\n: no space",
			},
			`{"v":1,"type":"health","id":"abcdefghijklmnopqrstuvwx27","time":"2026-01-02T12:00:00.000005000Z",` +
				`"sensor":"gate","boot":"00ff","seq":8,"what":"disk","since":"2026-01-02T11:59:00.000005000Z",` +
				`"count":18446744073709551615,"output":"json","detail":"write /x\\x0a: no space"}`,
		},
	}
	for _, tt := range tests {
		got := AppendJSON([]byte("> "), tt.record)
		if string(got) != "> "+tt.want {
			t.Errorf("%s:\n got %s\nwant > %s", tt.what, got, tt.want)
		}
		rendertest.Validate(t, got[2:])
	}
}

// TestJSONOfNothing: the zero values have a form too, though no honest one.
func TestJSONOfNothing(t *testing.T) {
	for record, want := range map[klaxon.Record]string{
		&klaxon.Touch{}:  `{"v":1,"type":"touch","src":{},"dst":{},"proof":"none"}`,
		&klaxon.Health{}: `{"v":1,"type":"health","count":0}`,
	} {
		if got := AppendJSON(nil, record); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestJSONCaps fills every string with the byte that grows most.
func TestJSONCaps(t *testing.T) {
	long := strings.Repeat("\xff", 5000)
	touch := full()
	touch.Sensor, touch.Boot, touch.Interface, touch.Source.Name, touch.Service = long, long, long, long, long
	touch.Ident, touch.Payload.Sample, touch.Payload.Protocol = claim(long), []byte(long), long
	touch.Payload.Truncated, touch.Payload.Len = false, -1
	touch.Marks = make([]klaxon.Mark, 5000)
	for i := range touch.Marks {
		touch.Marks[i] = klaxon.MarkSlow
	}
	line := AppendJSON(nil, touch)
	rendertest.Validate(t, line)
	if !bytes.Contains(line, []byte(`","len":0,`)) || !bytes.Contains(line, []byte(`,"truncated":true,`)) {
		t.Errorf("a length below 0, or a sample that was cut here, is told wrong: %s", line)
	}
	rendertest.Validate(t, AppendJSON(nil, &klaxon.Health{
		Time: noon, What: klaxon.HealthDisk, Sensor: long, Boot: long, Output: long, Detail: long,
	}))
}

func TestUnknownRecord(t *testing.T) {
	for what, write := range map[string]func(){
		"JSON":  func() { AppendJSON(nil, nil) },
		"human": func() { AppendHuman(nil, nil, time.UTC) },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				if recover() != unknownRecord {
					t.Error("a record without a form was not refused")
				}
			}()
			write()
		})
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, []byte(s), []byte(s), int64(0))
	}
	f.Fuzz(func(t *testing.T, word string, user, sample []byte, at int64) {
		touch := full()
		touch.Time, touch.Interface, touch.Service = time.Unix(0, at), word, word
		touch.Source.Name, touch.Sensor = word, word
		touch.Ident.Claim, touch.Payload.Sample, touch.Payload.Truncated = user, sample, false
		line := AppendJSON(nil, touch)
		checkPrintable(t, string(line))
		var got struct {
			Time     time.Time
			If       string
			Sensor   string
			Src, Dst struct{ Name, Service string }
			Ident    struct{ Claim string }
			Payload  struct {
				ASCII     string
				Truncated bool
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if !got.Time.Equal(touch.Time) {
			t.Errorf("time %v came back as %v", touch.Time, got.Time)
		}
		checkText(t, got.If, word, interfaceCap)
		checkText(t, got.Sensor, word, nameCap)
		checkText(t, got.Src.Name, word, nameCap)
		checkText(t, got.Dst.Service, word, serviceCap)
		checkText(t, got.Ident.Claim, string(user), replyCap)
		checkText(t, got.Payload.ASCII, string(sample), sampleCap)
		if got.Payload.Truncated != (len(sample) > sampleCap) {
			t.Errorf("%d bytes of sample, truncated is %v", len(sample), got.Payload.Truncated)
		}
	})
}

// checkText holds that text, as decoded from JSON, is raw cut to limit.
func checkText(t *testing.T, text, raw string, limit int) {
	t.Helper()
	got, truncated, err := Unescape([]byte(text))
	if err != nil || truncated != (len(raw) > limit) || string(got) != raw[:min(len(raw), limit)] {
		t.Errorf("%q came back from %q as %q, %v, %v", raw, text, got, truncated, err)
	}
}
