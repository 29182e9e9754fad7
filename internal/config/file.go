package config

// file is the form of the file. Pointers tell a key that is absent, which
// leaves what stood before, from one that is empty.
type file struct {
	Sensor       *string   `toml:"sensor"`
	Home         *[]string `toml:"home"`
	Services     *[]string `toml:"services"`
	Except       *[]string `toml:"except"`
	Addresses    *[]string `toml:"addresses"`
	Ident        *string   `toml:"ident"`
	IdentTimeout *string   `toml:"ident_timeout"`
	Names        *bool     `toml:"names"`
	Output       struct {
		Terminal struct {
			Enabled *bool `toml:"enabled"`
		} `toml:"terminal"`
		Syslog struct {
			Enabled *bool `toml:"enabled"`
		} `toml:"syslog"`
		JSON struct {
			Enabled *bool   `toml:"enabled"`
			Path    *string `toml:"path"`
		} `toml:"json"`
	} `toml:"output"`
}

// keys are all keys of the file, dotted, for the nearest known one.
var keys = []string{
	"sensor", "home", "services", "except", "addresses", "ident", "ident_timeout", "names",
	"output", "output.terminal", "output.terminal.enabled", "output.syslog", "output.syslog.enabled",
	"output.json", "output.json.enabled", "output.json.path",
}
