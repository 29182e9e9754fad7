package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"klaxon"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/plot"
	"klaxon/internal/track"
)

// options are what the command line says.
type options struct {
	interfaces  []string
	read        string
	write       string
	promiscuous bool
	json        bool
	syslog      bool
	home, dark  []netip.Prefix
	allowFile   string
	oneWay      bool
	floor       klaxon.Confidence
	memory      int64
	seed        uint64
	filterFile  string
	sensor      string
	plot        string
	evidence    string
	verbose     bool
	quiet       bool
	version     bool
	services    []string
	given       map[string]bool // names of the options that were given
}

func parse(args []string) (options, error) {
	o := options{floor: klaxon.Established, memory: track.DefaultMemory, given: map[string]bool{}}
	fs := flag.NewFlagSet("tocsin", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Func("i", "", o.addInterface)
	fs.StringVar(&o.read, "r", "", "")
	fs.StringVar(&o.write, "w", "", "")
	fs.BoolVar(&o.promiscuous, "p", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.syslog, "syslog", false, "")
	fs.Func("home", "", networks(&o.home))
	fs.Func("dark", "", networks(&o.dark))
	fs.StringVar(&o.allowFile, "allow", "", "")
	fs.BoolVar(&o.oneWay, "one-way", false, "")
	fs.Func("floor", "", o.setFloor)
	fs.Func("mem", "", o.setMemory)
	fs.Func("seed", "", o.setSeed)
	fs.StringVar(&o.filterFile, "filter-file", "", "")
	fs.Func("sensor", "", o.setSensor)
	fs.StringVar(&o.plot, "plot", "", "")
	fs.StringVar(&o.evidence, "evidence", "", "")
	fs.BoolVar(&o.verbose, "v", false, "")
	fs.BoolVar(&o.quiet, "q", false, "")
	fs.BoolVar(&o.version, "version", false, "")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	fs.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
	o.services = fs.Args()
	return o, o.check()
}

// check finds what does not go together.
func (o *options) check() error {
	if o.given["r"] && o.read == "" || o.given["w"] && o.write == "" {
		return errors.New("-r and -w want a file")
	}
	if len(o.interfaces) > 0 && o.given["r"] {
		return errors.New("-i listens and -r reads a file: want one of them")
	}
	if o.write == "-" {
		return errors.New("-w wants a file: standard output is for alarms")
	}
	if o.given["plot"] && o.plot == o.write {
		return fmt.Errorf("-plot %s: that file is for -w", o.plot)
	}
	if o.given["plot"] && !plot.IsPicture(o.plot) {
		return errPicture
	}
	if o.given["evidence"] && o.evidence == "" {
		return errors.New("-evidence wants a folder")
	}
	for _, s := range o.services {
		if strings.HasPrefix(s, "-") {
			return fmt.Errorf("%s stands behind a service: options come first", s)
		}
	}
	if o.verbose && !o.given["floor"] {
		o.floor = klaxon.Suspect
	}
	return nil
}

func (o *options) addInterface(name string) error {
	if name == "" {
		return errors.New("want a name, as `ip link` shows it")
	}
	o.interfaces = append(o.interfaces, name)
	return nil
}

func (o *options) setFloor(text string) error {
	for c := klaxon.Suspect; c <= klaxon.Proven; c++ {
		if text == c.String() {
			o.floor = c
			return nil
		}
	}
	return errors.New("want suspect, established or proven")
}

func (o *options) setSeed(text string) (err error) {
	if o.seed, err = strconv.ParseUint(text, 10, 64); err != nil {
		return errors.New("want a number from 0 to 18446744073709551615")
	}
	return nil
}

func (o *options) setSensor(text string) error {
	if !wire.SensorOK(text) {
		return errors.New("want letters, digits and \"._:-\", up to 128 bytes")
	}
	o.sensor = text
	return nil
}

// setMemory takes bytes, or a number with K, M or G for powers of 1024.
func (o *options) setMemory(text string) error {
	number, shift := text, 0
	if i := strings.IndexByte("KMG", last(text)); i >= 0 {
		number, shift = text[:len(text)-1], 10*(i+1)
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>shift {
		return errors.New("want a size such as 64M")
	}
	if o.memory = n << shift; o.memory < track.MinMemory {
		return fmt.Errorf("want at least %dM", track.MinMemory>>20)
	}
	if has := machineMemory(); has > 0 && o.memory > has/2 {
		return fmt.Errorf("this machine has %dM, half of that is the most", has>>20)
	}
	return nil
}

// last returns the last byte in upper case, 0 when there is none.
func last(text string) byte {
	if text == "" {
		return 0
	}
	return strings.ToUpper(text)[len(text)-1]
}

// networks returns what adds a list of networks.
func networks(to *[]netip.Prefix) func(string) error {
	return func(text string) error {
		for item := range strings.SplitSeq(text, ",") {
			p, err := network(strings.TrimSpace(item))
			if err != nil {
				return err
			}
			*to = append(*to, p)
		}
		return nil
	}
}

// network reads a network, or an address, which is a network of one.
func network(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(text); err == nil && a.Zone() == "" {
			p = netip.PrefixFrom(a, a.BitLen())
		}
	}
	switch {
	case err != nil || !p.IsValid():
		return p, fmt.Errorf("%q is no network: want one like 10.0.0.0/8 or 2001:db8::/32", text)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%q is an IPv4-mapped network: want it as IPv4", text)
	}
	return p.Masked(), nil
}
