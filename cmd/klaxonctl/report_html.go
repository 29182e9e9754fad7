package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"

	"klaxon/internal/render"
)

// reportPolicy lets the page show what is in it and nothing else: no script runs,
// nothing is fetched, nothing is sent, and no other page can frame it.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const reportStyle = `body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:76em;padding:0 1em;color:#1a1a1a;background:#fff}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}
table{border-collapse:collapse;width:100%;font-size:.9em}th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600}tr.s5 td{background:#fbe3e0}tr.s4 td{background:#fdf0e0}
.lead{font-size:1.1em}.note{color:#555}.amiss{border-left:4px solid #b3261e;padding-left:.8em}
svg{max-width:100%;height:auto}
@media print{body{margin:0;max-width:none}}`

// html writes a report as one page.
func (s *summary) html(to io.Writer) error {
	w := bufio.NewWriter(to)
	name := inHTML(s.sensor)
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"+
		"<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<title>klaxon on %s</title>\n<style>%s</style>\n</head>\n<body>\n", reportPolicy, name, reportStyle)
	fmt.Fprintf(w, "<h1>klaxon on %s</h1>\n<p class=\"lead\">%s.</p>\n<p class=\"note\">Period: %s. Made %s.</p>\n",
		name, inHTML(s.headline()), inHTML(s.period()), inHTML(s.look.full(s.made)))
	for _, text := range s.failing {
		fmt.Fprintf(w, "<p class=\"amiss\">Amiss: %s</p>\n", inHTML(text))
	}
	if err := s.picturesHTML(w); err != nil {
		return err
	}
	for _, g := range s.grids() {
		if len(g.rows) > 0 {
			g.html(w)
		}
	}
	fmt.Fprint(w, "</body>\n</html>\n")
	return w.Flush()
}

func (s *summary) picturesHTML(w io.Writer) error {
	if len(s.spots) == 0 && len(s.alarms) == 0 {
		return nil
	}
	svg, err := draw("ports against time", s.spots, s.alarms)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "<h2>ports against time</h2>\n%s", svg)
	if n := s.spotsAll - reportSpots; n > 0 {
		fmt.Fprintf(w, "<p class=\"note\">%s more touches are not drawn</p>\n", render.Grouped(uint64(n)))
	}
	for i, a := range s.alarms[:min(len(s.alarms), reportOwn)] {
		if !s.drawn(a) {
			continue
		}
		svg, err := draw(title(a), s.own[a.ID], s.alarms[i:i+1])
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "<h2>%s</h2>\n%s", inHTML(title(a)), svg)
	}
	return nil
}

func (g *grid) html(w io.Writer) {
	severity := -1
	fmt.Fprintf(w, "<h2>%s</h2>\n<table>\n<thead><tr>", inHTML(g.title))
	for i, h := range g.head {
		if h == "severity" {
			severity = i
		}
		fmt.Fprintf(w, "<th scope=\"col\">%s</th>", inHTML(h))
	}
	fmt.Fprint(w, "</tr></thead>\n<tbody>\n")
	for _, row := range g.rows {
		class := ""
		if severity >= 0 && (row[severity] == "4" || row[severity] == "5") {
			class = ` class="s` + row[severity] + `"`
		}
		fmt.Fprintf(w, "<tr%s>", class)
		for _, cell := range row {
			fmt.Fprintf(w, "<td>%s</td>", inHTML(cell))
		}
		fmt.Fprint(w, "</tr>\n")
	}
	fmt.Fprint(w, "</tbody>\n</table>\n")
	if g.note != "" {
		fmt.Fprintf(w, "<p class=\"note\">%s</p>\n", inHTML(g.note))
	}
}

// inHTML writes any text so that it is nothing but text there: printable ASCII
// first, then with the characters of HTML as their entities.
func inHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(shownOrSafe(s)), "`", "&#96;")
}
