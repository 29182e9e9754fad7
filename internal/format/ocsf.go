package format

import (
	"net/netip"
	"strconv"

	"klaxon"
)

// ocsfVersion is the Open Cybersecurity Schema that the names are taken from: the
// first in which a finding has is_alert, a connection community_uid, and the base
// event a device.
const ocsfVersion = "1.4.0"

// The classes of events that are written, with the categories they are of.
const (
	ocsfFinding    = 2
	ocsfDetection  = 2004
	ocsfNetwork    = 4
	ocsfConnection = 4001
	ocsfOther      = 99
)

// appendOCSF appends an event of the Open Cybersecurity Schema Framework: an
// alarm as a Detection Finding, a touch as Network Activity, and what the sensor
// says of itself as the base event, since no class is made for that.
//
// An event is never changed: each record of an alarm is one more, all with its id
// as finding_info.uid, and activity_id tells Create, Update and Close apart.
// metadata.uid is an event's own.
func appendOCSF(dst []byte, r klaxon.Record) []byte {
	o := &object{append(dst, '{')}
	switch r := r.(type) {
	case *klaxon.Touch:
		ocsfTouch(o, r)
	case *klaxon.Alarm:
		ocsfAlarm(o, r)
	case *klaxon.Health:
		ocsfHealth(o, r)
	default:
		headline(r) // panics
	}
	return append(o.buf, '}')
}

// ocsfClass writes what tells the class of an event and what it is one of.
func ocsfClass(o *object, category, class, activity int64, name, activityName string) {
	o.number("category_uid", category)
	o.number("class_uid", class)
	o.text("class_name", name, wordCap)
	o.number("activity_id", activity)
	o.text("activity_name", activityName, wordCap)
	o.number("type_uid", class*100+activity)
}

func ocsfSeverity(o *object, id int64) {
	o.number("severity_id", id)
	o.word("severity", [...]string{"Unknown", "Informational", "Low", "Medium", "High", "Critical"}[id])
}

// ocsfHead writes what every event has. Its own id is its place in the records of
// the sensor's run; alarm is what it belongs to, "" for nothing.
func ocsfHead(o *object, sensor, boot string, seq uint64, id, alarm string) {
	if seq > 0 {
		id = boot + "." + strconv.FormatUint(seq, 10)
	}
	o.in("metadata", func() {
		o.word("version", ocsfVersion)
		o.in("product", func() {
			o.word("name", "klaxond")
			o.word("vendor_name", "klaxon")
		})
		o.text("uid", id, nameCap)
		o.word("correlation_uid", alarm)
		o.count("sequence", seq)
		words(o, "profiles", []string{"host"})
	})
	o.in("device", func() {
		o.number("type_id", ocsfOther) // with its type in words
		o.word("type", "IDS")
		o.text("hostname", sensor, nameCap)
	})
}

func ocsfTouch(o *object, t *klaxon.Touch) {
	activity, name := int64(6), "Traffic" // a datagram opens nothing
	if t.Proof >= klaxon.ProofHandshake {
		activity, name = 1, "Open"
	}
	ocsfClass(o, ocsfNetwork, ocsfConnection, activity, "Network Activity", name)
	ocsfSeverity(o, map[bool]int64{true: 2, false: 1}[t.Proof >= klaxon.ProofHandshake])
	o.milli("time", t.Time)
	o.text("message", headline(t), whyCap)
	ocsfHead(o, t.Sensor, t.Boot, t.Seq, t.ID, "")
	ocsfEndpoints(o, t)
	o.in("unmapped", func() {
		o.word("zone", string(t.Zone))
		o.word("proof", t.Proof.String())
		words(o, "marks", t.Marks)
		ownTouch(o, t)
	})
}

func ocsfEndpoints(o *object, t *klaxon.Touch) {
	ocsfSource(o, &t.Source, interfaceOf(t.Interface, t.Source.Addr))
	o.in("dst_endpoint", func() {
		o.addr("ip", t.Target.Addr)
		o.number("port", int64(t.Target.Port))
		o.text("svc_name", t.Service, wordCap)
	})
	ocsfConnectionInfo(o, t.Transport, t.Source.Addr, t.Zone, t.CommunityID)
}

func ocsfSource(o *object, e *klaxon.Endpoint, nic string) {
	o.in("src_endpoint", func() {
		o.addr("ip", e.Addr)
		o.count("port", uint64(e.Port))
		o.text("hostname", e.Name, nameCap)
		o.word("mac", mac(e.MAC))
		if e.Addr.IsValid() {
			o.word("interface_name", nic)
		}
	})
}

func ocsfConnectionInfo(o *object, t klaxon.Transport, source netip.Addr, zone klaxon.Zone, community string) {
	o.in("connection_info", func() {
		o.number("direction_id", map[klaxon.Zone]int64{klaxon.ZoneOutside: 1, klaxon.ZoneInside: 3}[zone])
		if t != 0 {
			o.number("protocol_num", int64(t))
			o.word("protocol_name", t.String())
		}
		if source.IsValid() {
			o.number("protocol_ver_id", map[bool]int64{true: 4, false: 6}[source.Unmap().Is4()])
		}
		o.flow("community_uid", community)
	})
}

func ocsfHealth(o *object, h *klaxon.Health) {
	ocsfClass(o, 0, 0, ocsfOther, "Base Event", string(h.What))
	severity := int64(3)
	switch h.What {
	case klaxon.HealthSilence:
		severity = 1 // it detects again
		if h.Count > 0 {
			severity = 5
		}
	case klaxon.HealthWeather, klaxon.HealthAllow, klaxon.HealthTest:
		severity = 1
	case klaxon.HealthHeldBack:
		if h.Count > 0 {
			severity = 1 // by budgets, as they are meant
		}
	}
	ocsfSeverity(o, severity)
	o.milli("time", h.Time)
	o.milli("start_time", h.Since)
	o.count("count", min(h.Count, countCap))
	o.text("message", headline(h), whyCap)
	o.text("status_detail", h.Detail, detailCap)
	ocsfHead(o, h.Sensor, h.Boot, h.Seq, h.ID, "")
	o.in("unmapped", func() {
		o.word("what", string(h.What))
		o.word("output", h.Output)
	})
}
