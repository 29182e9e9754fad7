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
	name   string
	flags  *flag.FlagSet
	args   []string // what is no flag
	json   bool
	ctx    context.Context
	client *control.Client
	out    *bufio.Writer
	stderr io.Writer
	look   look
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
	// errUsage asks for the command's usage after the message.
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
	noJSON bool   // it has no -json
	flags  func(*flag.FlagSet)
	run    func(*question) error
}

// ask runs a command: flags may stand before and after arguments.
func ask(s spec, args []string, stdout, stderr io.Writer) int {
	q := &question{name: s.name, out: bufio.NewWriter(stdout), stderr: stderr, look: lookOf(stdout)}
	q.flags = flag.NewFlagSet(s.name, flag.ContinueOnError)
	q.flags.SetOutput(io.Discard)
	if !s.noJSON {
		q.flags.BoolVar(&q.json, "json", false, "")
	}
	socket, show := q.flags.String("socket", "", ""), q.flags.Bool("version", false, "")
	if s.flags != nil {
		s.flags(q.flags)
	}
	err := q.parse(args, s.args)
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
		err = s.run(q)
	}
	if flushErr := q.out.Flush(); err == nil {
		err = flushErr
	}
	return q.end(err, s.usage)
}

func (q *question) parse(args []string, want [2]int) error {
	for {
		if err := q.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return misused("%v", err)
		}
		if q.flags.NArg() == 0 {
			break
		}
		q.args = append(q.args, q.flags.Arg(0))
		args = q.flags.Args()[1:]
	}
	switch {
	case len(q.args) < want[0]:
		return misused("an argument is missing")
	case len(q.args) > want[1]:
		return misused("unexpected argument %q", q.args[want[1]])
	}
	return nil
}

// end tells an error, and returns the exit code.
func (q *question) end(err error, usage string) int {
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
		io.WriteString(q.stderr, usage)
	case errors.Is(err, control.ErrSilent):
		fmt.Fprintln(q.stderr, "start it with: systemctl start klaxond, or, to try it: klaxond; -socket names another one")
	case errors.Is(err, control.ErrRefused):
		fmt.Fprintln(q.stderr, "ask as root, or as the user that klaxond runs as: sudo klaxonctl "+q.name)
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
