package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/check"
	"klaxon/internal/config"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/policy"
	"klaxon/internal/render"
	"klaxon/internal/services"
	"klaxon/internal/statefile"
	"klaxon/internal/track"
)

const whatIfUsage = `usage: klaxonctl what-if [-config FILE] [-local ADDR,...] [-all] [-json] -r FILE

Says what klaxond would have told people of a capture, pcap or pcapng, under
today's configuration: its traps, home networks, allow-list and weather, and the
filter of each [[output]]. Nothing is sent or kept, and no klaxond is asked.

  -r FILE        the capture; - is standard input
  -config FILE   klaxond's configuration
  -local ADDR    the addresses of the host with the traps, for a capture of another
                 host; otherwise those of this one
  -all           also what would have gone to the records alone
  -json          one JSON object for each record

It ends with 0 when it has read the capture, whatever it found there, and with 2
when the capture or the configuration cannot be read.
`

// addedMax bounds the file of what was allowed at run time, in bytes.
const addedMax = 1 << 20

// whatIf is one run.
type whatIf struct {
	file, config, local string
	all, json           bool
	stdout, stderr      io.Writer

	capture  *wire.File
	detector *detect.Detector
	quiet    map[string]bool // alarms of which people heard nothing, so far
	told     map[string]bool
	would    []would
}

// whatIfMax bounds the alarms that are counted apart; of more the sum says so.
const whatIfMax = 100_000

func runWhatIf(args []string, stdout, stderr io.Writer) int {
	w := whatIf{stdout: stdout, stderr: stderr, quiet: map[string]bool{}, told: map[string]bool{}}
	fs := flag.NewFlagSet("what-if", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&w.file, "r", "", "")
	fs.StringVar(&w.config, "config", "", "")
	fs.StringVar(&w.local, "local", "", "")
	fs.BoolVar(&w.all, "all", false, "")
	fs.BoolVar(&w.json, "json", false, "")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(stdout, whatIfUsage)
		return exitDone
	case err == nil && fs.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q: the capture stands behind -r", fs.Arg(0))
	case err == nil && w.file == "":
		err = errors.New("-r: want a capture")
	}
	if err != nil {
		fmt.Fprintf(stderr, "klaxonctl what-if: %v\n%s", err, whatIfUsage)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := w.run(ctx); err != nil {
		fmt.Fprintf(stderr, "klaxonctl what-if: %v\n", err)
		return exitUsage
	}
	return exitDone
}

func (w *whatIf) run(ctx context.Context) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	in := os.Stdin
	if w.file != "-" {
		if in, err = os.Open(w.file); err != nil {
			return err
		}
		defer in.Close()
	}
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if w.capture, err = wire.OpenFile(in, info.Mode().IsRegular()); err != nil {
		return fmt.Errorf("%s: %w", w.file, err)
	}
	cfg.Source = w.capture
	if s, ok := wire.ParseComment(w.capture.Comment()); ok {
		cfg.Detect.Track.Seed, cfg.Mirrors, cfg.Detect.Track.Routers = s.Seed, s.Mirrors, s.Gateways
	}
	rings := &ringing{w: w, look: lookOf(w.stdout)}
	cfg.Sinks, cfg.Patient = []klaxon.Sink{rings}, true
	sum, err := wire.Run(ctx, cfg)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", w.file, err)
	case rings.err != nil:
		return rings.err
	case ctx.Err() != nil:
		return errors.New("interrupted")
	}
	if err := w.capture.Cut(); err != nil {
		fmt.Fprintf(w.stderr, "klaxonctl what-if: %s: %v\n", w.file, err)
	}
	if sum.Tally[decode.Decoded] > 0 && !trapsProbed(w.detector.TrapStates()) {
		fmt.Fprintf(w.stderr, "klaxonctl what-if: no packet was for a trap: %s\n", w.whereTraps())
	}
	return w.sum(&sum)
}

