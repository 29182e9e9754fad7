package config

import (
	"path/filepath"
	"strings"
)

// Paths are the places of one installation.
type Paths struct {
	System bool   // root or a service manager chose them, not a person's session
	Quiet  bool   // standard output is the journal, which has the syslog lines already
	Config string // the configuration file
	State  string // folder for what must survive a restart
	Run    string // folder for sockets
	Touch  string // where klaxon hands over
	JSON   string // the JSON lines
}

// PathsFor returns the paths of a user: the system's for root and for whoever
// has no home, the XDG base directories for everybody else. What a service
// manager names in the environment (systemd.exec(5)) comes before both. All of
// them are absolute: one that is not would depend on where klaxond was started,
// and the XDG Base Directory Specification says to ignore it.
func PathsFor(euid int, getenv func(string) string) Paths {
	state, logs := managed(getenv, "STATE_DIRECTORY"), managed(getenv, "LOGS_DIRECTORY")
	p := Paths{
		System: euid == 0 || state != "" && logs != "",
		Quiet:  getenv("JOURNAL_STREAM") != "",
		State:  "/var/lib/klaxon",
		Run:    "/run/klaxon",
	}
	config, log := "/etc/klaxon", "/var/log/klaxon"
	if home := getenv("HOME"); euid != 0 && filepath.IsAbs(home) {
		config = filepath.Join(absolute(getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "klaxon")
		p.State = filepath.Join(absolute(getenv("XDG_STATE_HOME"), filepath.Join(home, ".local/state")), "klaxon")
		p.Run = p.State
		if run := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(run) {
			p.Run = filepath.Join(run, "klaxon")
		}
		log = p.State
	}
	p.State = absolute(state, p.State)
	p.Run = absolute(managed(getenv, "RUNTIME_DIRECTORY"), p.Run)
	p.Config = filepath.Join(absolute(managed(getenv, "CONFIGURATION_DIRECTORY"), config), "klaxon.toml")
	p.Touch = filepath.Join(p.Run, "touch.sock")
	p.JSON = filepath.Join(absolute(logs, log), "klaxon.jsonl")
	return p
}

// Ask is where klaxonctl asks.
func (p Paths) Ask() string { return filepath.Join(p.Run, "control.sock") }

// Allowed is where klaxond keeps what klaxonctl allows.
func (p Paths) Allowed() string { return filepath.Join(p.State, "allow.toml") }

// managed returns the first of the directories that a service manager made:
// where a unit asks for several, systemd joins them with colons.
func managed(getenv func(string) string, name string) string {
	first, _, _ := strings.Cut(getenv(name), ":")
	return first
}

func absolute(a, b string) string {
	if filepath.IsAbs(a) {
		return a
	}
	return b
}
