// Klaxonctl is the hand: it prints what an operator needs to set traps up. It
// prints no colour, so NO_COLOR has nothing to switch off.
package main

import (
	"fmt"
	"io"
	"os"
)

// version is set at link time.
var version = "devel"

// Exit codes, the same for every program of the project.
const (
	exitDone  = 0
	exitUsage = 2 // usage or environment; check also ends with 1: it ran, and the answer is no
)

// command is one subcommand.
type command struct {
	name    string
	summary string
	run     func(args []string, stdout, stderr io.Writer) int
}

var commands = []command{
	{"services", "the catalogue, and ready lines for inetd, xinetd, systemd, launchd", runServices},
	{"check", "read klaxond's configuration and say what is wrong with it", runCheck},
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printUsage(stderr)
		return exitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help":
		printUsage(stdout)
		return exitDone
	case "-version", "--version":
		printVersion(stdout)
		return exitDone
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "klaxonctl: unknown command %q\n", args[0])
	printUsage(stderr)
	return exitUsage
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "usage: klaxonctl COMMAND [-h] [flags] [arguments]\n       klaxonctl -h | -version\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s%s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nklaxonctl COMMAND -h tells more; so does man klaxonctl\n")
}

func printVersion(w io.Writer) { fmt.Fprintf(w, "klaxonctl %s\n", version) }
