// Klaxon stands in inetd.conf in the place of a service that nobody uses, and
// writes to syslog who touches it. It is started for every touch, so it links
// as little as can be: no fmt, no flag, no encoding/json (see thin_test.go).
package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/sandbox"
	"klaxon/internal/syslog"
	"klaxon/internal/watch/inetd"
)

// Set at link time. klaxon.ident is this program with identDefault "on", so
// that it may be renamed at will.
var (
	version      = "devel"
	identDefault = "off"
)

// runAs is the user that a klaxon started as root becomes.
const runAs = "klaxon"

const (
	exitDone  = 0
	exitUsage = 2
)

const usage = `usage: klaxon [-ident] [-timeout 3s] [-names] SERVICE

Stands in inetd.conf in the place of an unused service, as in
  tcpmux stream tcp nowait root /etc/local/klaxon/klaxon klaxon tcpmux
and writes to syslog who touches it. It has nothing to do on a terminal: there
is no socket on descriptor 0.

  -ident       ask the ident daemon of the source (RFC 1413); klaxon.ident does
  -timeout 3s  how long to wait for that
  -names       look up the name of the source, checked forward
  -version     print the version and end

klaxonctl services -inetd prints ready lines. More: man klaxon
`

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	o, err := parse(args, identDefault == "on")
	if !inetd.IsSocket(0) {
		return onTerminal(o, err)
	}
	// Descriptors 1 and 2 are the connection too: nothing may reach the peer.
	if null, openErr := unix.Open(os.DevNull, unix.O_RDWR, 0); openErr == nil {
		unix.Dup2(null, 1)
		unix.Dup2(null, 2)
	}
	log, _ := syslog.Open("klaxon") // a daemon that is away may be back when the line is due
	if err == nil {
		err = watch(o, log)
	}
	if err != nil {
		complain(log, err)
	}
	return exitDone
}

func complain(log *syslog.Writer, err error) {
	log.Write(syslog.Err, time.Now(), append([]byte("klaxon: "), err.Error()...))
}

func watch(o options, log *syslog.Writer) error {
	socket, err := inetd.Open(0)
	if err != nil {
		return err
	}
	if err := sandbox.Become(runAs); err != nil {
		if socket.Kind == inetd.Datagram {
			return err
		}
		// A connection can be told without reading a byte of it: still root,
		// klaxon asks nobody anything.
		complain(log, err)
		o.ident, o.names = false, false
	}
	t := trap{options: o, log: log}
	rest, err := socket.Touches(o.service, t.ring)
	if rest > 0 {
		t.ringRest(rest, socket)
	}
	return err
}

// onTerminal answers somebody who started klaxon by hand.
func onTerminal(o options, err error) int {
	switch {
	case err == nil && o.help:
		os.Stdout.WriteString(usage)
		return exitDone
	case err == nil && o.version:
		os.Stdout.WriteString("klaxon " + version + "\n")
		return exitDone
	case err != nil:
		os.Stderr.WriteString("klaxon: " + err.Error() + "\n")
	}
	os.Stderr.WriteString(usage)
	return exitUsage
}
