// Tocsin listens to the wire, live or in a capture file, and tells who scans it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"klaxon/internal/sandbox"
)

// version is set at link time.
var version = "devel"

// Exit codes, the same for every program of the project. Tocsin has no use for
// 1, which says that it ran and the answer is no.
const (
	exitDone  = 0
	exitUsage = 2 // usage or environment
)

const usage = `usage: tocsin [-i INTERFACE]... [options] [SERVICE ...]
       tocsin -r FILE [options] [SERVICE ...]

Listens to the wire and tells who scans it; it sends nothing. Without -i it
takes the physical interfaces and lo. A SERVICE (courier, tcp/22, udp/1-1024) is
watched: a single probe of it, on any host, is told too.

  -i INTERFACE     listen there; may be repeated
  -r FILE          read a capture, pcap or pcapng, gzip too; - is standard input
  -w FILE          keep what is looked at, for -r
  -p               promiscuous, as on a mirror port; opens GRE, ERSPAN and VXLAN
  -json            JSON lines instead of lines for people
  -syslog          tell syslog as well
  -home CIDR,...   networks that count as inside, beside private ones
  -dark CIDR,...   networks without a single host
  -allow FILE      sources that are expected to scan, one address or CIDR a line
  -one-way         answers cannot be heard here
  -floor LEVEL     tell suspect, established (default) or proven, and surer
  -mem SIZE        of all tables, default 64M
  -seed N          key of the hash tables, default random
  -filter-file F   keep what passes this too: output of tcpdump -ddd
  -sensor NAME     name in alarms, default the host's
  -plot FILE       draw ports against time, as FILE.svg or FILE.png
  -evidence DIR    keep the packets of each alarm there, for -r
  -v               suspects too, and a summary by reason
  -q               no notes and no summary
  -version         print the version and end

Ctrl-C closes the alarms and sums up; a second one ends at once. More: man tocsin
`

func main() {
	// The tables are most of the heap and hold no pointer: to collect often costs
	// next to nothing, and what alarms leave behind never amounts to much.
	debug.SetGCPercent(25)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitDone
	case err != nil:
		fmt.Fprintf(stderr, "tocsin: %v\ntocsin: `tocsin -h` tells all options\n", err)
		return exitUsage
	case o.version:
		fmt.Fprintf(stdout, "tocsin %s\n", version)
		return exitDone
	}
	s := &session{options: o, stdout: stdout, stderr: stderr, drop: dropPrivilege}
	if err := s.open(); err != nil {
		s.complain(err)
		s.close()
		return exitUsage
	}
	ctx, stop := untilSignal()
	defer stop()
	return s.run(ctx, stop)
}

// untilSignal returns a context that ends at the first signal. The second one
// then does what signals do. A pipe that goes away ends an output, not us, and
// nohup is heeded.
func untilSignal() (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// runAs is the user that a tocsin started as root becomes.
const runAs = "klaxon"

// dropPrivilege gives up everything: all that needs it is open.
func dropPrivilege() error {
	user, err := sandbox.Lookup(runAs)
	if err != nil {
		return err
	}
	return sandbox.DropTo(user)
}
