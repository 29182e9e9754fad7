package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/config"
)

// TestCopies: an output on this host is no copy elsewhere, and one to another host
// takes no anchors with it: that is noted where the syslog of this host stays here.
func TestCopies(t *testing.T) {
	tcp := config.OutputTable{Type: "syslog", Name: "syslog-tcp", Enabled: true, Transport: "tcp", Address: "127.0.0.1:6514"}
	away := config.OutputTable{Type: "syslog", Name: "syslog-tls", Enabled: true, Transport: "tls", Address: "log.example.net:6514"}
	splunk := config.OutputTable{Type: "splunk", Name: "hec", Enabled: true, URL: "https://log.example.net:8088"}
	picky := away
	picky.MinSeverity = 4
	const stays = "no copy of the log leaves this host, as far as the files of rsyslog, syslog-ng and journald tell"
	const notes = "with records alone; the anchors that klaxonctl verify -anchors compares "
	for name, x := range map[string]struct {
		outputs        []config.OutputTable
		syslog, onward bool // output.syslog is on, and its daemon sends on
		warns, notes   string
	}{
		"nothing":                       {nil, true, false, stays + ": an intruder", ""},
		"to this host":                  {[]config.OutputTable{tcp}, true, false, stays + " (output syslog-tcp goes to this host itself): ", ""},
		"to this host, and sent on":     {[]config.OutputTable{tcp}, true, true, "", ""},
		"some alarms":                   {[]config.OutputTable{picky}, true, false, stays + ": ", ""},
		"to another":                    {[]config.OutputTable{tcp, away}, true, false, "", "note: output syslog-tls goes to another host " + notes + "go to the syslog of this host, "},
		"to others":                     {[]config.OutputTable{away, splunk}, true, false, "", "note: outputs syslog-tls, hec go to another host " + notes},
		"to another, and sent on":       {[]config.OutputTable{away}, true, true, "", ""},
		"to another, and no anchors":    {[]config.OutputTable{away}, false, true, "", "note: output syslog-tls goes to another host " + notes + "are written nowhere, for output.syslog is off"},
		"to this host, without syslog":  {[]config.OutputTable{tcp}, false, true, "output.syslog is off, so no copy of the alarms leaves this host (output syslog-tcp goes", ""},
		"switched off":                  {[]config.OutputTable{{Type: "splunk", URL: "https://log.example.net:8088"}}, true, false, stays + ": ", ""},
		"by the socket of another name": {[]config.OutputTable{{Type: "syslog", Enabled: true, Transport: "unix", Address: "/dev/log"}}, true, false, stays + ": ", ""},
	} {
		s := surroundings{root: t.TempDir()}
		if x.onward {
			conf := filepath.Join(s.root, "etc/rsyslog.conf")
			if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(conf, []byte("*.* @@loghost.example\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := config.Config{Outputs: x.outputs}
		c.Output.Syslog, c.Store.Enabled = x.syslog, true
		if got := strings.Join(s.copies(&c), "\n"); !strings.HasPrefix(got, x.warns) || (x.warns == "") != (got == "") {
			t.Errorf("%s: warned of %q, want %q", name, got, x.warns)
		}
		if got := s.anchors(&c); !strings.HasPrefix(got, x.notes) || (x.notes == "") != (got == "") {
			t.Errorf("%s: noted %q, want %q", name, got, x.notes)
		}
		c.Store.Enabled = false
		if got := s.anchors(&c); got != "" {
			t.Errorf("%s: there are no anchors, and noted is %q", name, got)
		}
	}
}
