package render

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render/rendertest"
)

const alarmID = "abcdefghijklmnopqrstuvwx27"

// scan is an alarm with every field set.
func scan() *klaxon.Alarm {
	return &klaxon.Alarm{
		Event: klaxon.EventUpdate, ID: alarmID, Prev: strings.Repeat("z", 26), Time: noon.In(elder),
		Sensor: "gate", Boot: "00ff", Seq: 7, HeldBack: 2, Evidence: alarmID + ".pcapng",
		Scan: klaxon.Scan{
			First: noon.Add(-12500 * time.Millisecond), Last: noon, Zone: klaxon.ZoneOutside, Interface: "eth0",
			Source:  klaxon.Endpoint{Addr: netip.MustParseAddr("::ffff:192.0.2.7"), MAC: [6]byte{0xaa, 0, 1, 2, 3, 0xff}},
			Sources: addrs("192.0.2.7", "2001:db8::7"), SourcesTotal: 300,
			Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Version, klaxon.IcmpEcho},
			Shape:      klaxon.ShapeBlock, Marks: []klaxon.Mark{klaxon.MarkSlow, klaxon.MarkDecoy},
			Tool: klaxon.Tool{Name: "nmap", Chance: 1e-9}, Proof: klaxon.ProofHandshake, Confidence: klaxon.Proven,
			Severity: 4, Why: `3 probes share one "sequence" number`, Probes: 2001,
			Targets: klaxon.Targets{
				Hosts: 254, Services: 1026, Dst: addrs("10.0.0.1", "fe80::1%eth0"),
				TCP: []klaxon.PortRange{{First: 1, Last: 1024}, {First: 3389, Last: 3389}}, UDP: []klaxon.PortRange{{First: 53, Last: 53}},
				SCTP: []klaxon.PortRange{{First: 0, Last: 65535}}, Protocols: []klaxon.PortRange{{First: 1, Last: 2}},
				Open: []klaxon.Port{{Transport: klaxon.TCP, Number: 22}, {Transport: klaxon.SCTP, Number: 9}}, More: true,
			},
		},
	}
}

// alarm is an ordinary alarm at its beginning, with a change.
func alarm(change func(*klaxon.Alarm)) *klaxon.Alarm {
	a := &klaxon.Alarm{Event: klaxon.EventOpen, ID: alarmID, Time: noon, Scan: klaxon.Scan{
		First: noon.Add(-time.Second), Last: noon, Zone: klaxon.ZoneOutside,
		Source:     klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7")},
		Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Proof: klaxon.ProofHandshake,
		Confidence: klaxon.Proven, Severity: 3, Why: "so it is", Probes: 3,
		Targets: klaxon.Targets{Hosts: 1, Services: 3, Dst: addrs("10.0.0.1"), TCP: single(22, 80, 443)},
	}}
	if change != nil {
		change(a)
	}
	return a
}

