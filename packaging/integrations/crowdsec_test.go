package integrations

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// crowdsecConfig is that of an engine of its own, with nothing of the machine's
// and no word to anybody outside. ROOT and PORT are replaced.
const crowdsecConfig = `
common: {daemonize: false, log_media: stdout, log_level: info, working_dir: .}
config_paths:
  config_dir: ROOT/etc
  data_dir: ROOT/data
  simulation_path: ROOT/etc/simulation.yaml
  hub_dir: ROOT/hub
  index_path: ROOT/hub/.index.json
  notification_dir: ROOT/etc/notifications
  plugin_dir: ROOT/plugins
crowdsec_service: {acquisition_path: ROOT/etc/acquis.d/klaxon.yaml, parser_routines: 1}
db_config: {log_level: info, type: sqlite, db_path: ROOT/data/crowdsec.db}
api:
  client: {credentials_path: ROOT/etc/credentials.yaml}
  server: {listen_uri: "127.0.0.1:PORT", profiles_path: ROOT/etc/profiles.yaml}
prometheus: {enabled: false}
`

// crowdsec makes an engine of the parsers that Debian ships and ours.
func crowdsec(t *testing.T) (config string) {
	t.Helper()
	real := filepath.Join(filepath.Dir(filepath.Dir(program(t, "crowdsec"))), "crowdsec")
	root := t.TempDir()
	for _, dir := range []string{"data", "hub", "plugins", "etc/notifications", "etc/postoverflows"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o700))
	}
	must(t, os.CopyFS(filepath.Join(root, "etc"), os.DirFS("crowdsec")))
	must(t, os.CopyFS(filepath.Join(root, "etc/patterns"), os.DirFS(filepath.Join(real, "etc/crowdsec/patterns"))))
	for to, from := range map[string]string{
		"etc/parsers/s00-raw/syslog-logs.yaml":         "usr/share/crowdsec/hub/parsers/s00-raw/crowdsecurity/syslog-logs.yaml",
		"etc/parsers/s02-enrich/dateparse-enrich.yaml": "usr/share/crowdsec/hub/parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml",
		"etc/profiles.yaml":                            "etc/crowdsec/profiles.yaml",
		"etc/simulation.yaml":                          "etc/crowdsec/simulation.yaml",
	} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o700))
		must(t, os.WriteFile(filepath.Join(root, to), read(t, filepath.Join(real, from)), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(root, "hub/.index.json"), []byte(`{"parsers":{},"scenarios":{},"collections":{},"postoverflows":{}}`), 0o600))
	port := freePort(t)
	text := regexp.MustCompile("ROOT").ReplaceAllString(crowdsecConfig, root)
	text = regexp.MustCompile("PORT").ReplaceAllString(text, port)
	config = filepath.Join(root, "config.yaml")
	must(t, os.WriteFile(config, []byte(text), 0o600))
	ask(t, program(t, "cscli"), "-c", config, "machines", "add", "test", "--password", "not-a-secret", "-u", "http://127.0.0.1:"+port, "-f", filepath.Join(root, "etc/credentials.yaml"))
	return config
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

var performed = regexp.MustCompile(`Ip ([0-9a-f.:]+) performed 'klaxon/klaxon-alarm'`)

// TestCrowdSec: the real engine, with our parser and scenario, decides against
// every attacker and against nobody else.
func TestCrowdSec(t *testing.T) {
	config := crowdsec(t)
	attackers := attackers()
	records := innocent()
	want := slices.Sorted(maps.Keys(attackers))
	for _, a := range want {
		records = append(records, attackers[a])
	}
	log := write(t, "klaxon.jsonl", told(t, "json", records...)...)
	out, err := run(t, nil, program(t, "crowdsec"), "-c", config, "-dsn", "file://"+log, "-type", "klaxon", "-no-capi", "-info")
	if err != nil {
		t.Fatalf("crowdsec: %v\n%s", err, out)
	}
	var got []string
	for _, m := range performed.FindAllStringSubmatch(out, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("decided against %v\nwanted          %v\n%s", got, want, out)
	}
}
