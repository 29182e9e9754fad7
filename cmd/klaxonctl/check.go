package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"klaxon/internal/config"
	"klaxon/internal/services"
)

const checkUsage = `usage: klaxonctl check [-config FILE]

Reads klaxond's configuration and says what is wrong with it, as its own check
does: 0 it is good, 1 it is not, 2 it cannot be read. Of a good one it also warns
where programs, configuration or records are open to everybody or lie on a disk
of another machine, and where no copy of the log leaves this host.
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
		fmt.Fprintf(stderr, "klaxonctl check: %v\n%s", err, checkUsage)
		return exitUsage
	}
	judge := func(specs []string) error {
		_, err := services.Parse(specs)
		return err
	}
	paths := config.PathsFor(os.Geteuid(), os.Getenv)
	code := config.Check(*file, paths, judge, stdout, stderr)
	if code == exitDone {
		warnAround(*file, paths, judge, stderr)
	}
	return code
}