func addrs(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func single(ports ...uint16) (out []klaxon.PortRange) {
	for _, p := range ports {
		out = append(out, klaxon.PortRange{First: p, Last: p})
	}
	return out
}

func many(a *klaxon.Alarm) {
	a.Source = klaxon.Endpoint{}
	a.Sources, a.SourcesTotal = addrs("192.0.2.7", "192.0.2.8", "192.0.2.9", "192.0.2.10"), 5
}

func flood(a *klaxon.Alarm) {
	a.Source, a.Shape, a.Proof, a.SourcesTotal = klaxon.Endpoint{}, klaxon.ShapeFlood, klaxon.ProofNone, 5000
	a.Targets.TCP = single(80)
}

func TestAlarmJSON(t *testing.T) {
	const head = `{"v":1,"type":"alarm","event":"open","id":"abcdefghijklmnopqrstuvwx27","time":"2026-01-02T12:00:00.000005000Z",` +
		`"first":"2026-01-02T11:59:59.000005000Z","last":"2026-01-02T12:00:00.000005000Z","zone":"outside",`
	const judged = `"confidence":"proven","severity":3,"why":"so it is",`
	const targets = `"targets":{"hosts":1,"services":3,"dst":["10.0.0.1"],"tcp":"22,80,443"},"probes":3}`
	tests := []struct {
		what  string
		alarm *klaxon.Alarm
		want  string
	}{
		{
			"everything, in the order of the contract", scan(),
			`{"v":1,"type":"alarm","event":"update","id":"abcdefghijklmnopqrstuvwx27","prev":"zzzzzzzzzzzzzzzzzzzzzzzzzz",` +
				`"time":"2026-01-02T12:00:00.000005000Z","sensor":"gate","boot":"00ff","seq":7,` +
				`"first":"2026-01-02T11:59:47.500005000Z","last":"2026-01-02T12:00:00.000005000Z","zone":"outside","if":"eth0",` +
				`"src":{"ip":"192.0.2.7","mac":"aa:00:01:02:03:ff"},"sources":["192.0.2.7","2001:db8::7"],"sources_total":300,` +
				`"technique":["syn","version","icmp-echo"],"shape":"block","marks":["slow","decoy"],"tool":{"name":"nmap","chance":1e-09},` +
				`"proof":"handshake","confidence":"proven","severity":4,"why":"3 probes share one \"sequence\" number",` +
				`"attack":["T1046","T1018"],"targets":{"hosts":254,"services":1026,"dst":["10.0.0.1","fe80::1"],` +
				`"tcp":"1-1024,3389","udp":"53","sctp":"0-65535","protocols":"1-2","open":["tcp/22","sctp/9"],"more":true},` +
				`"probes":2001,"evidence":"abcdefghijklmnopqrstuvwx27.pcapng","held_back":2}`,
		},
		{
			"little", alarm(nil),
			head + `"src":{"ip":"192.0.2.7"},"technique":["syn"],"shape":"vertical","proof":"handshake",` + judged + `"attack":["T1046"],` + targets,
		},
		{
			"many sources", alarm(many),
			head + `"sources":["192.0.2.7","192.0.2.8","192.0.2.9","192.0.2.10"],"sources_total":5,"technique":["syn"],"shape":"vertical",` +
				`"proof":"handshake",` + judged + `"attack":["T1046"],` + targets,
		},
		{
			"flood", alarm(flood),
			head + `"sources_total":5000,"technique":["syn"],"shape":"flood","proof":"none",` + judged + `"attack":["T1498"],` +
				`"targets":{"hosts":1,"services":3,"dst":["10.0.0.1"],"tcp":"80"},"probes":3}`,
		},
		{
			"sweep of hosts; a tool without a chance; a zone of the source", alarm(func(a *klaxon.Alarm) {
				a.Techniques, a.Shape = []klaxon.Technique{klaxon.Arp, klaxon.Nd}, klaxon.ShapeSweep
				a.Tool, a.Source.Addr = klaxon.Tool{Name: "x", Chance: math.NaN()}, netip.MustParseAddr("fe80::7%eth1")
			}),
			head + `"if":"eth1","src":{"ip":"fe80::7"},"technique":["arp","nd"],"shape":"sweep","tool":{"name":"x"},"proof":"handshake",` +
				judged + `"attack":["T1018"],` + targets,
		},
	}
	for _, tt := range tests {
		got := AppendJSON([]byte("> "), tt.alarm)
		if string(got) != "> "+tt.want {
			t.Errorf("%s:\n got %s\nwant > %s", tt.what, got, tt.want)
		}
		rendertest.Validate(t, got[2:])
	}
}

// TestAlarmLine: keys and their order are frozen; filters depend on them.
func TestAlarmLine(t *testing.T) {
	for want, change := range map[string]func(*klaxon.Alarm){
		`ALERT: scan syn/vertical from 192.0.2.7 event=open id=abcdefghijklmnopqrstuvwx27 src=192.0.2.7 hosts=1 ports=3 ` +
			`proof=handshake confidence=proven severity=3 tool=- why="so it is"`: nil,
		`ALERT: scan syn,version/block from 192.0.2.7 event=close id=abcdefghijklmnopqrstuvwx27 src=192.0.2.7 hosts=254 ports=1026 ` +
			`proof=none confidence=established severity=3 tool=nmap why="a \x22quote\x22"`: func(a *klaxon.Alarm) {
			a.Event, a.Shape, a.Techniques = klaxon.EventClose, klaxon.ShapeBlock, []klaxon.Technique{klaxon.Syn, klaxon.Version}
			a.Targets.Hosts, a.Targets.Services, a.Tool.Name, a.Why = 254, 1026, "nmap", `a "quote"`
			a.Proof, a.Confidence = klaxon.ProofNone, klaxon.Established
		},
		`ALERT: scan syn/touch from 192.0.2.7 event=open id=abcdefghijklmnopqrstuvwx27 src=192.0.2.7 hosts=1 ports=3 ` +
			`proof=handshake confidence=proven severity=3 tool=- why="so it is"`: func(a *klaxon.Alarm) { a.Shape = klaxon.ShapeTouch },
		`ALERT: scan syn/vertical from many event=open id=abcdefghijklmnopqrstuvwx27 src=- hosts=1 ports=3 ` +
			`proof=handshake confidence=proven severity=3 tool=- why="so it is"`: many,
		`ALERT: flood syn on 10.0.0.1 event=open id=abcdefghijklmnopqrstuvwx27 hosts=1 ports=3 ` +
			`proof=none confidence=proven severity=3 tool=- why="so it is"`: flood,
		`ALERT: flood syn on many event=open id=abcdefghijklmnopqrstuvwx27 hosts=2 ports=3 ` +
			`proof=none confidence=proven severity=3 tool=- why="so it is"`: func(a *klaxon.Alarm) {
			flood(a)
			a.Targets.Hosts = 2
		},
		`ALERT: scan -/- from - event=- id=- src=- hosts=0 ports=0 proof=none confidence=suspect severity=0 tool=- why=""`: func(a *klaxon.Alarm) {
			*a = klaxon.Alarm{}
		},
	} {
		if got := string(AppendAlarmLine([]byte("> "), alarm(change))); got != "> "+want {
			t.Errorf("\n got %s\nwant > %s", got, want)
		}
	}
}

func TestHumanAlarm(t *testing.T) {
	ranges := single(1, 3, 5, 7, 9, 11, 13, 15, 17)
	tests := []struct {
		what   string
		change func(*klaxon.Alarm)
		want   string
	}{
		{"open", nil, "192.0.2.7 scans 10.0.0.1: syn, tcp 22,80,443; so it is"},
		{
			"tool, marks, unproven", func(a *klaxon.Alarm) {
				a.Tool.Name, a.Marks, a.Proof = "nmap", []klaxon.Mark{klaxon.MarkSlow}, klaxon.ProofNone
			},
			"192.0.2.7 scans 10.0.0.1 with nmap: syn, tcp 22,80,443; source unproven; slow; so it is",
		},
		{"suspect", func(a *klaxon.Alarm) { a.Confidence = klaxon.Suspect }, "192.0.2.7 may be scanning 10.0.0.1: syn, tcp 22,80,443; so it is"},
		{
			"update", func(a *klaxon.Alarm) {
				a.Event, a.Techniques = klaxon.EventUpdate, []klaxon.Technique{klaxon.Syn, klaxon.Version}
				a.Targets.Services, a.Targets.TCP = 1000, ranges
				a.Targets.Open = []klaxon.Port{{Transport: klaxon.TCP, Number: 22}, {Transport: klaxon.TCP, Number: 80}}
			},
			"192.0.2.7 is scanning 10.0.0.1: syn, version, 1000 ports (tcp 1,3,5,7,9,11,13,15,...), open: tcp/22,tcp/80; so it is",
		},
		{"retract", func(a *klaxon.Alarm) { a.Event = klaxon.EventRetract }, "192.0.2.7 is no scanner after all; so it is"},
		{
			"close", func(a *klaxon.Alarm) { a.Event, a.Proof = klaxon.EventClose, klaxon.ProofNone },
			"192.0.2.7 stopped scanning 10.0.0.1: syn, tcp 22,80,443 in 1.0 s",
		},
		{
			"sweep", func(a *klaxon.Alarm) {
				a.Techniques, a.Targets = []klaxon.Technique{klaxon.IcmpEcho}, klaxon.Targets{Hosts: 254, Services: 1, Dst: addrs("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")}
			},
			"192.0.2.7 scans 254 hosts (10.0.0.1, 10.0.0.2, ...): icmp-echo; so it is",
		},
		{
			"protocols", func(a *klaxon.Alarm) {
				a.Techniques, a.Targets.TCP, a.Targets.Protocols = []klaxon.Technique{klaxon.IPProtocol}, nil, ranges
			},
			"192.0.2.7 scans 10.0.0.1: ip-protocol, 3 protocols (protocol 1,3,5,7,9,11,13,15,...); so it is",
		},
		{
			"of everything", func(a *klaxon.Alarm) {
				a.Targets.UDP, a.Targets.Protocols = single(53), ranges
			},
			"192.0.2.7 scans 10.0.0.1: syn, 3 services (tcp 22,80,443, udp 53, protocol 1,3,5,7,9,11,13,15,...); so it is",
		},
		{"no lists", func(a *klaxon.Alarm) { a.Targets.TCP = nil }, "192.0.2.7 scans 10.0.0.1: syn, 3 services; so it is"},
		{"many", many, "5 sources (192.0.2.7, 192.0.2.8, ...) scan 10.0.0.1: syn, tcp 22,80,443; so it is"},
		{
			"many, retracted", func(a *klaxon.Alarm) { many(a); a.Event = klaxon.EventRetract },
			"5 sources (192.0.2.7, 192.0.2.8, ...) are no scanners after all; so it is",
		},
		{
			"link-local", func(a *klaxon.Alarm) { a.Source.Addr, a.Interface = netip.MustParseAddr("fe80::7"), "eth0" },
			"fe80::7%eth0 scans 10.0.0.1: syn, tcp 22,80,443; so it is",
		},
		{
			"loopback", func(a *klaxon.Alarm) { a.Zone = klaxon.ZoneLoopback },
			"192.0.2.7 scans 10.0.0.1: syn, tcp 22,80,443; this came from this host; so it is",
		},
		{
			"touch", func(a *klaxon.Alarm) { a.Shape, a.Targets.TCP = klaxon.ShapeTouch, single(530) },
			"192.0.2.7 touched tcp 530 on 10.0.0.1: syn; so it is",
		},
		{
			"end of a touch", func(a *klaxon.Alarm) {
				a.Shape, a.Targets.TCP, a.Event, a.Probes = klaxon.ShapeTouch, single(530), klaxon.EventClose, 1
				a.First = a.Last
			},
			"192.0.2.7 is quiet again after touching tcp 530 on 10.0.0.1: syn, 1 probe",
		},
		{"flood", flood, "10.0.0.1 is flooded: syn, tcp 80; so it is"},
		{
			"end of a flood", func(a *klaxon.Alarm) { flood(a); a.Event, a.Probes = klaxon.EventClose, 1200000 },
			"10.0.0.1 is flooded no more: syn, tcp 80, 1200000 packets in 1.0 s",
		},
		{
			"words that speak for us", func(a *klaxon.Alarm) {
				a.Tool.Name, a.Techniques, a.Why = "x: y; z", []klaxon.Technique{"a b"}, "line\nfeed"
			},
			`192.0.2.7 scans 10.0.0.1 with x:\x20y\x3b\x20z: a\x20b, tcp 22,80,443; line\x0afeed`,
		},
		{
			"nothing known", func(a *klaxon.Alarm) {
				*a = klaxon.Alarm{Time: noon, Scan: klaxon.Scan{Confidence: klaxon.Established}}
			},
			"an unknown source scans 0 hosts: unknown probes; source unproven",
		},
	}
	for _, tt := range tests {
		if got := AppendHuman([]byte("> "), alarm(tt.change), east); string(got) != "> 14:00:00  "+tt.want {
			t.Errorf("%s:\n got %s\nwant > 14:00:00  %s", tt.what, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 0: "0 ms", 999 * time.Millisecond: "999 ms", time.Second: "1.0 s", 9990 * time.Millisecond: "9.9 s",
		10 * time.Second: "10 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min", 119 * time.Minute: "119 min",
		2 * time.Hour: "2 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 d", math.MaxInt64: "106751 d",
	} {
		if got := string(AppendSpan(nil, d)); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestAlarmCaps fills every string and list with more than is let out.
func TestAlarmCaps(t *testing.T) {
	long := strings.Repeat("\xff", 5000)
	a := scan()
	a.Sensor, a.Boot, a.Interface, a.Tool.Name, a.Why = long, long, long, long, long
	a.Sources, a.Targets.Dst = nil, nil
	a.Targets.TCP, a.Targets.Open, a.Targets.More = nil, nil, false
	for i := range 1000 {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		a.Sources, a.Targets.Dst = append(a.Sources, addr), append(a.Targets.Dst, addr)
		a.Targets.TCP = append(a.Targets.TCP, klaxon.PortRange{First: uint16(2 * i), Last: uint16(2 * i)})
		a.Targets.Open = append(a.Targets.Open, klaxon.Port{Transport: klaxon.TCP, Number: uint16(i)})
	}
	line := AppendJSON(nil, a)
	rendertest.Validate(t, line)
	if !bytes.Contains(line, []byte(`"more":true`)) {
		t.Error("lists that were cut here are said to be whole")
	}
	a.Marks, a.Techniques = make([]klaxon.Mark, 5000), make([]klaxon.Technique, 5000)
	for what, line := range map[string][]byte{
		"json": AppendJSON(nil, a), "line": AppendAlarmLine(nil, a), "human": AppendHuman(nil, a, time.UTC),
	} {
		if len(line) > 16<<10 {
			t.Errorf("%s has %d bytes", what, len(line))
		}
		checkPrintable(t, string(line))
	}
}

// TestAlarmLineFitsSyslog: with words of ours, and a reason as long as can be,
// the line and its header fit RFC 3164 section 4.1.
func TestAlarmLineFitsSyslog(t *testing.T) {
	a := scan()
	a.Why, a.Source.Addr = strings.Repeat("w", 5000), netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666")
	a.Techniques = []klaxon.Technique{
		klaxon.Connect, klaxon.Syn, klaxon.Fin, klaxon.Null, klaxon.Xmas, klaxon.Maimon, klaxon.Ack, klaxon.Flags, klaxon.Udp,
		klaxon.SctpInit, klaxon.SctpCookie, klaxon.IPProtocol, klaxon.IcmpEcho, klaxon.IcmpTimestamp, klaxon.IcmpMask,
		klaxon.Arp, klaxon.Nd, klaxon.OSProbe, klaxon.Version,
	}
	if n := len("<37>Nov 24 14:02:11 tocsin[4194304]: ") + len(AppendAlarmLine(nil, a)); n > 1024 {
		t.Errorf("%d bytes, at most 1024", n)
	}
}

func FuzzAlarm(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, []byte(s), int64(0), 1e-9, 3)
	}
	f.Fuzz(func(t *testing.T, word string, address []byte, at int64, chance float64, n int) {
		a := scan()
		a.Time, a.First, a.Last = time.Unix(0, at), time.Unix(0, -at), time.Unix(at, 0)
		a.Sensor, a.Boot, a.ID, a.Interface, a.Why = word, word, word, word, word
		a.Tool, a.Severity, a.Targets.Hosts, a.Targets.Services = klaxon.Tool{Name: word, Chance: chance}, n, n, n
		a.Event, a.Shape = klaxon.Event(word), klaxon.Shape(word)
		a.Techniques, a.Marks = append(a.Techniques, klaxon.Technique(word)), append(a.Marks, klaxon.Mark(word))
		a.Source.Addr, _ = netip.AddrFromSlice(address)
		a.Source.Addr = a.Source.Addr.WithZone(word)
		line := AppendJSON(nil, a)
		checkPrintable(t, string(line))
		var got struct {
			Sensor, Why, If string
			Tool            struct {
				Name   string
				Chance float64
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		checkText(t, got.Sensor, word, nameCap)
		checkText(t, got.Why, word, whyCap)
		checkText(t, got.Tool.Name, word, wordCap)
		if chance > 0 && chance <= 1 && word != "" && got.Tool.Chance != chance {
			t.Errorf("chance %g came back as %g", chance, got.Tool.Chance)
		}
		for _, shape := range []klaxon.Shape{klaxon.ShapeTouch, klaxon.ShapeVertical, klaxon.ShapeFlood} {
			a.Shape = shape
			line := string(AppendAlarmLine(nil, a))
			checkPrintable(t, line)
			before, why, _ := strings.Cut(line, ` why="`)
			if strings.Count(line, `"`) != 2 || strings.Count(before, " ") != strings.Count(before, "=")+4 {
				t.Errorf("words or quotes of its own in %s", line)
			}
			checkText(t, strings.TrimSuffix(why, `"`), word, lineWhyCap)
			for _, event := range []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventRetract, klaxon.EventClose} {
				a.Event = event
				checkPrintable(t, string(AppendHuman(nil, a, time.UTC)))
			}
		}
	})
}
