package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// markdown writes a report as Markdown.
func (s *summary) markdown(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "# klaxon on %s\n\n%s.\n\nPeriod: %s. Made %s.\n", inMarkdown(s.sensor), s.headline(), s.period(), s.look.full(s.made))
	for _, text := range s.failing {
		fmt.Fprintf(w, "\n**Amiss:** %s\n", inMarkdown(text))
	}
	if chart := chartOf(s.spots, s.look.loc); chart != "" {
		fmt.Fprintf(w, "\n## ports over time\n\n%s", indented(chart))
	}
	for _, a := range s.alarms[:min(len(s.alarms), reportOwn)] {
		if chart := chartOf(s.own[a.ID], s.look.loc); s.drawn(a) && chart != "" {
			fmt.Fprintf(w, "\n### %s\n\n%s", inMarkdown(title(a)), indented(chart))
		}
	}
	for _, g := range s.grids() {
		if len(g.rows) > 0 {
			g.markdown(w)
		}
	}
	return w.Flush()
}

// indented is a block of code, which no text within can end.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

func (g *grid) markdown(w io.Writer) {
	fmt.Fprintf(w, "\n## %s\n\n| %s |\n|%s\n", g.title, strings.Join(g.head, " | "), strings.Repeat(" --- |", len(g.head)))
	for _, row := range g.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = inMarkdown(cell)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	if g.note != "" {
		fmt.Fprintf(w, "\n%s\n", g.note)
	}
}

// inMarkdown writes any text so that it is nothing but text there: what Markdown
// or HTML within it would take for more is escaped.
func inMarkdown(s string) string {
	var b strings.Builder
	for _, c := range shownOrSafe(s) {
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]()#+!|~>$^", c):
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '@':
			b.WriteString("&#64;") // no address becomes a link
		default:
			b.WriteRune(c)
		}
	}
	return strings.ReplaceAll(b.String(), "://", ":\\/\\/")
}

// shownOrSafe leaves printable ASCII as it is, and makes anything else so.
func shownOrSafe(s string) string {
	s = shown(s)
	if len(s) > textMax {
		return s[:textMax] + "~"
	}
	return s
}
