package services

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"klaxon"
)

// HostFile is where Unix systems keep their names of services.
const HostFile = "/etc/services"

// HostNames are the names that a host's services(5) file gives to ports. The
// zero value knows no name. It is safe for concurrent use.
type HostNames struct {
	ports map[named]uint16 // names and aliases; the first line wins, as in getservbyname(3)
	names map[service][]string
}

// Host returns the names of this host, read once. A host without a readable
// file has none.
var Host = sync.OnceValue(func() *HostNames {
	h, err := ReadHostNames(HostFile)
	if err != nil {
		return &HostNames{}
	}
	return h
})

// ReadHostNames reads a services(5) file. It fails when the file cannot be read
// or is too long to be one.
func ReadHostNames(path string) (*HostNames, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHostFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxHostFile {
		return nil, fmt.Errorf("read %s: longer than %d bytes", path, maxHostFile)
	}
	return ParseHostNames(string(text)), nil
}

// ParseHostNames reads the text of a services(5) file: on each line a name,
// port/transport, and aliases, up to a "#". What does not fit is skipped, a
// whole line or one alias.
func ParseHostNames(text string) *HostNames {
	h := &HostNames{ports: map[named]uint16{}, names: map[service][]string{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		s, ok := parseHostPort(fields[1])
		if !ok || !validName(fields[0]) {
			continue
		}
		h.add(fields[0], s)
		for _, alias := range fields[2:] {
			if validName(alias) {
				h.add(alias, s)
			}
		}
	}
	return h
}

// parseHostPort reads "512/tcp". Other transports are not ours.
func parseHostPort(field string) (service, bool) {
	number, transport, _ := strings.Cut(field, "/")
	port, err := strconv.ParseUint(number, 10, 16)
	tr := transportNamed(transport)
	return service{tr, uint16(port)}, err == nil && port != 0 && tr != 0
}

// validName tells whether a name may stand in a configuration file and a
// label: letters, digits and "-._+", not only digits. Real files go no further.
func validName(name string) bool {
	letter := false
	for i := range len(name) {
		switch c := name[i] | 0x20; {
		case 'a' <= c && c <= 'z':
			letter = true
		case '0' <= name[i] && name[i] <= '9':
		case i > 0 && strings.IndexByte("-._+", name[i]) >= 0:
		default:
			return false
		}
	}
	return letter && len(name) <= maxHostName
}

func (h *HostNames) add(name string, s service) {
	if _, taken := h.ports[named{s.transport, name}]; taken {
		return
	}
	h.ports[named{s.transport, name}] = s.port
	h.names[s] = append(h.names[s], name)
}

// Port returns the port that getservbyname(3) would find.
func (h *HostNames) Port(name string, tr klaxon.Transport) (uint16, bool) {
	port, ok := h.ports[named{tr, name}]
	return port, ok
}

// Name returns a name that the host resolves to exactly this port: prefer when
// it does, else the first in the file.
func (h *HostNames) Name(tr klaxon.Transport, port uint16, prefer string) (string, bool) {
	if p, ok := h.Port(prefer, tr); ok && p == port {
		return prefer, true
	}
	names := h.names[service{tr, port}]
	if len(names) == 0 {
		return "", false
	}
	return names[0], true
}

// transportNamed returns the transport, 0 for any that has no traps.
func transportNamed(name string) klaxon.Transport {
	switch name {
	case "tcp":
		return tcp
	case "udp":
		return udp
	}
	return 0
}
