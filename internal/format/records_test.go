package format

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"klaxon"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 250000000, time.UTC)

const (
	touchID = "touchtouchtouchtouchtouch7"
	alarmID = "abcdefghijklmnopqrstuvwx27"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

// touched is what a person with telnet makes of the trap for rexec.
func touched() *klaxon.Touch {
	t := &klaxon.Touch{
		ID: touchID, Time: noon, Sensor: "gate", Boot: "5f3c", Seq: 41, Zone: klaxon.ZoneOutside, Interface: "eth0", Transport: klaxon.TCP,
		Source:  klaxon.Endpoint{Addr: ip("198.51.100.7"), Port: 40022, Name: "scan.example.net", MAC: [6]byte{2, 0, 0, 0xaa, 0xbb, 0xcc}},
		Target:  klaxon.Endpoint{Addr: ip("192.0.2.10"), Port: 512},
		Service: "rexec", Proof: klaxon.ProofData,
		Ident:   &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte("root")},
		Payload: &klaxon.Payload{Sample: []byte("GET / HTTP/1.0\r\n\r\n"), Len: 18, SHA256: sha256.Sum256([]byte("GET / HTTP/1.0\r\n\r\n")), Protocol: "http"},
	}
	t.CommunityID = CommunityID(t)
	return t
}

// datagram is a touch over IPv6 that proves nothing.
func datagram() *klaxon.Touch {
	t := &klaxon.Touch{
		ID: touchID, Time: noon, Sensor: "gate", Boot: "5f3c", Seq: 42, Zone: klaxon.ZoneInside, Transport: klaxon.UDP,
		Source: klaxon.Endpoint{Addr: ip("fe80::7%eth1"), Port: 5353}, Target: klaxon.Endpoint{Addr: ip("fe80::1%eth1"), Port: 69},
		Service: "tftp",
	}
	t.CommunityID = CommunityID(t)
	return t
}

// opening is the alarm that touched opened.
func opening() *klaxon.Alarm {
	t := touched()
	return &klaxon.Alarm{
		Event: klaxon.EventOpen, ID: alarmID, Time: noon, Sensor: "gate", Boot: "5f3c", Seq: 43, Touch: t,
		Scan: klaxon.Scan{
			First: noon, Last: noon, Zone: klaxon.ZoneOutside, Interface: "eth0",
			Source:     klaxon.Endpoint{Addr: t.Source.Addr, MAC: t.Source.MAC},
			Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeTouch,
			Proof: klaxon.ProofData, Confidence: klaxon.Proven, Severity: 2, Probes: 1,
			Why:     "a trap was touched, and the source answered our sequence number",
			Targets: klaxon.Targets{Hosts: 1, Services: 1, Dst: []netip.Addr{t.Target.Addr}, TCP: []klaxon.PortRange{{First: 512, Last: 512}}},
		},
	}
}

// scanning is what became of it, at one of its events.
func scanning(e klaxon.Event) *klaxon.Alarm {
	a := opening()
	a.Event, a.Seq, a.Touch, a.Time, a.Last = e, a.Seq+7, nil, noon.Add(90*time.Second), noon.Add(80*time.Second)
	a.Prev, a.HeldBack, a.Evidence = "prevprevprevprevprevprev22", 3, alarmID+".pcapng"
	a.Techniques, a.Shape = []klaxon.Technique{klaxon.Connect, klaxon.Syn, klaxon.OSProbe}, klaxon.ShapeVertical
	a.Marks = []klaxon.Mark{klaxon.MarkContact, klaxon.MarkSlow}
	a.Severity, a.Probes, a.Why = 4, 1004, "1000 of 1000 services refused or silent, and the probes of nmap's operating system detection"
	a.Tool = klaxon.Tool{Name: "nmap", Chance: 1e-9}
	a.Targets = klaxon.Targets{Hosts: 1, Services: 1000, Dst: []netip.Addr{ip("192.0.2.10")},
		TCP: []klaxon.PortRange{{First: 1, Last: 999}, {First: 3389, Last: 3389}}, Open: []klaxon.Port{{Transport: klaxon.TCP, Number: 22}}}
	return a
}