// trapsProbed tells whether anything of a capture was for a trap.
func trapsProbed(list []track.Trap) bool {
	return slices.ContainsFunc(list, func(t track.Trap) bool { return t.Touches+t.Halves+t.Probes > 0 })
}

// whereTraps says which addresses were taken to have the traps, and what to do about
// it: of a capture of another host nothing is a trap, and its answers look like those
// of services.
func (w *whatIf) whereTraps() string {
	if w.local != "" {
		return "they are on the addresses that -local names, and for the services that the configuration does"
	}
	return "they are taken to be on the addresses of this host; -local names others, for a capture of another host"
}

// settings is the configuration as the detector takes it.
func (w *whatIf) settings() (wire.Config, error) {
	paths := config.PathsFor(os.Geteuid(), os.Getenv)
	c, _, err := config.Load(w.config, paths, services.Check)
	if err != nil {
		return wire.Config{}, err
	}
	w.would = wouldGet(&c)
	traps, err := check.Traps(&c)
	if err != nil {
		return wire.Config{}, err
	}
	local, own, err := w.locals()
	if err != nil {
		return wire.Config{}, err
	}
	return wire.Config{
		Home: append(c.Home, own...), Mirrors: len(c.Wire.Mirrors) > 0, From: c.Wire.Mirrors,
		Detect: detect.Config{
			Sensor: c.Sensor, Floor: klaxon.Established, Calm: true, List: w.expected(&c, paths),
			Track: track.Config{Memory: c.Wire.Memory, Seed: 1, Own: config.OwnCalls(config.OwnServices(c.Outputs))},
		},
		Prepare: func(d *detect.Detector) {
			w.detector = d
			d.SetTraps(traps, 0)
			d.SetLocal(local)
		},
	}, nil
}

// locals are the addresses that have the traps, and the networks around this host
// unless others were named.
func (w *whatIf) locals() (list []netip.Addr, around []netip.Prefix, err error) {
	if w.local != "" {
		for text := range strings.SplitSeq(w.local, ",") {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, nil, fmt.Errorf("-local: %q is no address", text)
			}
			list = append(list, a.Unmap())
		}
		return list, nil, nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, nil, fmt.Errorf("list the addresses of this host: %w", err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Bits() > 0 {
			list, around = append(list, p.Addr()), append(around, p.Masked())
		}
	}
	return list, around, nil
}

// expected is who is expected: by the configuration, and by klaxonctl allow as far
// as that can be read.
func (w *whatIf) expected(c *config.Config, paths config.Paths) *policy.AllowList {
	path := filepath.Join(paths.State, "allow.toml")
	var added []policy.Rule
	text, err := statefile.Read(path, addedMax)
	if err == nil {
		added, err = config.ReadAllow(path, text)
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "klaxonctl what-if: what klaxonctl allow added is left out: %v\n", err)
	}
	return policy.NewAllowList(append(c.Allow, added...))
}

// sum says how much would have rung.
func (w *whatIf) sum(s *wire.Summary) error {
	if w.json {
		return nil
	}
	span := time.Duration(s.Last - s.First)
	text := fmt.Sprintf("%s in %s: %s would have rung, %s gone to the records alone",
		amount(s.Tally[decode.Decoded], "packet", "packets"), span.Round(time.Second), amount(len(w.told), "alarm", "alarms"), render.Grouped(uint64(len(w.quiet))))
	if len(w.told)+len(w.quiet) >= whatIfMax {
		text += ", at least"
	}
	_, err := fmt.Fprintln(w.stdout, text)
	if err == nil {
		err = w.outputs()
	}
	if err != nil {
		return err
	}
	if len(w.quiet) == 0 {
		return nil
	}
	end := time.Unix(0, s.Last)
	w.detector.Weather(end)
	if h, ok := w.detector.Weather(end.Add(24 * time.Hour)); ok {
		_, err = fmt.Fprintf(w.stdout, "weather: %s\n", shown(h.Detail))
	}
	return err
}
