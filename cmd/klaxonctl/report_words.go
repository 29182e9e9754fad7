package main

import (
	"fmt"
	"strconv"
	"strings"

	"klaxon"
	"klaxon/internal/render"
)

// headline is a report in one sentence.
func (s *summary) headline() string {
	if s.alarmsAll == 0 && s.touches == 0 {
		return "nothing rang, and no trap was touched"
	}
	text := amount(s.alarmsAll, "alarm", "alarms")
	var parts []string
	for n := 5; n >= 1; n-- {
		if s.severity[n] > 0 {
			parts = append(parts, fmt.Sprintf("%d of severity %d", s.severity[n], n))
		}
	}
	if s.retracted > 0 {
		parts = append(parts, fmt.Sprintf("%d taken back", s.retracted))
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text + " and " + amount(s.touches, "touch", "touches") + " of traps, by " + amount(len(s.sources.names), "source", "sources")
}

// period is what a report is about, and what of it is not kept.
func (s *summary) period() string {
	text := s.look.full(s.from) + " to " + s.look.full(s.to)
	if s.storeFrom.After(s.from) {
		text += "; nothing is kept from before " + s.look.full(s.storeFrom)
	}
	return text
}

// grid is a table of cells, which are raw but for those of ours.
type grid struct {
	title string
	note  string
	head  []string
	rows  [][]string
}

func (s *summary) grids() []grid {
	return []grid{
		s.tallyGrid("sources", "source", s.sources), s.tallyGrid("services", "service", s.services),
		s.tallyGrid("tools", "tool", s.tools), s.alarmGrid(), s.healthGrid(),
	}
}

func (s *summary) tallyGrid(title, name string, t *tallies) grid {
	g := grid{title: title, head: []string{name, "alarms", "severity", "touches", "probes", "last"}}
	for _, x := range t.sorted(reportTop) {
		g.rows = append(g.rows, []string{
			x.Name, render.Grouped(uint64(x.Alarms)), strconv.Itoa(x.Severity), orDash(known(x.Touches)), orDash(known(x.Probes)), s.look.when(x.Last),
		})
	}
	if n := len(t.names) - len(g.rows); n > 0 {
		g.note = fmt.Sprintf("and %d more", n)
	}
	return g
}

func (s *summary) alarmGrid() grid {
	g := grid{title: "alarms", head: []string{"last", "severity", "source", "what", "targets", "proof", "state", "why", "id"}}
	for _, a := range s.alarms {
		g.rows = append(g.rows, []string{
			s.look.when(a.Last), strconv.Itoa(a.Severity), sourceOf(a), whatOf(a, 3), targetsOf(&a.Targets), a.Proof.String(),
			stateOf(a, s.boot), a.Why, a.ID[:min(len(a.ID), shortID)],
		})
	}
	if n := s.alarmsAll - len(g.rows); n > 0 {
		g.note = fmt.Sprintf("the most severe; klaxonctl alarms tells of %d more", n)
	}
	return g
}

func (s *summary) healthGrid() grid {
	g := grid{title: "what klaxond says of itself", head: []string{"time", "what", "count", "text"}}
	for _, h := range s.health {
		text := string(render.AppendHealthText(nil, h, s.look.loc))
		count := render.Grouped(h.Count)
		if h.Count == 0 {
			count = "-" // it is about no number of things
		}
		g.rows = append(g.rows, []string{s.look.when(h.Time), string(h.What), count, text})
	}
	if n := s.healthAll - len(g.rows); n > 0 {
		g.note = fmt.Sprintf("the newest; %d more are in klaxonctl export -type health", n)
	}
	return g
}

// title names the picture of an alarm.
func title(a *klaxon.Alarm) string {
	return fmt.Sprintf("%s: %s, severity %d", sourceOf(a), whatOf(a, 3), a.Severity)
}

// cellsMax bounds a text in a report's cell.
const textMax = 512
