package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"klaxon/internal/services"
)

const servicesUsage = `usage: klaxonctl services [-profile NAME] [-json] [SPEC ...]
       klaxonctl services -inetd|-xinetd|-systemd|-launchd [-profile NAME]
                          [-ident] [-path FILE] [-services-file FILE] [SPEC ...]

Prints the catalogue of services worth a trap, or configuration for what starts
klaxon at each touch. SPEC is a profile (classic modern ics lan all), a name
(rexec, udp/sunrpc), or ports (tcp/1-1024,3389  udp/69). Without one the list
has all services, and ready lines have the profile classic.

  -profile NAME  the services of a profile, beside those named
  -json          one JSON object a line instead of a table
  -inetd         lines for inetd.conf
  -xinetd        service blocks for xinetd
  -systemd       socket and service units
  -launchd       property lists
  -ident         lines for klaxon.ident, which asks the remote ident daemon
  -path FILE     where klaxon is installed (` + defaultPath + `); with
                 -ident, klaxon.ident stands beside it
  -services-file FILE
                 with -inetd: names of services, in place of ` + services.HostFile + `
  -version       print the version and end
`

const defaultPath = "/usr/sbin/klaxon"

// format is one way to print a selection.
type format struct {
	flag  string // "" for the table
	ready bool   // configuration that starts klaxon, not a list
	write func(io.Writer, *setup)
}

var formats = []format{
	{"", false, writeTable},
	{"json", false, writeJSON},
	{"inetd", true, writeInetd},
	{"xinetd", true, writeXinetd},
	{"systemd", true, writeSystemd},
	{"launchd", true, writeLaunchd},
}

// setup is what a format prints: which traps, and how klaxon is started.
type setup struct {
	traps   []services.Trap
	program string // absolute path of klaxon or klaxon.ident
	ident   bool
	host    *services.HostNames
	file    string // where host was read from
}

// request is the command line, read but not yet acted upon.
type request struct {
	format format
	specs  []string
	path   string
	ident  bool
	file   string
}

var errVersion = errors.New("version asked for")

func runServices(args []string, stdout, stderr io.Writer) int {
	err := listServices(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, servicesUsage)
	case errors.Is(err, errVersion):
		printVersion(stdout)
	case err != nil:
		fmt.Fprintf(stderr, "klaxonctl services: %v\n", err)
		seeHelp(stderr, "services")
		return exitUsage
	}
	return exitDone
}

func listServices(args []string, stdout io.Writer) error {
	req, err := parseServices(args)
	if err != nil {
		return err
	}
	s, err := req.setup()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(stdout)
	req.format.write(w, s)
	return w.Flush()
}

func parseServices(args []string) (request, error) {
	fs := flag.NewFlagSet("services", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	profile := fs.String("profile", "", "")
	path := fs.String("path", defaultPath, "")
	ident := fs.Bool("ident", false, "")
	file := fs.String("services-file", services.HostFile, "")
	show := fs.Bool("version", false, "")
	chosen := make([]*bool, len(formats))
	for i, f := range formats[1:] {
		chosen[i+1] = fs.Bool(f.flag, false, "")
	}
	specs, err := scattered(fs, args)
	switch {
	case err != nil:
		return request{}, err
	case *show:
		return request{}, errVersion
	}
	req := request{path: *path, ident: *ident, file: *file, specs: specs}
	if *profile != "" {
		if !slices.Contains(services.Profiles(), *profile) {
			return request{}, fmt.Errorf("unknown profile %q: want one of %s", *profile, strings.Join(services.Profiles(), " "))
		}
		req.specs = append(req.specs, *profile)
	}
	req.format, err = chooseFormat(chosen)
	return req, err
}

// scattered reads flags before and after arguments, and returns the latter.
func scattered(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

func chooseFormat(chosen []*bool) (format, error) {
	choice := formats[0]
	for i, f := range formats[1:] {
		if !*chosen[i+1] {
			continue
		}
		if choice.flag != "" {
			return format{}, fmt.Errorf("-%s and -%s exclude one another", choice.flag, f.flag)
		}
		choice = f
	}
	return choice, nil
}

// setup selects the traps and finds what the format needs to know.
func (r request) setup() (*setup, error) {
	specs := r.specs
	switch {
	case len(specs) > 0:
	case r.format.ready:
		specs = []string{services.Classic}
	default:
		specs = []string{"all"}
	}
	traps, err := services.Parse(specs)
	if err != nil {
		return nil, err
	}
	s := &setup{traps: traps, program: r.path, ident: r.ident, file: r.file}
	if r.ident && !strings.HasSuffix(s.program, ".ident") {
		s.program += ".ident"
	}
	if err := checkPath(s.program); err != nil {
		return nil, err
	}
	s.host, err = hostNames(r.file)
	return s, err
}

// hostNames reads the given file; that the usual one is missing only means
// that this host has no names.
func hostNames(file string) (*services.HostNames, error) {
	if file == services.HostFile {
		return services.Host(), nil
	}
	return services.ReadHostNames(file)
}

// checkPath refuses a path that some format would have to quote: blanks end a
// field of inetd.conf, "%" starts a specifier of systemd, "<" a tag.
func checkPath(path string) error {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-"
	if !strings.HasPrefix(path, "/") || strings.Trim(path, plain) != "" {
		return fmt.Errorf("-path %q: want an absolute path of letters, digits and /._+-", path)
	}
	return nil
}
