package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"

	"klaxon"
	"klaxon/internal/watch/listen"
)

// banner says which traps are armed, held or denied, and on which addresses.
type banner struct {
	armed  map[string][]listen.Trap // by the addresses they are armed on
	held   map[string][]listen.Trap // by address and holder
	denied map[string][]listen.Trap // by reason
}

func newBanner(status []listen.Status) banner {
	b := banner{armed: map[string][]listen.Trap{}, held: map[string][]listen.Trap{}, denied: map[string][]listen.Trap{}}
	addrs := map[listen.Trap][]netip.Addr{}
	for _, s := range status {
		switch s.State {
		case listen.StateArmed:
			addrs[s.Trap] = append(addrs[s.Trap], s.Addr)
		case listen.StateHeld:
			where := "on " + address(s.Addr)
			if s.Holder != "" {
				where += ", by " + s.Holder
			}
			b.held[where] = append(b.held[where], s.Trap)
		case listen.StateDenied:
			why := reason(&s)
			if !slices.Contains(b.denied[why], s.Trap) { // once, not once per family
				b.denied[why] = append(b.denied[why], s.Trap)
			}
		}
	}
	for trap, on := range addrs {
		where := describe(on)
		b.armed[where] = append(b.armed[where], trap)
	}
	for _, traps := range b.armed {
		slices.SortFunc(traps, func(a, b listen.Trap) int {
			return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Port, b.Port))
		})
	}
	return b
}

func (b banner) write(w io.Writer) {
	for _, where := range sorted(b.armed) {
		traps := b.armed[where]
		fmt.Fprintf(w, "klaxond: %s armed on %s\n", count(len(traps)), where)
		writePorts(w, traps)
	}
	if len(b.armed) == 0 {
		fmt.Fprintf(w, "klaxond: no trap is armed\n")
	}
	for _, where := range sorted(b.held) {
		fmt.Fprintf(w, "klaxond: held by a real service %s\n", where)
		writePorts(w, b.held[where])
	}
	for _, why := range sorted(b.denied) {
		traps := b.denied[why]
		fmt.Fprintf(w, "klaxond: %s not armable: %s\n", count(len(traps)), why)
		writePorts(w, traps)
	}
}

// example returns a line that a user can type to touch an armed TCP trap over
// loopback, with nothing but bash installed; "" when there is none.
func (b banner) example() string {
	for _, where := range sorted(b.armed) {
		for _, loopback := range []string{"127.0.0.1", "::1"} {
			if !covers(where, loopback) {
				continue
			}
			for _, t := range b.armed[where] {
				if t.Transport == klaxon.TCP {
					return fmt.Sprintf("bash -c '</dev/tcp/%s/%d'", loopback, t.Port)
				}
			}
		}
	}
	return ""
}

// covers tells whether addresses as describe writes them include one.
func covers(where, addr string) bool {
	family := "IPv4"
	if strings.Contains(addr, ":") {
		family = "IPv6"
	}
	if strings.HasPrefix(where, "every") && strings.Contains(where, family) {
		return true
	}
	return slices.Contains(strings.FieldsFunc(where, func(r rune) bool { return r == ' ' || r == ',' }), addr)
}

// reason says why traps are not armable, in words that hold for all of them
// alike: the error itself names one port.
func reason(s *listen.Status) string {
	err := s.Err
	var errno syscall.Errno
	switch {
	case err == nil:
		return "no reason given"
	case errors.Is(err, syscall.EACCES):
		return "low ports need root, or: " + setcap()
	case errors.Is(err, syscall.EMFILE):
		return "descriptors ran out: raise the limit (ulimit -n, LimitNOFILE=)"
	case errors.Is(err, syscall.EADDRNOTAVAIL) && !s.Addr.IsUnspecified():
		return s.Addr.String() + " is no address of this host: see addresses in klaxon.toml(5)"
	case errors.As(err, &errno):
		return errno.Error()
	}
	return err.Error()
}

// program is the path of this program, for a line that a user can type.
func program() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return "klaxond"
}

func describe(on []netip.Addr) string {
	any4, any6 := slices.Contains(on, netip.IPv4Unspecified()), slices.Contains(on, netip.IPv6Unspecified())
	var rest []string
	for _, a := range on {
		if !a.IsUnspecified() {
			rest = append(rest, a.String())
		}
	}
	slices.Sort(rest)
	switch {
	case any4 && any6:
		return "every IPv4 and IPv6 address"
	case any4:
		rest = append([]string{"every IPv4 address"}, rest...)
	case any6:
		rest = append([]string{"every IPv6 address"}, rest...)
	}
	return enumerate(rest)
}

// enumerate lists words as a person does.
func enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func address(a netip.Addr) string {
	switch {
	case a == netip.IPv4Unspecified():
		return "every IPv4 address"
	case a == netip.IPv6Unspecified():
		return "every IPv6 address"
	}
	return a.String()
}

func count(n int) string {
	return amount(n, "trap", "traps")
}

func sorted(m map[string][]listen.Trap) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(m[b]), len(m[a])), cmp.Compare(a, b))
	})
}

// writePorts writes one line a transport, ranges joined, wrapped at 78 columns.
func writePorts(w io.Writer, traps []listen.Trap) {
	for _, tr := range []klaxon.Transport{klaxon.TCP, klaxon.UDP} {
		var ports []uint16
		for _, t := range traps {
			if t.Transport == tr {
				ports = append(ports, t.Port)
			}
		}
		if len(ports) == 0 {
			continue
		}
		line := "klaxond:   " + tr.String()
		for _, r := range ranges(ports) {
			if len(line)+1+len(r) > 78 {
				fmt.Fprintln(w, line)
				line = "klaxond:      "
			}
			line += " " + r
		}
		fmt.Fprintln(w, line)
	}
}

// ranges writes ports as "7 9 2375-2376"; it sorts its argument.
func ranges(ports []uint16) []string {
	slices.Sort(ports)
	ports = slices.Compact(ports)
	var out []string
	for i := 0; i < len(ports); {
		j := i
		for j+1 < len(ports) && ports[j+1] == ports[j]+1 {
			j++
		}
		if i == j {
			out = append(out, fmt.Sprint(ports[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", ports[i], ports[j]))
		}
		i = j + 1
	}
	return out
}
