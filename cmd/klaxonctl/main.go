// Klaxonctl is the hand: it prints what an operator needs to set traps up, and
// asks a running klaxond what it saw.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"klaxon/internal/nearest"
)

// version is set at link time.
var version = "devel"

// Exit codes, the same for every program of the project.
const (
	exitDone  = 0
	exitNo    = 1 // it ran, and the answer is no
	exitUsage = 2 // usage or environment
	exitDoubt = 3 // verify: the store is well, and the log has anchors of another one
)

// command is one subcommand.
type command struct {
	name    string
	summary string
	run     func(args []string, stdout, stderr io.Writer) int
}

// commands is a function, for completion is a command that lists them.
func commands() []command {
	return []command{
		{"status", "what klaxond does: traps, wire, rates, outputs, store", runStatus},
		{"alarms", "the alarms, newest first", runAlarms},
		{"show", "all that is kept of one alarm", runShow},
		{"why", "what is known of an address, and what is missing for an alarm", runWhy},
		{"tail", "what klaxond records, as it happens", runTail},
		{"top", "the busiest sources, services or techniques", runTop},
		{"report", "a summary of days, in HTML or Markdown", runReport},
		{"export", "records as JSON lines or CSV", runExport},
		{"verify", "hold the store against its chain of hashes and its anchors", runVerify},
		{"allow", "expect a source for a while, or list what is expected", runAllow},
		{"disallow", "expect it no longer", runDisallow},
		{"learn", "watch for a while and propose what to expect", runLearn},
		{"drill", "touch klaxond's traps and see what arrives where", runDrill},
		{"what-if", "what would have rung in a capture under today's configuration", runWhatIf},
		{"services", "the catalogue, and ready lines for inetd, xinetd, systemd, launchd", runServices},
		{"check", "read klaxond's configuration and say what is wrong with it", runCheck},
		{"completion", "a script that completes commands and flags in your shell", runCompletion},
	}
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
	case "help":
		return help(args[1:], stdout, stderr)
	case "-version", "--version", "version":
		printVersion(stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "klaxonctl: %s\n", unknown(args[0]))
	fmt.Fprintf(stderr, "%s -h lists the commands\n", typed())
	return exitUsage
}

// unknown says what is wrong with what should be a command.
func unknown(word string) string {
	if strings.HasPrefix(word, "-") {
		return fmt.Sprintf("%.40q stands before the command: flags come after it", word)
	}
	if near, edits := nearest.To(word, names()); nearest.Slip(word, edits) {
		return fmt.Sprintf("unknown command %.40q; did you mean %s?", word, near)
	}
	return fmt.Sprintf("unknown command %.40q", word)
}

// help tells of klaxonctl, or of one of its commands.
func help(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printUsage(stdout)
		return exitDone
	}
	return run([]string{args[0], "-h"}, stdout, stderr)
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "usage: klaxonctl COMMAND [-h] [flags] [arguments]\n       klaxonctl -h | -version\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s%s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nklaxonctl COMMAND -h tells more; so does man klaxonctl\n")
}

func printVersion(w io.Writer) { fmt.Fprintf(w, "klaxonctl %s\n", version) }
