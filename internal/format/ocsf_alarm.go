package format

import "klaxon"

func ocsfAlarm(o *object, a *klaxon.Alarm) {
	life := ocsfLifeOf(a.Event)
	ocsfClass(o, ocsfFinding, ocsfDetection, life.activity, "Detection Finding", life.activityName)
	ocsfSeverity(o, int64(min(max(a.Severity, 0), 5)))
	o.number("status_id", life.status)
	o.word("status", life.statusName)
	o.flag("is_alert", !over(a))
	o.milli("time", a.Time)
	o.milli("start_time", a.First)
	o.milli("end_time", a.Last)
	o.count("count", min(a.Probes, countCap))
	o.text("message", headline(a), whyCap)
	ocsfConfidence(o, a.Confidence)
	ocsfHead(o, a.Sensor, a.Boot, a.Seq, a.ID, a.ID)
	o.in("finding_info", func() { ocsfInfo(o, a) })
	o.list("evidences", func() { ocsfEvidences(o, a) })
	o.in("unmapped", func() {
		o.word("event", string(a.Event))
		o.word("zone", string(a.Zone))
		words(o, "technique", a.Techniques)
		o.word("shape", string(a.Shape))
		words(o, "marks", a.Marks)
		o.word("proof", a.Proof.String())
		ownScan(o, &a.Scan)
		o.text("evidence", a.Evidence, nameCap)
		o.count("held_back", a.HeldBack)
		if a.Touch != nil {
			ownTouch(o, a.Touch)
		}
	})
}

type ocsfLife struct {
	activity     int64
	activityName string
	status       int64
	statusName   string
}

// ocsfLifeOf says what an event of an alarm is there. Suppressed is what a
// finding becomes that proved to be harmless.
func ocsfLifeOf(e klaxon.Event) ocsfLife {
	switch e {
	case klaxon.EventOpen:
		return ocsfLife{1, "Create", 1, "New"}
	case klaxon.EventRetract:
		return ocsfLife{3, "Close", 3, "Suppressed"}
	case klaxon.EventClose:
		return ocsfLife{3, "Close", 4, "Resolved"}
	}
	return ocsfLife{2, "Update", 1, "New"}
}

func ocsfConfidence(o *object, c klaxon.Confidence) {
	o.number("confidence_id", int64(c)+1)
	o.word("confidence", [...]string{"Low", "Medium", "High"}[min(c, klaxon.Proven)])
}

func ocsfInfo(o *object, a *klaxon.Alarm) {
	o.word("uid", a.ID)
	o.text("title", subject(a), whyCap)
	o.text("desc", a.Why, whyCap)
	words(o, "types", []string{ecsAction(a.Shape)})
	o.milli("first_seen_time", a.First)
	o.milli("last_seen_time", a.Last)
	o.in("analytic", func() {
		o.text("name", joined(a.Techniques)+"/"+string(a.Shape), whyCap)
		o.number("type_id", 2)
		o.word("type", "Behavioral")
	})
	o.list("attacks", func() {
		for _, t := range attack(&a.Scan) {
			o.item(func() {
				o.word("version", "17")
				o.in("tactic", func() { ocsfNamed(o, t.tactic, t.tacticName) })
				o.in("technique", func() { ocsfNamed(o, t.id, t.name) })
			})
		}
	})
	if a.Prev != "" {
		o.list("related_events", func() {
			o.item(func() { o.word("uid", a.Prev) })
		})
	}
}

func ocsfNamed(o *object, id, name string) {
	o.word("uid", id)
	o.word("name", name)
}

// ocsfEvidences writes the source with the target, when there is one of each,
// and else each of those there are many of.
func ocsfEvidences(o *object, a *klaxon.Alarm) {
	if t := a.Touch; t != nil {
		o.item(func() { ocsfEndpoints(o, t) })
		return
	}
	if a.Source.Addr.IsValid() {
		o.item(func() {
			ocsfSource(o, &a.Source, interfaceOf(a.Interface, a.Source.Addr))
			o.in("dst_endpoint", func() {
				o.addr("ip", onlyTarget(&a.Targets))
				if p, ok := onlyPort(&a.Targets); ok {
					o.number("port", int64(p.Number))
				}
			})
			ocsfConnectionInfo(o, transport(&a.Targets), a.Source.Addr, a.Zone, "")
		})
	}
	for _, s := range a.Sources[:min(len(a.Sources), addrsCap)] {
		o.item(func() {
			o.in("src_endpoint", func() { o.addr("ip", s) })
		})
	}
	if onlyTarget(&a.Targets).IsValid() && a.Source.Addr.IsValid() {
		return
	}
	for _, d := range a.Targets.Dst[:min(len(a.Targets.Dst), addrsCap)] {
		o.item(func() {
			o.in("dst_endpoint", func() { o.addr("ip", d) })
		})
	}
}
