package format

import (
	"net/netip"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// appendCEF appends a line of the Common Event Format (ArcSight, revision 26),
// without the header of syslog, which is the output's:
//
//	CEF:0|klaxon|klaxond|1|SIGNATURE|NAME|SEVERITY|KEY=VALUE KEY=VALUE …
//
// Every record of an alarm is one line, all with its id as externalId; act tells
// open, update, retract and close apart. Severity is twice ours.
func appendCEF(dst []byte, r klaxon.Record) []byte {
	c := &cef{dst}
	switch r := r.(type) {
	case *klaxon.Touch:
		c.head("touch."+r.Transport.String(), headline(r), cefTouchSeverity(r))
		c.touch(r)
	case *klaxon.Alarm:
		c.head(cefSignature(&r.Scan), headline(r), 2*min(max(r.Severity, 0), 5))
		c.alarm(r)
	case *klaxon.Health:
		c.head("health."+string(r.What), headline(r), 3)
		c.health(r)
	default:
		headline(r) // panics
	}
	return c.buf
}

// cef appends what an event has; a value that is not known leaves its key out.
type cef struct{ buf []byte }

func (c *cef) head(signature, name string, severity int) {
	c.buf = append(c.buf, "CEF:0|klaxon|klaxond|1|"...)
	c.buf = render.AppendInertDoubled(c.buf, signature, wordCap)
	c.buf = append(c.buf, '|')
	c.buf = render.AppendInertDoubled(c.buf, name, whyCap)
	c.buf = append(c.buf, '|')
	c.buf = strconv.AppendInt(c.buf, int64(severity), 10)
	c.buf = append(c.buf, '|')
}

// text appends a key and its value. A value loses its spaces at both ends, which
// readers drop as well, by being escaped: they are the writer's to keep.
func (c *cef) text(key, value string, limit int) {
	if value == "" {
		return
	}
	if c.buf[len(c.buf)-1] != '|' {
		c.buf = append(c.buf, ' ')
	}
	c.buf = append(append(c.buf, key...), '=')
	start := len(c.buf)
	c.buf = render.AppendInertDoubled(c.buf, value, limit)
	if c.buf[start] == ' ' {
		c.buf = append(append(c.buf[:start:start], `\\x20`...), c.buf[start+1:]...)
	}
	if last := len(c.buf) - 1; c.buf[last] == ' ' {
		c.buf = append(c.buf[:last], `\\x20`...)
	}
}

func (c *cef) number(key string, n int64) { c.text(key, strconv.FormatInt(n, 10), wordCap) }

func (c *cef) count(key string, n int) {
	if n > 0 {
		c.number(key, int64(min(n, countCap)))
	}
}

func (c *cef) time(key string, t time.Time) {
	if known(t) {
		c.number(key, t.UnixMilli())
	}
}

// custom appends a value of ours in a numbered field, with its label.
func (c *cef) custom(field, label, value string, limit int) {
	if value != "" {
		c.text(field+"Label", label, wordCap)
		c.text(field, value, limit)
	}
}

// addr appends an IPv4 address under its key, and IPv6 in the custom field that
// the format has for it.
func (c *cef) addr(key, custom, label string, a netip.Addr) {
	switch a = bare(a); {
	case a.Is4():
		c.text(key, a.String(), wordCap)
	case a.IsValid():
		c.custom(custom, label, a.String(), wordCap)
	}
}

func (c *cef) source(e *klaxon.Endpoint) {
	c.addr("src", "c6a2", "Source IPv6 Address", e.Addr)
	c.count("spt", int(e.Port))
	c.text("shost", e.Name, nameCap)
	c.text("smac", mac(e.MAC), wordCap)
}

func (c *cef) sensor(name, nic string, when time.Time, seq uint64) {
	c.time("rt", when)
	c.text("dvchost", name, nameCap)
	c.text("deviceInboundInterface", nic, wordCap)
	if seq > 0 {
		c.text("cn3Label", "sequence", wordCap)
		c.number("cn3", int64(min(seq, 1<<63-1)))
	}
}

func (c *cef) touch(t *klaxon.Touch) {
	c.text("externalId", t.ID, wordCap)
	c.text("cat", "touch", wordCap)
	c.sensor(t.Sensor, interfaceOf(t.Interface, t.Source.Addr), t.Time, t.Seq)
	c.source(&t.Source)
	c.touched(t)
	c.custom("cs3", "proof", t.Proof.String(), wordCap)
	c.custom("cs5", "marks", joined(t.Marks), whyCap)
}

// touched appends what an alarm, too, has of the touch that opened it.
func (c *cef) touched(t *klaxon.Touch) {
	c.addr("dst", "c6a3", "Destination IPv6 Address", t.Target.Addr)
	c.number("dpt", int64(t.Target.Port))
	c.text("destinationServiceName", t.Service, wordCap)
	c.text("proto", t.Transport.String(), wordCap)
	c.custom("flexString2", "claim of the ident daemon", claim(t), claimCap)
	if t.Payload != nil {
		c.text("in", strconv.Itoa(min(max(t.Payload.Len, 0), countCap)), wordCap)
		c.custom("flexString1", "payload", string(t.Payload.Sample), sampleCap)
	}
}

func (c *cef) alarm(a *klaxon.Alarm) {
	c.text("externalId", a.ID, wordCap)
	c.text("act", string(a.Event), wordCap)
	c.text("cat", ecsAction(a.Shape), wordCap)
	c.sensor(a.Sensor, interfaceOf(a.Interface, a.Source.Addr), a.Time, a.Seq)
	c.time("start", a.First)
	c.time("end", a.Last)
	c.source(&a.Source)
	if a.Touch != nil {
		c.touched(a.Touch)
	} else {
		c.targets(&a.Targets)
	}
	c.text("cnt", strconv.FormatUint(min(a.Probes, countCap), 10), wordCap)
	c.custom("cs1", "technique", joined(a.Techniques), whyCap)
	c.custom("cs2", "shape", string(a.Shape), wordCap)
	c.custom("cs3", "proof", a.Proof.String(), wordCap)
	c.custom("cs4", "confidence", a.Confidence.String(), wordCap)
	c.custom("cs5", "marks", joined(a.Marks), whyCap)
	c.custom("cs6", "tool", a.Tool.Name, wordCap)
	c.custom("cn1", "hosts", strconv.Itoa(max(a.Targets.Hosts, 0)), wordCap)
	c.custom("cn2", "services", strconv.Itoa(max(a.Targets.Services, 0)), wordCap)
	c.text("msg", a.Why, whyCap)
}

func (c *cef) targets(t *klaxon.Targets) {
	c.addr("dst", "c6a3", "Destination IPv6 Address", onlyTarget(t))
	if p, ok := onlyPort(t); ok {
		c.number("dpt", int64(p.Number))
	}
	c.text("proto", transport(t).String(), wordCap)
}

func (c *cef) health(h *klaxon.Health) {
	c.text("externalId", h.ID, wordCap)
	c.text("cat", "health", wordCap)
	c.sensor(h.Sensor, "", h.Time, h.Seq)
	c.time("start", h.Since)
	c.text("cnt", strconv.FormatUint(min(h.Count, countCap), 10), wordCap)
	c.custom("cs1", "output", h.Output, wordCap)
	c.text("msg", h.Detail, detailCap)
}

// cefSignature names what kind of event an alarm is, for rules: the first of
// its techniques and its shape.
func cefSignature(s *klaxon.Scan) string {
	first := "unknown"
	if len(s.Techniques) > 0 {
		first = string(s.Techniques[0])
	}
	if s.Shape == klaxon.ShapeFlood {
		return "flood." + first
	}
	return "scan." + first + "." + string(s.Shape)
}

func cefTouchSeverity(t *klaxon.Touch) int {
	if t.Proof >= klaxon.ProofHandshake {
		return 4
	}
	return 2
}
