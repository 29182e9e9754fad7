// Package services is the catalogue of services that are worth a trap: their
// names, ports and profiles, why scanners want them, whether ident may be
// asked, and whether a web page can reach them. Parse turns what an operator
// writes into traps.
//
// To add a service, add a row to the file of its profile: classic.go,
// modern.go, ics.go or lan.go; everyday.go is for what honest clients use.
package services

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"klaxon"
	"klaxon/internal/services/grade"
)

// Grade is how wise an ident query is; see package grade.
type Grade = grade.Grade

// Service is one row of the catalogue. It is plain data; its slices are shared
// and must not be modified.
type Service struct {
	Name      string   // unique within Transport, aliases included
	Aliases   []string // other names in use; nil when there are none
	Transport klaxon.Transport
	Port      uint16   // unique within Transport, never 0
	Why       string   // one sentence: what a scanner wants of it
	Ident     Grade    // whether the ident daemon of the peer may be asked
	Browser   bool     // browsers refuse to open this port, so no web page can be the cause
	Profiles  []string // nil when it belongs to none
}

// The profiles: groups of services that are armed together.
const (
	Classic = "classic" // the Unix services of the 1980s and 1990s
	Modern  = "modern"  // what scanners look for today
	ICS     = "ics"     // industrial control and building automation
	LAN     = "lan"     // what is meant for the local network only
)

// all selects the whole catalogue.
const all = "all"

// Profiles returns the names of the profiles.
func Profiles() []string { return []string{Classic, Modern, ICS, LAN} }

// row is one line of the tables.
type row struct {
	transport klaxon.Transport
	port      uint16
	name      string
	aliases   string // separated by spaces
	also      string // profiles beside the table's own, separated by spaces
	why       string
}

const (
	tcp = klaxon.TCP
	udp = klaxon.UDP
)

// service is the key of a port.
type service struct {
	transport klaxon.Transport
	port      uint16
}

// named is the key of a name.
type named struct {
	transport klaxon.Transport
	name      string
}

// index is the catalogue as it is searched.
type index struct {
	list   []Service // sorted by transport and port
	byPort map[service]int
	byName map[named]int // names and aliases
}

// catalogue is built on first use, so that linking the package costs nothing.
var catalogue = sync.OnceValue(func() *index {
	ix := &index{byPort: map[service]int{}, byName: map[named]int{}}
	ix.add(Classic, classic)
	ix.add(Modern, modern)
	ix.add(ICS, ics)
	ix.add(LAN, lan)
	ix.add("", everyday)
	slices.SortFunc(ix.list, func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Port, b.Port))
	})
	for i, s := range ix.list {
		ix.byPort[service{s.Transport, s.Port}] = i
		ix.byName[named{s.Transport, s.Name}] = i
		for _, a := range s.Aliases {
			ix.byName[named{s.Transport, a}] = i
		}
	}
	return ix
})

func (ix *index) add(profile string, rows []row) {
	for _, r := range rows {
		ix.list = append(ix.list, Service{
			Name:      r.name,
			Aliases:   strings.Fields(r.aliases),
			Transport: r.transport,
			Port:      r.port,
			Why:       r.why,
			Ident:     grade.Of(r.transport, r.port),
			Browser:   refusedByBrowsers(r.port),
			Profiles:  strings.Fields(profile + " " + r.also),
		})
	}
}

// All returns the catalogue, sorted by transport and port.
func All() []Service { return slices.Clone(catalogue().list) }

// Lookup finds a service by its name or an alias.
func Lookup(name string, tr klaxon.Transport) (Service, bool) {
	ix := catalogue()
	i, ok := ix.byName[named{tr, name}]
	if !ok {
		return Service{}, false
	}
	return ix.list[i], true
}

// ByPort finds the service that the catalogue has on a port.
func ByPort(tr klaxon.Transport, port uint16) (Service, bool) {
	ix := catalogue()
	i, ok := ix.byPort[service{tr, port}]
	if !ok {
		return Service{}, false
	}
	return ix.list[i], true
}

// label is how a trap on a port is called: the catalogue's name, or the
// number. It never depends on the host, so that one service has
// one label wherever it is touched.
func label(tr klaxon.Transport, port uint16) string {
	if s, ok := ByPort(tr, port); ok {
		return s.Name
	}
	return strconv.Itoa(int(port))
}
