package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"klaxon/internal/config"
	"klaxon/internal/control"
)

// question is one run of a command that asks klaxond.
type question struct {
	name    string
	flags   *flag.FlagSet
	args    []string // what is no flag
	json    bool
	ctx     context.Context
	client  *control.Client
	kept    archive  // who answers what is kept
	stored  bool     // a store can answer it
	stopped *offline // the store of a klaxond that does not run; nil otherwise
	unread  int      // records that were passed over
	// speechless is a klaxond that did not say what it knows of a source.
	speechless bool
	out        *bufio.Writer
	stderr     io.Writer
	look       look
}

// look is how answers are shown.
type look struct {
	loc   *time.Location
	color bool
	now   time.Time
}

var (
	// errNo is an answer that is no, and has been told.
	errNo = errors.New("no")
	// errDoubt is one that is neither yes nor no, and has been told.
	errDoubt = errors.New("in doubt")
	// errUsage asks for a word about the command's usage after the message.
	errUsage = errors.New("usage")
)

func misused(format string, args ...any) error {
	return fmt.Errorf("%w%s", errUsage, fmt.Sprintf(format, args...))
}

// spec is a command that asks.
type spec struct {
	name   string
	usage  string
	args   [2]int // how many arguments there may be
	want   string // what the first of them is
	noJSON bool   // it has no -json
	store  bool   // a store can answer it, where no klaxond runs
	flags  func(*flag.FlagSet)
	run    func(*question) error
}

// ask runs a command: flags may stand before and after arguments.
func ask(s spec, args []string, stdout, stderr io.Writer) int {
	q := &question{name: s.name, stored: s.store, out: bufio.NewWriter(stdout), stderr: stderr, look: lookOf(stdout)}
	q.flags = flag.NewFlagSet(s.name, flag.ContinueOnError)
	q.flags.SetOutput(io.Discard)
	if !s.noJSON {
		q.flags.BoolVar(&q.json, "json", false, "")
	}
	socket, show := q.flags.String("socket", "", ""), q.flags.Bool("version", false, "")
	if s.flags != nil {
		s.flags(q.flags)
	}
	err := q.parse(args, &s)
	switch {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(stdout, s.usage)
		return exitDone
	case *show:
		printVersion(stdout)
		return exitDone
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		q.ctx, q.client = ctx, control.NewClient(socketOf(*socket))
		if q.json {
			q.look.loc, q.look.color = time.UTC, false
		}
		done := func() {}
		if q.kept = q.client; s.store {
			done = q.keep(*socket)
		}
		err = s.run(q)
		done()
		if text := q.unreadable(); text != "" {
			defer q.note("%s", text) // after the answer
		}
	}
	if flushErr := q.out.Flush(); err == nil {
		err = flushErr
	}
	return q.end(err)
}

func (q *question) parse(args []string, s *spec) error {
	var err error
	q.args, err = scattered(q.flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return misused("%v", err)
	case len(q.args) < s.args[0]:
		return misused("%s is missing", s.want)
	case len(q.args) > s.args[1]:
		return misused("unexpected argument %q", q.args[s.args[1]])
	}
	return nil
}

// end tells an error, and returns the exit code.
func (q *question) end(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errDoubt):
		return exitDoubt
	case errors.Is(err, syscall.EPIPE), q.ctx != nil && q.ctx.Err() != nil:
		return exitUsage // whoever reads, or ended it, knows
	}
	text := strings.TrimPrefix(err.Error(), errUsage.Error())
	fmt.Fprintf(q.stderr, "klaxonctl %s: %s\n", q.name, text)
	switch {
	case errors.Is(err, errUsage):
		seeHelp(q.stderr, q.name)
	case errors.Is(err, control.ErrSilent):
		if hint := whoMayRead(q.stored, os.Geteuid(), hostFiles); hint != "" {
			fmt.Fprintf(q.stderr, "%s: sudo %s %s\n", hint, typed(), q.name)
		}
		fmt.Fprintln(q.stderr, howToStart(hostFiles))
	case errors.Is(err, control.ErrRefused):
		fmt.Fprintf(q.stderr, "ask as root, or as the user that klaxond runs as: sudo %s %s\n", typed(), q.name)
	case errors.Is(err, control.ErrNotFound):
		return exitNo
	}
	return exitUsage
}

// socketOf finds the socket: the one named, else that of this user's klaxond,
// else that of the system's.
func socketOf(named string) string {
	if named != "" {
		return named
	}
	own := config.PathsFor(os.Geteuid(), os.Getenv).Ask()
	system := filepath.Join(config.PathsFor(0, func(string) string { return "" }).Run, filepath.Base(own))
	if _, err := os.Lstat(own); err != nil {
		// One that this user may not even look for is there, too: why it is not
		// answered is then told.
		if _, err := os.Lstat(system); err == nil || errors.Is(err, fs.ErrPermission) {
			return system
		}
	}
	return own
}

func lookOf(stdout io.Writer) look {
	l := look{loc: time.Local, now: time.Now()}
	if f, ok := stdout.(*os.File); ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		info, err := f.Stat()
		l.color = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return l
}

// printf writes an answer; its errors stay in the writer until Flush.
func (q *question) printf(format string, args ...any) { fmt.Fprintf(q.out, format, args...) }

// note tells something beside the answer.
func (q *question) note(format string, args ...any) {
	fmt.Fprintf(q.stderr, "klaxonctl "+q.name+": "+format+"\n", args...)
}
