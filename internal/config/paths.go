package config

import "path/filepath"

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

// PathsFor returns the paths of a user: the system's for root, the XDG base
// directories for everybody else. What a service manager names in the
// environment (systemd.exec(5)) comes before both.
func PathsFor(euid int, getenv func(string) string) Paths {
	p := Paths{System: true, Quiet: getenv("JOURNAL_STREAM") != ""}
	config, logs := "/etc/klaxon", "/var/log/klaxon"
	p.State, p.Run = "/var/lib/klaxon", "/run/klaxon"
	if euid != 0 {
		p.System = getenv("STATE_DIRECTORY") != "" && getenv("LOGS_DIRECTORY") != ""
		home := getenv("HOME")
		config = filepath.Join(or(getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "klaxon")
		p.State = filepath.Join(or(getenv("XDG_STATE_HOME"), filepath.Join(home, ".local/state")), "klaxon")
		logs = p.State
		p.Run = p.State
		if run := getenv("XDG_RUNTIME_DIR"); run != "" {
			p.Run = filepath.Join(run, "klaxon")
		}
	}
	config = or(getenv("CONFIGURATION_DIRECTORY"), config)
	p.State = or(getenv("STATE_DIRECTORY"), p.State)
	p.Run = or(getenv("RUNTIME_DIRECTORY"), p.Run)
	logs = or(getenv("LOGS_DIRECTORY"), logs)
	p.Config = filepath.Join(config, "klaxon.toml")
	p.Touch = filepath.Join(p.Run, "touch.sock")
	p.JSON = filepath.Join(logs, "klaxon.jsonl")
	return p
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
