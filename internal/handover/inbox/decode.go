package inbox

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// wire is the form of a touch as klaxon writes it (docs/schema).
type wire struct {
	V         int       `json:"v"`
	Type      string    `json:"type"`
	Time      time.Time `json:"time"`
	Interface string    `json:"if"`
	Transport string    `json:"transport"`
	Src       struct {
		IP   netip.Addr `json:"ip"`
		Port uint16     `json:"port"`
		Name string     `json:"name"`
	} `json:"src"`
	Dst struct {
		IP      netip.Addr `json:"ip"`
		Port    uint16     `json:"port"`
		Service string     `json:"service"`
	} `json:"dst"`
	Proof string `json:"proof"`
	Ident *struct {
		Claim   string              `json:"claim"`
		Outcome klaxon.IdentOutcome `json:"outcome"`
	} `json:"ident"`
	Payload *struct {
		ASCII     string `json:"ascii"`
		Len       int    `json:"len"`
		SHA256    string `json:"sha256"`
		Truncated bool   `json:"truncated"`
	} `json:"payload"`
	Logged bool `json:"logged"`
}

var (
	errVersion = errors.New("want \"v\":1 and \"type\":\"touch\"")
	errTrail   = errors.New("more than one object")
)

// decode reads one touch, strictly: whatever klaxon would not have written is
// refused.
func decode(b []byte) (*klaxon.Touch, error) {
	var w wire
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrail
	}
	if w.V != 1 || w.Type != "touch" {
		return nil, errVersion
	}
	return w.touch()
}

func (w *wire) touch() (*klaxon.Touch, error) {
	t := &klaxon.Touch{
		Time: w.Time, Logged: w.Logged,
		Source: klaxon.Endpoint{Addr: w.Src.IP.Unmap(), Port: w.Src.Port},
		Target: klaxon.Endpoint{Addr: w.Dst.IP.Unmap(), Port: w.Dst.Port},
	}
	switch w.Transport + " " + w.Proof {
	case "tcp handshake":
		t.Transport, t.Proof = klaxon.TCP, klaxon.ProofHandshake
	case "udp none":
		t.Transport = klaxon.UDP
	default:
		return nil, fmt.Errorf("transport %q with proof %q", w.Transport, w.Proof)
	}
	if !t.Source.Addr.IsValid() || t.Source.Addr.Zone() != "" || t.Target.Addr.Zone() != "" || t.Time.IsZero() {
		return nil, errors.New("no source address, a zone in one, or no time")
	}
	var r reader
	t.Interface = r.text(w.Interface)
	t.Source.Name = r.text(w.Src.Name)
	t.Service = r.text(w.Dst.Service)
	r.ident(t, w)
	r.payload(t, w)
	return t, r.err
}

// reader undoes what render did to hostile fields, and keeps the first error.
type reader struct{ err error }

func (r *reader) text(s string) string { return string(r.raw(s)) }

func (r *reader) raw(s string) []byte {
	raw, _, err := render.Unescape([]byte(s))
	if err != nil && r.err == nil {
		r.err = err
	}
	return raw
}

func (r *reader) ident(t *klaxon.Touch, w *wire) {
	if w.Ident == nil {
		return
	}
	switch w.Ident.Outcome {
	case klaxon.IdentClaim, klaxon.IdentNoAnswer, klaxon.IdentRefused, klaxon.IdentHidden, klaxon.IdentError:
		t.Ident = &klaxon.Ident{Outcome: w.Ident.Outcome, Claim: r.raw(w.Ident.Claim)}
	default:
		r.err = fmt.Errorf("ident outcome %q", w.Ident.Outcome)
	}
}

func (r *reader) payload(t *klaxon.Touch, w *wire) {
	if w.Payload == nil {
		return
	}
	p := &klaxon.Payload{Sample: r.raw(w.Payload.ASCII), Len: w.Payload.Len, Truncated: w.Payload.Truncated}
	sum, err := hex.DecodeString(w.Payload.SHA256)
	if err != nil || len(sum) != len(p.SHA256) || p.Len < len(p.Sample) || p.Len > 1<<16 {
		r.err = errors.New("payload with an impossible length or hash")
		return
	}
	copy(p.SHA256[:], sum)
	t.Payload = p
}
