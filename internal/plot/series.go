package plot

import (
	"maps"
	"net/netip"

	"klaxon"
	"klaxon/internal/render"
)

// series is one source, or the sources of one alarm, with a layer of its own.
// The zero value is a free one.
type series struct {
	label    string
	what     string // techniques, shape and tool, as the newest alarm told
	alarms   int    // that opened and were not retracted; 0 for a free series
	severity int    // the greatest
}

// Alarm marks an alarm and gives its source a colour, if one is left. It wants
// every event of an alarm's life.
func (p *Plot) Alarm(a *klaxon.Alarm) {
	switch a.Event {
	case klaxon.EventOpen:
		p.alarms++
	case klaxon.EventRetract:
		p.retract(a)
		return
	}
	p.mark(a)
	if keys := keysOf(a); len(keys) > 0 {
		p.tell(p.assign(a, keys), a)
	}
}

// tell notes what an alarm says of its series.
func (p *Plot) tell(l layer, a *klaxon.Alarm) {
	if l < firstSeries {
		return
	}
	s := &p.series[l]
	if a.Event == klaxon.EventOpen || s.alarms == 0 {
		s.alarms++
	}
	s.severity = max(s.severity, severityOf(a))
	s.label, s.what = who(a), what(a, techniquesMax)+tool(a)
}

// assign makes an alarm's sources one series and returns its layer.
func (p *Plot) assign(a *klaxon.Alarm, keys []key) layer {
	l, known := p.index[keys[0]]
	if !known && !p.room() {
		return otherTraffic
	}
	if l < firstSeries {
		l = p.claim(severityOf(a))
	}
	for _, k := range keys {
		if have, known := p.index[k]; known && have >= firstSeries || !known && len(p.index) >= indexMax {
			continue
		}
		p.index[k] = l
		p.memory.take(k, func(m moment) {
			p.grid.move(otherTraffic, l, m.row, m.at)
			p.totals[otherTraffic]--
			p.totals[l]++
		})
	}
	return l
}

// room tells whether another address can be known. When there is none, those
// without a series are forgotten: they are known again with their alarm's next
// event.
func (p *Plot) room() bool {
	if len(p.index) >= indexMax {
		p.forget(otherAlarmed)
	}
	return len(p.index) < indexMax
}

func (p *Plot) forget(l layer) {
	maps.DeleteFunc(p.index, func(_ key, have layer) bool { return have == l })
}

// claim returns a layer for a new series: a free one, else that of the least
// severe if the new one is more so, else the one all others share.
func (p *Plot) claim(severity int) layer {
	least := firstSeries
	for l := firstSeries; l < layers; l++ {
		if p.series[l].alarms == 0 {
			return l
		}
		if p.series[l].severity < p.series[least].severity {
			least = l
		}
	}
	if p.series[least].severity >= severity {
		return otherAlarmed
	}
	p.dissolve(least, otherAlarmed)
	return least
}

// dissolve frees a layer; its points and addresses join another. Sources that
// join other traffic are no longer known.
func (p *Plot) dissolve(l, into layer) {
	p.grid.fold(l, into)
	p.totals[into] += p.totals[l]
	p.totals[l], p.series[l] = 0, series{}
	if into == otherTraffic {
		p.forget(l)
		return
	}
	for k, have := range p.index {
		if have == l {
			p.index[k] = into
		}
	}
}

func (p *Plot) retract(a *klaxon.Alarm) {
	p.alarms -= min(p.alarms, 1)
	p.unmark(a.ID)
	keys := keysOf(a)
	if len(keys) == 0 {
		return
	}
	switch l := p.index[keys[0]]; {
	case l == otherAlarmed:
		delete(p.index, keys[0])
	case l < firstSeries:
	case p.series[l].alarms > 1:
		p.series[l].alarms--
	default:
		p.dissolve(l, otherTraffic)
	}
}

// keysOf lists the sources of an alarm, none for a flood: its sources are many
// and forged.
func keysOf(a *klaxon.Alarm) []key {
	if a.Shape == klaxon.ShapeFlood {
		return nil
	}
	var keys []key
	if a.Source.Addr.IsValid() {
		keys = append(keys, a.Source.Addr.As16())
	}
	for _, s := range a.Sources {
		if s.IsValid() {
			keys = append(keys, s.As16())
		}
	}
	return keys
}

// who names the source of an alarm, or the victim of a flood.
func who(a *klaxon.Alarm) string {
	switch {
	case a.Source.Addr.IsValid():
		return plain(address(a.Source.Addr), labelMax)
	case a.Shape == klaxon.ShapeFlood && len(a.Targets.Dst) > 0:
		return plain("on "+address(a.Targets.Dst[0]), labelMax)
	case len(a.Sources) > 1:
		more := max(a.SourcesTotal, len(a.Sources)) - 1
		return plain(address(a.Sources[0])+" +"+render.Grouped(more)+" more", labelMax)
	case len(a.Sources) > 0:
		return plain(address(a.Sources[0]), labelMax)
	}
	return "many sources"
}

func address(a netip.Addr) string { return a.Unmap().String() }

// what tells techniques, in so many bytes at most, and shape, e.g.
// "syn,udp/vertical".
func what(a *klaxon.Alarm, most int) string {
	var list []byte
	for i, t := range a.Techniques {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, t...)
	}
	return plain(string(list), most) + "/" + plain(string(a.Shape), shapeMax)
}

func tool(a *klaxon.Alarm) string {
	if a.Tool.Name == "" {
		return ""
	}
	return " by " + plain(a.Tool.Name, toolMax)
}
