package format

import (
	"time"

	"klaxon"
)

func ecsAlarm(o *object, a *klaxon.Alarm) {
	kind, types := ecsLife(a.Event)
	ecsHead(o, a.Time, a)
	ecsEvent(o, kind, "alarm", ecsAction(a.Shape), []string{"intrusion_detection", "network"}, types, func() {
		o.word("id", a.ID)
		o.count("sequence", a.Seq)
		o.number("severity", int64(a.Severity))
		o.text("reason", a.Why, whyCap)
		o.stamp("start", a.First, time.RFC3339Nano)
		o.stamp("end", a.Last, time.RFC3339Nano)
	})
	o.in("rule", func() {
		o.text("name", joined(a.Techniques)+"/"+string(a.Shape), whyCap)
		o.word("category", "scan")
	})
	ecsThreat(o, &a.Scan)
	ecsSource(o, &a.Source)
	o.in("destination", func() {
		o.addr("ip", onlyTarget(&a.Targets))
		if p, ok := onlyPort(&a.Targets); ok {
			o.number("port", int64(p.Number))
		}
	})
	o.in("network", func() { ecsNetwork(o, transport(&a.Targets), a.Source.Addr, a.Zone) })
	ecsObserver(o, a.Sensor, interfaceOf(a.Interface, a.Source.Addr))
	related := append(append(append(a.Targets.Dst[:0:0], a.Source.Addr), a.Sources...), a.Targets.Dst...)
	ecsRelated(o, a.Source.Name, related...)
	words(o, "tags", a.Marks)
	o.in("klaxon", func() { ecsOwn(o, a) })
}

func ecsLife(e klaxon.Event) (kind string, types []string) {
	switch e {
	case klaxon.EventOpen:
		return "alert", []string{"info", "start"}
	case klaxon.EventClose, klaxon.EventRetract:
		return "event", []string{"info", "end"}
	}
	return "alert", []string{"info"}
}

func ecsAction(s klaxon.Shape) string {
	switch s {
	case klaxon.ShapeFlood, klaxon.ShapeTouch:
		return string(s)
	}
	return "scan"
}

func ecsThreat(o *object, s *klaxon.Scan) {
	list := attack(s)
	if len(list) == 0 {
		return
	}
	var ids, names []string
	for _, t := range list {
		ids, names = append(ids, t.id), append(names, t.name)
	}
	o.in("threat", func() {
		o.key("framework")
		o.buf = append(o.buf, `"MITRE ATT\u0026CK"`...) // its "&" for JSON alone, not for markup
		o.in("tactic", func() {
			words(o, "id", []string{list[0].tactic}) // those of a scan are of one tactic
			words(o, "name", []string{list[0].tacticName})
		})
		o.in("technique", func() {
			words(o, "id", ids)
			words(o, "name", names)
		})
	})
}

// ecsOwn writes what ECS has no field for.
func ecsOwn(o *object, a *klaxon.Alarm) {
	o.word("event", string(a.Event))
	o.word("prev", a.Prev)
	o.word("boot", a.Boot)
	o.word("zone", string(a.Zone))
	words(o, "technique", a.Techniques)
	o.word("shape", string(a.Shape))
	o.word("proof", a.Proof.String())
	o.word("confidence", a.Confidence.String())
	ownScan(o, &a.Scan)
	o.text("evidence", a.Evidence, nameCap)
	o.count("held_back", a.HeldBack)
	if a.Touch != nil {
		o.text("service", a.Touch.Service, wordCap)
		ownTouch(o, a.Touch)
	}
}

// ownScan writes what of a scan has no field in any other schema.
func ownScan(o *object, s *klaxon.Scan) {
	o.in("tool", func() { o.word("name", s.Tool.Name) })
	o.count("sources", uint64(max(s.SourcesTotal, 0)))
	o.in("targets", func() {
		o.number("hosts", int64(max(s.Targets.Hosts, 0)))
		o.number("services", int64(max(s.Targets.Services, 0)))
		o.text("tcp", ranges(s.Targets.TCP), detailCap)
		o.text("udp", ranges(s.Targets.UDP), detailCap)
		o.text("sctp", ranges(s.Targets.SCTP), detailCap)
		o.text("protocols", ranges(s.Targets.Protocols), detailCap)
		o.list("open", func() {
			for _, p := range s.Targets.Open[:min(len(s.Targets.Open), addrsCap)] {
				o.next()
				o.value(port(p.Transport, p.Number), wordCap)
			}
		})
	})
	o.number("probes", int64(min(s.Probes, 1<<63-1)))
}
