package config

import (
	"fmt"
	"io"
)

// Check reads a configuration as Load does, says what is wrong with it, and
// returns an exit code: 0 it is good, 1 it is not, 2 it cannot be read.
// klaxond -check and klaxonctl check are this.
func Check(name string, paths Paths, services func([]string) error, stdout, stderr io.Writer) int {
	c, warnings, err := Load(name, paths, services)
	for _, w := range warnings {
		fmt.Fprintf(stderr, "warning: %s\n", w)
	}
	if problems, ok := err.(Errors); ok {
		fmt.Fprintln(stderr, problems)
		return 1
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintf(stdout, "the configuration is good: sensor %s, services %v, ident %s, mode %s\n", c.Sensor, c.Services, c.Ident, c.Mode)
	return 0
}
