// Package config reads the one configuration file, strictly: an unknown key is
// an error with file, line and the nearest known key, and every problem of a
// file is reported at once.
package config

import (
	"net/netip"
	"os"
	"time"

	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// Ident says which sources klaxond asks for an ident claim.
type Ident string

// The choices of the key ident.
const (
	IdentOff    Ident = "off"
	IdentInside Ident = "inside"
	IdentAll    Ident = "all"
)

// Config is what an operator can decide. Use Default or Load; the zero value
// arms nothing.
type Config struct {
	Sensor       string         // name in every record
	Home         []netip.Prefix // further networks counted as inside
	Services     []string       // as services.Parse takes them
	Except       []string       // likewise; never armed
	Addresses    []netip.Addr   // none: every address
	Ident        Ident
	IdentTimeout time.Duration // above 0
	Names        bool          // look up the names of sources
	Mode         Mode          // passive: no trap is armed and nothing is asked
	Profile      string        // ProfileICS or ""
	Wire         Wire
	Store        Store
	Output       Output
	Outputs      []OutputTable // of all files; those of one name replace what Output says of it
	Drill        Drill
	Allow        []policy.Rule // who is expected; of all files
}

// Output says where records go.
type Output struct {
	Terminal bool
	Syslog   bool
	JSON     bool
	JSONPath string // valid when JSON
}

// Default is the embedded configuration, which klaxond uses without a file.
func Default(paths Paths) Config {
	sensor, err := os.Hostname()
	if err != nil || sensor == "" {
		sensor = "localhost"
	}
	return Config{
		Sensor:       sensor,
		Services:     []string{"classic", "modern"},
		Ident:        IdentOff,
		IdentTimeout: 3 * time.Second,
		Mode:         ModeActive,
		Wire:         Wire{Enabled: true, Memory: track.DefaultMemory},
		Store:        defaultStore(paths),
		Drill:        Drill{Enabled: true, SelfTest: time.Minute},
		Output:       Output{Terminal: !paths.Quiet, Syslog: paths.System, JSON: true, JSONPath: paths.JSON},
	}
}
