// Package check is klaxonctl check and klaxond -check: it reads the configuration as
// klaxond does, and looks at what around klaxond would leave it deaf, silent or known
// to everybody.
package check

import (
	"fmt"
	"io"

	"klaxon/internal/config"
	"klaxon/internal/render"
	"klaxon/internal/services"
)

// Run checks a configuration and its surroundings, and returns an exit code: 0 the
// configuration is good, 1 it is not, 2 it cannot be read. program names who asks.
func Run(program, file string, paths config.Paths, stdout, stderr io.Writer) int {
	code := config.Check(program, file, paths, services.Check, stdout, stderr)
	if code != 0 {
		return code
	}
	c, _, err := config.Load(file, paths, services.Check)
	if err != nil {
		return code // it was good a moment ago: whoever edits it now checks again
	}
	if file == "" {
		file = paths.Config
	}
	warn := func(list []string) {
		for _, w := range list {
			fmt.Fprintf(stderr, "warning: %s\n", shown(w))
		}
	}
	warn(absent(&c, interfaceThere, local()))
	warn(broken(paths))
	warn(outputs(&c))
	s := host()
	warn(s.warnings(&c, file, self()))
	blocked, warnings := shields(&c)
	for _, note := range []string{s.anchors(&c), blocked} {
		if note != "" {
			fmt.Fprintf(stdout, "%s\n", shown(note))
		}
	}
	warn(warnings)
	return code
}

// shownMax holds any path or rule.
const shownMax = 4096

// shown is text with bytes that others chose, fit for a terminal.
func shown(s string) string { return string(render.AppendText(nil, []byte(s), shownMax)) }
