package config

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
)

// Check reads a configuration as Load does, says what is wrong with it, and
// returns an exit code: 0 it is good, 1 it is not, 2 it cannot be read.
// klaxond -check and klaxonctl check are this; program is which of them.
func Check(program, name string, paths Paths, services func([]string) error, stdout, stderr io.Writer) int {
	c, warnings, err := Load(name, paths, services)
	for _, w := range warnings {
		fmt.Fprintf(stderr, "warning: %s\n", w)
	}
	if problems, ok := err.(Errors); ok {
		fmt.Fprintln(stderr, problems)
		return 1
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", program, err)
		return 2
	}
	what := fmt.Sprintf("services %v, ident %s", c.Services, c.Ident)
	if c.Mode == ModePassive {
		what = "no trap"
	}
	fmt.Fprintf(stdout, "the configuration is good (%s): sensor %s, %s, mode %s\n", sources(name, paths), c.Sensor, what, c.Mode)
	return 0
}

// sources says which files a configuration was read from.
func sources(name string, paths Paths) string {
	main := cmp.Or(name, paths.Config)
	files, err := Files(name, paths)
	if err != nil {
		return main // it could be read a moment ago
	}
	s := "no file at " + main + ", so the defaults"
	if len(files) > 0 && files[0] == main {
		s, files = main, files[1:]
	}
	if n := len(files); n > 0 {
		plural := "s"
		if n == 1 {
			plural = ""
		}
		s += fmt.Sprintf(", and %d file%s of %s", n, plural, filepath.Join(filepath.Dir(main), "conf.d"))
	}
	return s
}
