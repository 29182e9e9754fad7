package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/plot"
)

// The chart's own size: it fits a terminal of 80 columns.
const (
	chartRows    = 14
	chartColumns = 60
)

// shades are for 0, 1, up to 3, 9, 27 and more of a cell.
const shades = " .:+*#"

// lane is one row of a chart: a range of ports of one transport, or what has no
// ports.
type lane struct {
	label       string
	band        plot.Band
	transport   klaxon.Transport
	first, last uint16
	cells       [chartColumns]int
}

// chartOf draws ports over time in text, "" for nothing.
func chartOf(spots []spot, loc *time.Location) string {
	if len(spots) == 0 {
		return ""
	}
	from, to := spots[0].Time, spots[0].Time
	for _, s := range spots {
		from, to = min(from, s.Time), max(to, s.Time)
	}
	width := max(to-from, 1)
	lanes := lanesOf(spots)
	for _, s := range spots {
		for i := range lanes {
			if lanes[i].has(&s) {
				lanes[i].cells[min(int(float64(s.Time-from)/float64(width)*chartColumns), chartColumns-1)]++
				break
			}
		}
	}
	var b strings.Builder
	for i := range lanes {
		lanes[i].write(&b)
	}
	start, end := time.Unix(0, from).In(loc), time.Unix(0, to).In(loc)
	fmt.Fprintf(&b, "%16s +%s+\n", "", strings.Repeat("-", chartColumns))
	fmt.Fprintf(&b, "%16s  %-*s%s\n", "", chartColumns-len(time.TimeOnly), start.Format(time.TimeOnly), end.Format(time.TimeOnly))
	fmt.Fprintf(&b, "%16s  %s drawn, in %s; . is one, # more than 27 of a cell\n", "", amount(len(spots), "packet or touch", "packets and touches"), span(time.Duration(to-from)))
	return b.String()
}

func (l *lane) has(s *spot) bool {
	return s.Band == l.band && s.transport == l.transport && (l.transport == 0 || s.Port >= l.first && s.Port <= l.last)
}

func (l *lane) write(b *strings.Builder) {
	fmt.Fprintf(b, "%16s |", l.label)
	for _, n := range l.cells {
		level := 0
		for step := 1; n >= step && level < len(shades)-1; step *= 3 {
			level++
		}
		b.WriteByte(shades[level])
	}
	b.WriteString("|\n")
}

// lanesOf gives each port a row, or where they are too many each range of about
// as many of them.
func lanesOf(spots []spot) (lanes []lane) {
	ports := map[klaxon.Transport][]uint16{}
	bands := map[plot.Band]bool{}
	for _, s := range spots {
		if s.Band != plot.Ports {
			bands[s.Band] = true
		} else {
			ports[s.transport] = append(ports[s.transport], s.Port)
		}
	}
	all := 0
	for t := range ports {
		slices.Sort(ports[t])
		ports[t] = slices.Compact(ports[t])
		all += len(ports[t])
	}
	for _, t := range []klaxon.Transport{klaxon.TCP, klaxon.UDP, klaxon.SCTP} {
		list := ports[t]
		per := 1
		if all > chartRows {
			rows := max(1, chartRows*len(list)/all)
			per = (len(list) + rows - 1) / rows
		}
		for i := 0; i < len(list); i += per {
			lanes = append(lanes, portLane(t, list[i], list[min(i+per, len(list))-1]))
		}
	}
	for band, name := range []string{plot.ICMP: "icmp", plot.Neighbour: "arp, nd", plot.Protocol: "protocols"} {
		if bands[plot.Band(band)] && name != "" {
			lanes = append(lanes, lane{label: name, band: plot.Band(band)})
		}
	}
	return lanes
}

func portLane(t klaxon.Transport, first, last uint16) lane {
	l := lane{label: fmt.Sprintf("%s %d", t, first), transport: t, first: first, last: last}
	if last != first {
		l.label += fmt.Sprintf("-%d", last)
	}
	return l
}
