// Klaxond arms many traps in one process and tells who touches them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"klaxon/internal/check"
	"klaxon/internal/config"
)

// version is set at link time.
var version = "devel"

// Exit codes, the same for every program of the project.
const (
	exitDone  = 0
	exitNo    = 1 // it ran and the answer is no
	exitUsage = 2 // usage or environment
)

const usage = `usage: klaxond [-config FILE] [-check] [-version]

Arms traps on unused ports, watches the wire, and tells who scans. Without a file
it arms the profiles classic and modern on every address, and as root hears what
comes to this host.

  -config FILE  read FILE instead of %s
  -check        read the configuration, say what is wrong with it, and end:
                0 it is good, 1 it is not
  -version      print the version and end

SIGHUP reads the configuration again and reopens the JSON file; SIGINT and
SIGTERM end it. NO_COLOR switches colour off. More: man klaxond, man klaxon.toml
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	paths := config.PathsFor(os.Geteuid(), os.Getenv)
	fs := flag.NewFlagSet("klaxond", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	file := fs.String("config", "", "")
	checkOnly := fs.Bool("check", false, "")
	show := fs.Bool("version", false, "")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, usage, paths.Config)
		return exitDone
	case err != nil || fs.NArg() > 0:
		if err == nil {
			err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
		}
		fmt.Fprintf(stderr, "klaxond: %v\nklaxond -h tells all\n", err)
		return exitUsage
	case *show:
		fmt.Fprintf(stdout, "klaxond %s\n", version)
		return exitDone
	}
	if *checkOnly {
		return check.Run("klaxond", *file, paths, stdout, stderr)
	}
	d, err := newDaemon(*file, paths, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "klaxond: %v\n", err)
		return exitUsage
	}
	// A terminal or pipe that goes away ends one output, not the daemon.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := d.run(ctx); err != nil {
		fmt.Fprintf(stderr, "klaxond: %v\n", err)
		return exitUsage
	}
	return exitDone
}