// crowd is a scan by many, over IPv6, of many.
func crowd() *klaxon.Alarm {
	a := scanning(klaxon.EventOpen)
	a.Source, a.SourcesTotal, a.Interface, a.Tool, a.Prev = klaxon.Endpoint{}, 300, "", klaxon.Tool{}, ""
	a.Marks, a.Proof, a.Confidence = []klaxon.Mark{klaxon.MarkDistributed}, klaxon.ProofNone, klaxon.Established
	a.Techniques, a.Shape = []klaxon.Technique{klaxon.IcmpEcho, klaxon.Udp}, klaxon.ShapeSweep
	for i := range 256 {
		a.Sources = append(a.Sources, netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)}))
	}
	a.Targets = klaxon.Targets{Hosts: 5000, Services: 2, More: true, Dst: []netip.Addr{ip("2001:db8:1::1"), ip("2001:db8:1::2")},
		UDP: []klaxon.PortRange{{First: 53, Last: 53}}}
	return a
}

func flood() *klaxon.Alarm {
	a := crowd()
	a.Shape, a.Techniques, a.Sources, a.Marks = klaxon.ShapeFlood, []klaxon.Technique{klaxon.Syn}, nil, []klaxon.Mark{klaxon.MarkSpoofedMaybe}
	a.Targets = klaxon.Targets{Hosts: 1, Services: 1, Dst: []netip.Addr{ip("192.0.2.10")}, TCP: []klaxon.PortRange{{First: 80, Last: 80}}}
	return a
}

func drops() *klaxon.Health {
	return &klaxon.Health{ID: touchID, Time: noon, Sensor: "gate", Boot: "5f3c", Seq: 44, What: klaxon.HealthDrops,
		Since: noon.Add(-time.Minute), Count: 17, Output: "syslog", Detail: "its daemon does not read"}
}

// ordinary are records of every kind; bare ones know next to nothing.
func ordinary() map[string]klaxon.Record {
	return map[string]klaxon.Record{
		"touch": touched(), "datagram": datagram(), "opening": opening(), "crowd": crowd(), "flood": flood(), "drops": drops(),
		"open": scanning(klaxon.EventOpen), "update": scanning(klaxon.EventUpdate),
		"retract": scanning(klaxon.EventRetract), "close": scanning(klaxon.EventClose),
		"bare touch": &klaxon.Touch{Transport: klaxon.TCP}, "bare alarm": &klaxon.Alarm{Event: klaxon.EventOpen, ID: alarmID, Scan: klaxon.Scan{Shape: klaxon.ShapeBlock, Why: "x"}},
		"bare health": &klaxon.Health{What: klaxon.HealthSilence},
	}
}

// poison puts raw bytes wherever a stranger, or an operator, can have put them.
func poison(name, claim, payload, label string) []klaxon.Record {
	t := touched()
	t.Source.Name, t.Ident.Claim, t.Payload.Sample = name, []byte(claim), []byte(payload)
	t.Service, t.Sensor, t.Interface, t.Payload.Protocol, t.Boot, t.CommunityID = label, label, label, label, label, payload
	t.Marks = []klaxon.Mark{klaxon.Mark(label), klaxon.MarkRelayed}
	opens := opening()
	opens.Touch, opens.Why, opens.Sensor, opens.Source.Name = t, payload, label, name
	scan := scanning(klaxon.EventUpdate)
	scan.Why, scan.Tool.Name, scan.Interface, scan.Evidence, scan.Boot = payload, name, label, label, claim
	scan.Techniques = append(scan.Techniques, klaxon.Technique(label))
	health := drops()
	health.Detail, health.Output, health.Sensor = payload, label, name
	return []klaxon.Record{t, opens, scan, health}
}
