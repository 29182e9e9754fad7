package format

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"klaxon"
)

// ecsVersion is the Elastic Common Schema that the names are taken from.
const ecsVersion = "8.17.0"

// appendECS appends a document of the Elastic Common Schema. What has no field
// there stands below "klaxon".
//
// A document is never changed: each record of an alarm is one more, all with the
// alarm's id as event.id. Alarms that open or change are event.kind "alert";
// their end is an "event" of type "end", so that who counts alerts counts no
// alarm for having ended.
func appendECS(dst []byte, r klaxon.Record) []byte {
	o := &object{append(dst, '{')}
	switch r := r.(type) {
	case *klaxon.Touch:
		ecsTouch(o, r)
	case *klaxon.Alarm:
		ecsAlarm(o, r)
	case *klaxon.Health:
		ecsHealth(o, r)
	default:
		headline(r) // panics
	}
	return append(o.buf, '}')
}

func ecsHead(o *object, t time.Time, r klaxon.Record) {
	o.stamp("@timestamp", t, time.RFC3339Nano)
	o.in("ecs", func() { o.word("version", ecsVersion) })
	o.text("message", headline(r), whyCap)
}

func ecsObserver(o *object, sensor, nic string) {
	o.in("observer", func() {
		o.text("name", sensor, nameCap)
		o.word("vendor", "klaxon")
		o.word("product", "klaxond")
		o.word("type", "ids")
		o.in("ingress", func() {
			o.in("interface", func() { o.word("name", nic) })
		})
	})
}

func ecsEvent(o *object, kind, dataset, action string, categories, types []string, fill func()) {
	o.in("event", func() {
		o.word("kind", kind)
		words(o, "category", categories)
		words(o, "type", types)
		o.word("action", action)
		o.word("module", "klaxon")
		o.word("dataset", "klaxon."+dataset)
		o.word("provider", "klaxond")
		fill()
	})
}

func ecsTouch(o *object, t *klaxon.Touch) {
	ecsHead(o, t.Time, t)
	ecsEvent(o, "event", "touch", "touch", []string{"network"}, []string{"connection", "start"}, func() {
		o.word("id", t.ID)
		o.count("sequence", t.Seq)
	})
	ecsSource(o, &t.Source)
	o.in("destination", func() {
		o.addr("ip", t.Target.Addr)
		o.number("port", int64(t.Target.Port))
	})
	o.in("network", func() {
		ecsNetwork(o, t.Transport, t.Source.Addr, t.Zone)
		o.flow("community_id", t.CommunityID)
		if t.Payload != nil {
			o.word("protocol", strings.ToLower(t.Payload.Protocol))
		}
	})
	ecsObserver(o, t.Sensor, interfaceOf(t.Interface, t.Source.Addr))
	ecsRelated(o, t.Source.Name, t.Source.Addr, t.Target.Addr)
	words(o, "tags", t.Marks)
	o.in("klaxon", func() {
		o.word("boot", t.Boot)
		o.word("zone", string(t.Zone))
		o.word("proof", t.Proof.String())
		o.text("service", t.Service, wordCap)
		ownTouch(o, t)
	})
}

// ecsSource writes a link address as RFC 7042 has it, which ECS asks for.
func ecsSource(o *object, e *klaxon.Endpoint) {
	o.in("source", func() {
		o.addr("ip", e.Addr)
		o.count("port", uint64(e.Port))
		o.text("domain", e.Name, nameCap)
		o.word("mac", strings.ToUpper(strings.ReplaceAll(mac(e.MAC), ":", "-")))
	})
}

func ecsNetwork(o *object, t klaxon.Transport, source netip.Addr, zone klaxon.Zone) {
	o.word("transport", t.String())
	if t != 0 {
		o.word("iana_number", iana(t))
	}
	if source.IsValid() {
		o.word("type", map[bool]string{true: "ipv4", false: "ipv6"}[source.Unmap().Is4()])
	}
	switch zone {
	case klaxon.ZoneInside:
		o.word("direction", "internal")
	case klaxon.ZoneOutside:
		o.word("direction", "inbound")
	}
}

func iana(t klaxon.Transport) string {
	return map[klaxon.Transport]string{klaxon.TCP: "6", klaxon.UDP: "17", klaxon.SCTP: "132"}[t]
}

// ecsRelated lists each address once.
func ecsRelated(o *object, name string, list ...netip.Addr) {
	o.in("related", func() {
		addrs(o, "ip", distinct(list))
		if name != "" {
			o.list("hosts", func() { o.value(name, nameCap) })
		}
	})
}

func distinct(list []netip.Addr) (out []netip.Addr) {
	seen := map[netip.Addr]bool{}
	for _, a := range list {
		if a = bare(a); a.IsValid() && !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	return out
}

// ownTouch writes what of a touch has no field in any other schema.
func ownTouch(o *object, t *klaxon.Touch) {
	if t.Ident != nil {
		o.in("ident", func() {
			o.word("outcome", string(t.Ident.Outcome))
			o.text("claim", claim(t), claimCap)
		})
	}
	if p := t.Payload; p != nil {
		o.in("payload", func() {
			o.text("ascii", string(p.Sample), sampleCap)
			o.number("len", int64(max(p.Len, 0)))
			o.word("sha256", hex.EncodeToString(p.SHA256[:]))
		})
	}
}

func ecsHealth(o *object, h *klaxon.Health) {
	ecsHead(o, h.Time, h)
	ecsEvent(o, "event", "health", string(h.What), []string{"host"}, []string{"info"}, func() {
		o.word("id", h.ID)
		o.count("sequence", h.Seq)
		o.stamp("start", h.Since, time.RFC3339Nano)
		o.text("reason", h.Detail, detailCap)
	})
	ecsObserver(o, h.Sensor, "")
	o.in("klaxon", func() {
		o.word("boot", h.Boot)
		o.word("what", string(h.What))
		o.number("count", int64(min(h.Count, 1<<63-1)))
		o.word("output", h.Output)
	})
}
