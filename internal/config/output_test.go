package config

import (
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

func TestOutputs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "klaxon.toml"), `
[[output]]
type = "webhook"
name = "chat"
url = "file:/etc/klaxon/chat.url"
template = "slack"
min_severity = 3
confidence = "established"
proof = "handshake"
zone = ["inside", "outside"]
service = ["tcp/22", "udp"]
source = ["192.0.2.7", "10.1.2.3/8"]
budget = 1_0
deadline = "3s"

[[output]]
type = "syslog"
transport = "tls"
address = "log.example.net:6514"
format = "json"
touches = true

[[output]]
type = "journald"
enabled = false

[output.terminal]
enabled = false
`)
	write(t, filepath.Join(dir, "conf.d", "mail.toml"), `
[[output]]
type = "mail"
address = "mail.example.net:465"
tls = "tls"
from = "klaxon@example.net"
to = ["ops@example.net"]
user = "klaxon"
password = "credential:mail"
digest = "10m"
picture = true
[[output]]
type = "file"
name = "json"
path = "/srv/all.jsonl"
[[output]]
type = "metrics"
`)
	got, warnings, err := Load("", testPaths(dir), check)
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	usual := OutputTable{Enabled: true, Deadline: 10 * time.Second, Digest: 5 * time.Minute, RFC: "5424", TLS: "starttls"}
	of := func(change func(*OutputTable)) OutputTable {
		o := usual
		change(&o)
		return o
	}
	want := []OutputTable{
		of(func(o *OutputTable) {
			o.Type, o.Name, o.URL, o.Template, o.MinSeverity = "webhook", "chat", "file:/etc/klaxon/chat.url", "slack", 3
			o.Confidence, o.Proof, o.Zones = klaxon.Established, klaxon.ProofHandshake, []klaxon.Zone{klaxon.ZoneInside, klaxon.ZoneOutside}
			o.Services = []policy.ServiceRange{{Transport: klaxon.TCP, First: 22, Last: 22}, {Transport: klaxon.UDP, First: 1, Last: 65535}}
			o.Sources = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("10.0.0.0/8")}
			o.Budget, o.Deadline = 10, 3*time.Second
		}),
		of(func(o *OutputTable) {
			o.Type, o.Name, o.Transport, o.Address, o.Format, o.Touches = "syslog", "syslog-tls", "tls", "log.example.net:6514", "json", true
		}),
		of(func(o *OutputTable) { o.Type, o.Name, o.Enabled = "journald", "journald", false }),
		of(func(o *OutputTable) {
			o.Type, o.Name, o.Address, o.TLS, o.From, o.To = "mail", "mail", "mail.example.net:465", "tls", "klaxon@example.net", []string{"ops@example.net"}
			o.User, o.Password, o.Digest, o.Picture, o.Deadline = "klaxon", "credential:mail", 10*time.Minute, true, time.Minute
		}),
		of(func(o *OutputTable) { o.Type, o.Name, o.Path, o.Touches = "file", "json", "/srv/all.jsonl", true }),
		of(func(o *OutputTable) {
			o.Type, o.Name, o.Address, o.Touches = "metrics", "metrics", "127.0.0.1:9464", true
		}),
	}
	if len(got.Outputs) != len(want) {
		t.Fatalf("%d outputs", len(got.Outputs))
	}
	for i := range want {
		if !reflect.DeepEqual(got.Outputs[i], want[i]) {
			t.Errorf("%d\n got %+v\nwant %+v", i, got.Outputs[i], want[i])
		}
	}
	if got.Output.Terminal || got.Output.JSON || !got.Output.Syslog {
		t.Errorf("the short forms are %+v", got.Output)
	}
}

func TestMailbox(t *testing.T) {
	for s, good := range map[string]bool{
		"ops@example.net": true, "a.b+c@localhost": true,
		"ops": false, "@x": false, "x@": false, "a b@c": false, "<a@b>": false, "a@b,c@d": false, "a@b\r\nRCPT TO:<c@d>": false, "\"a\"@b": false, "ü@b": false, "a@b@c": false,
	} {
		if err := mailbox(s); (err == nil) != good {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestDoubts: what of an output works and may not be meant is told.
func TestDoubts(t *testing.T) {
	const secretURL, clear, open, inner = "can send there", "can be read and changed on the way", "reads the metrics, without a password", "want allow_private = true"
	for _, tt := range []struct{ table, want string }{
		{"type = \"webhook\"\nurl = \"https://hooks.slack.com/services/T/B/x\"\ntemplate = \"slack\"", secretURL},
		{"type = \"webhook\"\nurl = \"https://ops:hunter2@example.net/\"", secretURL},
		{"type = \"webhook\"\nurl = \"https://example.net/?access_token=abc\"", secretURL},
		{"type = \"webhook\"\nurl = \"http://example.net/\"", clear},
		{"type = \"elastic\"\nurl = \"http://198.51.100.7:9200\"", clear},
		{"type = \"webhook\"\nurl = \"http://10.0.0.1/x\"", inner},
		{"type = \"webhook\"\nurl = \"http://10.0.0.1/x\"\nallow_private = true", ""},
		{"type = \"metrics\"\naddress = \"0.0.0.0:9464\"", open},
		{"type = \"metrics\"\naddress = \"[::]:9464\"", open},
		{"type = \"metrics\"\naddress = \"[::1]:9464\"", ""},
		{"type = \"metrics\"", ""},
		{"type = \"elastic\"\nurl = \"http://10.0.0.7:9200\"", ""},
		{"type = \"webhook\"\nurl = \"https://example.net/hook?channel=x\"", ""},
		{"type = \"webhook\"\nurl = \"HTTPS://example.net/hook\"", ""},
		{"type = \"webhook\"\nurl = \"file:/etc/klaxon/hook\"\ntemplate = \"slack\"", ""},
		{"type = \"metrics\"\naddress = \"0.0.0.0:9464\"\nenabled = false", ""},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "klaxon.toml"), "[[output]]\n"+tt.table+"\n")
		_, warnings, err := Load("", testPaths(dir), check)
		if err != nil {
			t.Fatal(err)
		}
		if tt.want == "" && len(warnings) != 0 || tt.want != "" && (len(warnings) != 1 || !strings.Contains(warnings[0].Text, tt.want)) {
			t.Errorf("%s: %v, want %q", tt.table, warnings, tt.want)
		}
		for _, w := range warnings {
			if strings.Contains(w.String(), "hunter2") || strings.Contains(w.String(), "abc") {
				t.Errorf("a secret is shown: %s", w)
			}
		}
	}
}
