package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"klaxon/internal/check"
	"klaxon/internal/config"
)

const checkUsage = `usage: klaxonctl check [-config FILE]

Reads klaxond's configuration and says what is wrong with it, as its own check
does: 0 it is good, 1 it is not, 2 it cannot be read. Of a good one it also warns
where programs, configuration or records are open to everybody or lie on a disk
of another machine, where no copy of the log leaves this host, and, when run as
root, where no reload could read the configuration, and which traps the host's own
firewall keeps probes from, and by which rule.
`

func runCheck(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	file := fs.String("config", "", "")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(stdout, checkUsage)
		return exitDone
	case err != nil || fs.NArg() > 0:
		if err == nil {
			err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
		}
		fmt.Fprintf(stderr, "klaxonctl check: %v\n", err)
		seeHelp(stderr, "check")
		return exitUsage
	}
	return check.Run("klaxonctl check", *file, config.PathsFor(os.Geteuid(), os.Getenv), stdout, stderr)
}
