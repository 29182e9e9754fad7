package services

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"klaxon"
	"klaxon/internal/nearest"
)

// Trap is a service to be armed.
type Trap struct {
	Transport klaxon.Transport
	Port      uint16 // never 0
	Label     string // the catalogue's name, else the number
}

// Parse turns what an operator writes into traps, sorted by transport and port,
// each once. A spec is a list of items separated by commas:
//
//	classic          a profile; all is the whole catalogue
//	sunrpc           a name, for each transport that has it
//	tcp/sunrpc       a name, for one transport
//	tcp/512          a port
//	tcp/1-1024,3389  ports and ranges; the transport holds for the numbers after it
//
// A name that the catalogue does not know is looked for in the host's
// /etc/services. An error says which spec is wrong and what may have been
// meant.
func Parse(specs []string) ([]Trap, error) {
	return parse(specs, Host)
}

// Check judges specs as Parse does, for whoever reads a configuration and knows no
// services.
func Check(specs []string) error {
	_, err := Parse(specs)
	return err
}

// Less is what Parse makes of wanted without what it makes of except, in the same
// order.
func Less(wanted, except []string) ([]Trap, error) {
	list, err := Parse(wanted)
	if err != nil {
		return nil, err
	}
	never, err := Parse(except)
	if err != nil {
		return nil, err
	}
	var set portSet
	for _, t := range never {
		set.of(t.Transport)[t.Port] = true
	}
	return slices.DeleteFunc(list, func(t Trap) bool { return set.of(t.Transport)[t.Port] }), nil
}

func parse(specs []string, host func() *HostNames) ([]Trap, error) {
	var set portSet
	for _, spec := range specs {
		var tr klaxon.Transport // of the numbers that follow; 0 when none was named
		for item := range strings.SplitSeq(spec, ",") {
			var err error
			if tr, err = set.addItem(strings.TrimSpace(item), tr, host); err != nil {
				return nil, fmt.Errorf("service spec %q: %w", spec, err)
			}
		}
	}
	return set.traps(), nil
}

// portSet holds selected ports; walking it yields them in order, each once.
type portSet struct {
	tcp, udp [maxPort + 1]bool
}

func (set *portSet) of(tr klaxon.Transport) *[maxPort + 1]bool {
	if tr == udp {
		return &set.udp
	}
	return &set.tcp
}

func (set *portSet) traps() []Trap {
	var out []Trap
	for _, tr := range []klaxon.Transport{tcp, udp} {
		for port, selected := range set.of(tr) {
			if selected {
				out = append(out, Trap{tr, uint16(port), label(tr, uint16(port))})
			}
		}
	}
	return out
}

// addItem adds one item of a list and returns the transport for the numbers
// that may follow it.
func (set *portSet) addItem(item string, tr klaxon.Transport, host func() *HostNames) (klaxon.Transport, error) {
	prefix, rest, prefixed := strings.Cut(item, "/")
	if prefixed {
		if tr = transportNamed(prefix); tr == 0 {
			return 0, fmt.Errorf("unknown transport %q: want tcp or udp", prefix)
		}
		item = rest
	}
	switch {
	case item == "":
		return 0, errors.New("an item is empty")
	case isNumeric(item) && tr == 0:
		return 0, fmt.Errorf("%s has no transport: write tcp/%s or udp/%s", item, item, item)
	case isNumeric(item):
		return tr, set.addPorts(item, tr)
	case prefixed:
		return tr, set.addName(item, []klaxon.Transport{tr}, host)
	case set.addProfile(item):
		return 0, nil
	}
	return 0, set.addName(item, []klaxon.Transport{tcp, udp}, host)
}

// isNumeric tells ports and ranges from names, which have a letter.
func isNumeric(item string) bool {
	return strings.Trim(item, "0123456789-") == ""
}

// addPorts adds "512" or "1-1024".
func (set *portSet) addPorts(item string, tr klaxon.Transport) error {
	first, last, isRange := strings.Cut(item, "-")
	low, err := parsePort(first)
	if err != nil {
		return err
	}
	high := low
	if isRange {
		if high, err = parsePort(last); err != nil {
			return err
		}
	}
	if low > high {
		return fmt.Errorf("range %s runs backwards: want %d-%d", item, high, low)
	}
	ports := set.of(tr)
	for port := low; port <= high; port++ { // as int: a uint16 would wrap after 65535
		ports[port] = true
	}
	return nil
}

func parsePort(s string) (int, error) {
	port, err := strconv.ParseUint(s, 10, 16)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("port %s is above %d", s, maxPort)
	case err != nil:
		return 0, fmt.Errorf("%q is no port", s)
	case port == 0:
		return 0, errors.New("port 0 cannot be armed: want 1 to 65535")
	}
	return int(port), nil
}

// addProfile reports whether name is a profile, or all.
func (set *portSet) addProfile(name string) bool {
	if name != all && !slices.Contains(Profiles(), name) {
		return false
	}
	for _, s := range catalogue().list {
		if name == all || slices.Contains(s.Profiles, name) {
			set.of(s.Transport)[s.Port] = true
		}
	}
	return true
}

// addName adds the service of that name for each of the transports that has
// it: of the catalogue, or when that knows none, of the host.
func (set *portSet) addName(name string, transports []klaxon.Transport, host func() *HostNames) error {
	found := false
	for _, tr := range transports {
		if s, ok := Lookup(name, tr); ok {
			set.of(tr)[s.Port], found = true, true
		}
	}
	if found {
		return nil
	}
	for _, tr := range transports {
		if port, ok := host().Port(name, tr); ok {
			set.of(tr)[port], found = true, true
		}
	}
	if !found {
		return unknownName(name, transports)
	}
	return nil
}

func unknownName(name string, transports []klaxon.Transport) error {
	var known []string
	for k := range catalogue().byName {
		if slices.Contains(transports, k.transport) {
			known = append(known, k.name)
		}
	}
	of := ""
	if len(transports) == 1 {
		of = transports[0].String() + " "
	} else {
		known = append(append(known, all), Profiles()...)
	}
	slices.Sort(known) // of equally near names the first is told, not any
	if near, edits := nearest.To(name, known); near != "" && nearest.Slip(name, edits) {
		return fmt.Errorf("unknown %sservice %q: the nearest known name is %q", of, name, near)
	}
	return fmt.Errorf("unknown %sservice %q", of, name)
}
