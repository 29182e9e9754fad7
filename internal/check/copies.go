package check

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"klaxon/internal/config"
)

// collects tells an output that takes every alarm, for whoever keeps them.
func collects(o *config.OutputTable) bool {
	keeps := o.Type == "elastic" || o.Type == "splunk" || o.Type == "syslog" && o.Transport != "" && o.Transport != "unix"
	return o.Enabled && keeps && o.MinSeverity == 0 && len(o.Zones)+len(o.Services)+len(o.Sources) == 0
}

// takers are the outputs that collect alarms: those that take them to another host, and
// those that leave them on this one.
func takers(c *config.Config) (away, here []string) {
	for i := range c.Outputs {
		switch o := &c.Outputs[i]; {
		case !collects(o):
		case o.Leaves():
			away = append(away, o.Name)
		default:
			here = append(here, o.Name)
		}
	}
	return away, here
}

// forwards is how the usual syslog daemons say that they send on: rsyslog and the
// old syslogd by @host, rsyslog by modules, syslog-ng by drivers.
var forwards = regexp.MustCompile(`(?m)^[^#\n]*([\s;]@@?[\[\w]|omfwd|omrelp|\b(network|syslog|tcp|udp)\s*\(\s*["\d])`)

// uploads is how journald does.
var uploads = regexp.MustCompile(`(?m)^\s*URL\s*=\s*\S`)

// intruder is why a copy is wanted.
const intruder = "an intruder edits the log he finds, and the anchors of klaxonctl verify with it"

// copies warns where the log stays on this host.
func (s *surroundings) copies(c *config.Config) []string {
	away, here := takers(c)
	if len(away) > 0 {
		return nil
	}
	what, but := "no copy of the log leaves this host, as far as the files of rsyslog, syslog-ng and journald tell", ""
	switch {
	case !c.Output.Syslog:
		what = "output.syslog is off, so no copy of the alarms leaves this host"
	case s.sendsOn():
		return nil
	}
	if len(here) > 0 {
		but = " (" + named(here) + " to this host itself)"
	}
	return []string{what + but + ": " + intruder}
}

// anchors notes, where an output takes the alarms to another host, that the anchors of
// klaxonctl verify stay: whoever has the one may believe that he has both. It is no
// warning, for alarms elsewhere are what many want, and nobody could switch it off.
func (s *surroundings) anchors(c *config.Config) string {
	away, _ := takers(c)
	switch {
	case len(away) == 0 || !c.Store.Enabled:
		return "" // all of it is warned of, or there are none
	case !c.Output.Syslog:
		return fmt.Sprintf("note: %s with records alone; the anchors that klaxonctl verify -anchors compares are written nowhere, for output.syslog is off", named(away)+" to another host")
	case s.sendsOn():
		return ""
	}
	return fmt.Sprintf("note: %s with records alone; the anchors that klaxonctl verify -anchors compares go to the syslog of this host, and as far as the files of rsyslog, syslog-ng and journald tell it sends them to no other: have it forward facility auth", named(away)+" to another host")
}

// named begins a sentence about outputs.
func named(outputs []string) string {
	if len(outputs) == 1 {
		return "output " + outputs[0] + " goes"
	}
	return "outputs " + strings.Join(outputs, ", ") + " go"
}

// sendsOn tells whether the files of this host's syslog daemon name another host.
func (s *surroundings) sendsOn() bool {
	files := []string{"/etc/rsyslog.conf", "/etc/syslog.conf", "/etc/syslog-ng/syslog-ng.conf"}
	for _, pattern := range []string{"/etc/rsyslog.d/*.conf", "/etc/syslog-ng/conf.d/*.conf"} {
		found, _ := filepath.Glob(s.root + pattern) // the pattern is good
		for _, f := range found {
			files = append(files, strings.TrimPrefix(f, s.root))
		}
	}
	return slices.ContainsFunc(files, func(f string) bool { return s.matches(f, forwards) }) ||
		s.matches("/etc/systemd/journal-upload.conf", uploads)
}

// logConfigMax is what is read of a syslog daemon's file.
const logConfigMax = 1 << 20

func (s *surroundings) matches(path string, re *regexp.Regexp) bool {
	f, err := os.Open(s.root + path)
	if err != nil {
		return false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, logConfigMax))
	return err == nil && re.Match(text)
}
