package control

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Recall reads a record back from its line: a *klaxon.Touch, *klaxon.Alarm or
// *klaxon.Health with what the line tells. Its strings are raw again.
func Recall(line []byte) (klaxon.Record, error) {
	var head struct {
		Type string `json:"type"`
	}
	if len(line) > lineMax {
		return nil, fmt.Errorf("read a record: it has %d bytes, at most %d are allowed", len(line), lineMax)
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	var l interface{ recall() (klaxon.Record, error) }
	switch head.Type {
	case "touch":
		l = &touchLine{}
	case "alarm":
		l = &alarmLine{}
	case "health":
		l = &healthLine{}
	default:
		return nil, fmt.Errorf("read a record: %.40q is no type of record", head.Type)
	}
	if err := json.Unmarshal(line, l); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	r, err := l.recall()
	if err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	return r, nil
}

// text is a string as render writes it, and raw once it is read.
type text string

// UnmarshalJSON implements json.Unmarshaler. What render cut ends as it is shown.
func (t *text) UnmarshalJSON(in []byte) error {
	var s string
	if err := json.Unmarshal(in, &s); err != nil {
		return err
	}
	raw, _, err := render.Unescape([]byte(s))
	*t = text(raw)
	return err
}

type identityLine struct {
	ID     text      `json:"id"`
	Time   time.Time `json:"time"`
	Sensor text      `json:"sensor"`
	Boot   text      `json:"boot"`
	Seq    uint64    `json:"seq"`
}

type endLine struct {
	IP      string `json:"ip"`
	Port    uint16 `json:"port"`
	Name    text   `json:"name"`
	MAC     string `json:"mac"`
	Service text   `json:"service"`
}

func (l *endLine) end() (e klaxon.Endpoint, err error) {
	e.Port, e.Name = l.Port, string(l.Name)
	if l.IP != "" {
		if e.Addr, err = netip.ParseAddr(l.IP); err != nil {
			return e, err
		}
	}
	if l.MAC != "" {
		mac, err := net.ParseMAC(l.MAC)
		if err != nil || len(mac) != len(e.MAC) {
			return e, errors.New("a link address is malformed")
		}
		copy(e.MAC[:], mac)
	}
	return e, nil
}

type touchLine struct {
	identityLine
	Zone      klaxon.Zone   `json:"zone"`
	Interface text          `json:"if"`
	Transport string        `json:"transport"`
	Src       endLine       `json:"src"`
	Dst       endLine       `json:"dst"`
	Proof     string        `json:"proof"`
	Marks     []klaxon.Mark `json:"marks"`
	Ident     *struct {
		Claim   text                `json:"claim"`
		Outcome klaxon.IdentOutcome `json:"outcome"`
	} `json:"ident"`
	Payload *struct {
		ASCII     text   `json:"ascii"`
		Len       int    `json:"len"`
		SHA256    string `json:"sha256"`
		Truncated bool   `json:"truncated"`
		Protocol  text   `json:"protocol"`
	} `json:"payload"`
	Community text `json:"community_id"`
	Logged    bool `json:"logged"`
}

func (l *touchLine) recall() (klaxon.Record, error) {
	t := &klaxon.Touch{
		ID: string(l.ID), Time: l.Time, Sensor: string(l.Sensor), Boot: string(l.Boot), Seq: l.Seq,
		Zone: l.Zone, Interface: string(l.Interface), Transport: transportOf(l.Transport), Service: string(l.Dst.Service),
		Proof: proofOf(l.Proof), Marks: l.Marks, CommunityID: string(l.Community), Logged: l.Logged,
	}
	var err, err2 error
	t.Source, err = l.Src.end()
	t.Target, err2 = l.Dst.end()
	if l.Ident != nil {
		t.Ident = &klaxon.Ident{Outcome: l.Ident.Outcome, Claim: []byte(l.Ident.Claim)}
	}
	if p := l.Payload; p != nil {
		t.Payload = &klaxon.Payload{Sample: []byte(p.ASCII), Len: p.Len, Truncated: p.Truncated, Protocol: string(p.Protocol)}
		sum, _ := hex.DecodeString(p.SHA256) // a wrong one is none
		copy(t.Payload.SHA256[:], sum)
	}
	return t, errors.Join(err, err2)
}

type healthLine struct {
	identityLine
	What   klaxon.HealthWhat `json:"what"`
	Since  time.Time         `json:"since"`
	Count  uint64            `json:"count"`
	Output text              `json:"output"`
	Detail text              `json:"detail"`
}

func (l *healthLine) recall() (klaxon.Record, error) {
	return &klaxon.Health{
		ID: string(l.ID), Time: l.Time, Sensor: string(l.Sensor), Boot: string(l.Boot), Seq: l.Seq,
		What: l.What, Since: l.Since, Count: l.Count, Output: string(l.Output), Detail: string(l.Detail),
	}, nil
}

type alarmLine struct {
	identityLine
	Event     klaxon.Event       `json:"event"`
	Prev      text               `json:"prev"`
	First     time.Time          `json:"first"`
	Last      time.Time          `json:"last"`
	Zone      klaxon.Zone        `json:"zone"`
	Interface text               `json:"if"`
	Src       endLine            `json:"src"`
	Sources   []netip.Addr       `json:"sources"`
	Total     int                `json:"sources_total"`
	Technique []klaxon.Technique `json:"technique"`
	Shape     klaxon.Shape       `json:"shape"`
	Marks     []klaxon.Mark      `json:"marks"`
	Tool      struct {
		Name   text    `json:"name"`
		Chance float64 `json:"chance"`
	} `json:"tool"`
	Proof      string `json:"proof"`
	Confidence string `json:"confidence"`
	Severity   int    `json:"severity"`
	Why        text   `json:"why"`
	Targets    struct {
		Hosts     int          `json:"hosts"`
		Services  int          `json:"services"`
		Dst       []netip.Addr `json:"dst"`
		TCP       ranges       `json:"tcp"`
		UDP       ranges       `json:"udp"`
		SCTP      ranges       `json:"sctp"`
		Protocols ranges       `json:"protocols"`
		Open      []string     `json:"open"`
		More      bool         `json:"more"`
	} `json:"targets"`
	Probes   uint64 `json:"probes"`
	Evidence text   `json:"evidence"`
	HeldBack uint64 `json:"held_back"`
}

func (l *alarmLine) recall() (klaxon.Record, error) {
	src, err := l.Src.end()
	if err != nil {
		return nil, err
	}
	t := l.Targets
	a := &klaxon.Alarm{
		Event: l.Event, ID: string(l.ID), Prev: string(l.Prev), Time: l.Time, Sensor: string(l.Sensor), Boot: string(l.Boot), Seq: l.Seq,
		Evidence: string(l.Evidence), HeldBack: l.HeldBack,
		Scan: klaxon.Scan{
			First: l.First, Last: l.Last, Zone: l.Zone, Interface: string(l.Interface),
			Source: src, Sources: l.Sources, SourcesTotal: l.Total,
			Techniques: l.Technique, Shape: l.Shape, Marks: l.Marks, Tool: klaxon.Tool{Name: string(l.Tool.Name), Chance: l.Tool.Chance},
			Proof: proofOf(l.Proof), Confidence: confidenceOf(l.Confidence), Severity: l.Severity, Why: string(l.Why), Probes: l.Probes,
			Targets: klaxon.Targets{
				Hosts: t.Hosts, Services: t.Services, Dst: t.Dst, TCP: t.TCP, UDP: t.UDP, SCTP: t.SCTP, Protocols: t.Protocols, More: t.More,
			},
		},
	}
	for _, text := range t.Open {
		p, err := portOf(text)
		if err != nil {
			return nil, err
		}
		a.Targets.Open = append(a.Targets.Open, p)
	}
	return a, nil
}

// ranges is a list like "1-1024,3389".
type ranges []klaxon.PortRange

// UnmarshalJSON implements json.Unmarshaler.
func (r *ranges) UnmarshalJSON(in []byte) error {
	var s string
	if err := json.Unmarshal(in, &s); err != nil {
		return err
	}
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, err := strconv.ParseUint(first, 10, 16)
		b, err2 := strconv.ParseUint(last, 10, 16)
		if err != nil || err2 != nil || a > b {
			return fmt.Errorf("%.40q is no range of ports", part)
		}
		*r = append(*r, klaxon.PortRange{First: uint16(a), Last: uint16(b)})
	}
	return nil
}

func portOf(text string) (p klaxon.Port, err error) {
	transport, number, _ := strings.Cut(text, "/")
	n, err := strconv.ParseUint(number, 10, 16)
	p = klaxon.Port{Transport: transportOf(transport), Number: uint16(n)}
	if err != nil || p.Transport == 0 {
		return p, fmt.Errorf("%.40q is no port", text)
	}
	return p, nil
}

func transportOf(s string) klaxon.Transport {
	for _, t := range []klaxon.Transport{klaxon.TCP, klaxon.UDP, klaxon.SCTP} {
		if t.String() == s {
			return t
		}
	}
	return 0
}

func proofOf(s string) klaxon.Proof {
	for p := klaxon.ProofOnLink; p <= klaxon.ProofData; p++ {
		if p.String() == s {
			return p
		}
	}
	return klaxon.ProofNone
}

func confidenceOf(s string) klaxon.Confidence {
	for c := klaxon.Established; c <= klaxon.Proven; c++ {
		if c.String() == s {
			return c
		}
	}
	return klaxon.Suspect
}
