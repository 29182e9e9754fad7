package format

import (
	"slices"
	"strings"
	"time"

	"klaxon"
)

// The logtypes of OpenCanary (its logger.py) that a record of ours is told as.
const (
	canaryMessage = 1001  // LOG_BASE_MSG: about the sensor, never an alert
	canarySyn     = 5001  // LOG_PORT_SYN
	canaryOS      = 5002  // LOG_PORT_NMAPOS
	canaryNull    = 5003  // LOG_PORT_NMAPNULL
	canaryXmas    = 5004  // LOG_PORT_NMAPXMAS
	canaryFin     = 5005  // LOG_PORT_NMAPFIN
	canaryBanner  = 18001 // LOG_TCP_BANNER_CONNECTION_MADE
	canaryUser    = 99000 // LOG_USER_0: what OpenCanary does not know
)

// canaryTime is the form of all its times, UTC except where named local.
const canaryTime = "2006-01-02 15:04:05.000000"

// appendOpenCanary appends an event as OpenCanary logs it. Its consumers look at
// logtype and count each event as an alert; so an alarm that opens or changes is
// a port scan, and its end is a message, which they pass over. Ports are numbers,
// as in most of its events, and -1 when there is none or several.
func appendOpenCanary(dst []byte, r klaxon.Record) []byte {
	o := &object{append(dst, '{')}
	if canaryDrill(o, r) {
		return append(o.buf, '}')
	}
	switch r := r.(type) {
	case *klaxon.Touch:
		canaryHead(o, r.Sensor, r.Time, canaryTouch(r))
		canaryEnds(o, &r.Source, &r.Target)
		o.in("logdata", func() { canaryTouched(o, r) })
	case *klaxon.Alarm:
		canaryAlarm(o, r)
	case *klaxon.Health:
		canaryHead(o, r.Sensor, r.Time, canaryMessage)
		canaryEnds(o, &klaxon.Endpoint{}, &klaxon.Endpoint{})
		canarySays(o, headline(r)+": "+r.Detail, detailCap)
	default:
		headline(r) // panics
	}
	return append(o.buf, '}')
}

// canaryDrill writes what is part of a fire drill as a message: its readers know no
// marks, and count whatever else comes as an attack.
func canaryDrill(o *object, r klaxon.Record) bool {
	marks, at, sensor := []klaxon.Mark(nil), time.Time{}, ""
	switch r := r.(type) {
	case *klaxon.Touch:
		marks, at, sensor = r.Marks, r.Time, r.Sensor
	case *klaxon.Alarm:
		marks, at, sensor = r.Marks, r.Time, r.Sensor
	}
	if !slices.Contains(marks, klaxon.MarkDrill) {
		return false
	}
	canaryHead(o, sensor, at, canaryMessage)
	canaryEnds(o, &klaxon.Endpoint{}, &klaxon.Endpoint{})
	canarySays(o, "fire drill: "+headline(r), detailCap)
	return true
}

func canaryHead(o *object, sensor string, t time.Time, logtype int64) {
	o.number("logtype", logtype)
	o.text("node_id", sensor, nameCap)
	o.stamp("utc_time", t, canaryTime)
	o.stamp("local_time", t, canaryTime) // OpenCanary writes UTC under this name as well
	o.stamp("local_time_adjusted", t, canaryTime)
}

// canaryEnds writes an unknown address as "" and an unknown port as -1, which is
// how OpenCanary does it.
func canaryEnds(o *object, source, target *klaxon.Endpoint) {
	for _, end := range []struct {
		name string
		e    *klaxon.Endpoint
	}{{"src", source}, {"dst", target}} {
		o.key(end.name + "_host")
		ip := ""
		if end.e.Addr.IsValid() {
			ip = bare(end.e.Addr).String()
		}
		o.value(ip, wordCap)
		number := int64(end.e.Port)
		if number == 0 {
			number = -1
		}
		o.number(end.name+"_port", number)
	}
}

func canarySays(o *object, sentence string, limit int) {
	o.in("logdata", func() {
		o.in("msg", func() { o.text("logdata", sentence, limit) })
	})
}

// canaryTouch: OpenCanary's listener on a bare TCP port is its banner module. It
// has none for datagrams.
func canaryTouch(t *klaxon.Touch) int64 {
	if t.Transport == klaxon.TCP {
		return canaryBanner
	}
	return canarySyn
}

func canaryTouched(o *object, t *klaxon.Touch) {
	o.word("IN", interfaceOf(t.Interface, t.Source.Addr))
	o.word("PROTO", strings.ToUpper(t.Transport.String()))
	if t.Payload != nil {
		o.text("DATA", string(t.Payload.Sample), sampleCap)
	}
	o.in("klaxon", func() {
		o.word("id", t.ID)
		o.text("service", t.Service, wordCap)
		o.text("name", t.Source.Name, nameCap)
		o.text("claim", claim(t), claimCap)
		o.word("proof", t.Proof.String())
		words(o, "marks", t.Marks)
	})
}

func canaryAlarm(o *object, a *klaxon.Alarm) {
	source, target := a.Source, klaxon.Endpoint{Addr: onlyTarget(&a.Targets)}
	if p, ok := onlyPort(&a.Targets); ok {
		target.Port = p.Number
	}
	if a.Touch != nil {
		source.Port, target = a.Touch.Source.Port, a.Touch.Target
	}
	if over(a) {
		canaryHead(o, a.Sensor, a.Time, canaryMessage)
		canaryEnds(o, &source, &target)
		canarySays(o, headline(a)+": "+a.Why, whyCap)
		return
	}
	canaryHead(o, a.Sensor, a.Time, canaryScan(&a.Scan))
	canaryEnds(o, &source, &target)
	o.in("logdata", func() {
		o.word("IN", interfaceOf(a.Interface, a.Source.Addr))
		o.word("MAC", mac(a.Source.MAC))
		o.word("PROTO", strings.ToUpper(transport(&a.Targets).String()))
		o.in("klaxon", func() {
			o.word("id", a.ID)
			o.text("why", a.Why, whyCap)
			o.number("severity", int64(a.Severity))
			ecsOwn(o, a)
			words(o, "marks", a.Marks)
		})
	})
}

// canaryScan returns what a scan is there: the rarest of its techniques that
// OpenCanary knows, since a rule for it is the most telling, and a port scan for
// any other. A flood is none.
func canaryScan(s *klaxon.Scan) int64 {
	if s.Shape == klaxon.ShapeFlood {
		return canaryUser
	}
	logtype := int64(canarySyn)
	for _, t := range s.Techniques {
		switch t {
		case klaxon.OSProbe:
			return canaryOS
		case klaxon.Null:
			logtype = canaryNull
		case klaxon.Xmas:
			logtype = canaryXmas
		case klaxon.Fin:
			logtype = canaryFin
		}
	}
	return logtype
}
