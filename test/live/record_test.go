//go:build linux

package live

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"klaxon/test/debs"
)

// recordings holds what real tools sent, for machines that cannot run them.
const recordings = "../../testdata/captures/real"

const (
	// recordEnv, when set, makes a run write the recordings anew.
	recordEnv = "KLAXON_RECORD"
	// recordMax is the size, in bytes before compression, of the largest capture
	// that is kept: the repository is no place for floods.
	recordMax = 26_000
)

// record keeps what a sensor saw, and in the head of the file how it was made.
func (l *lab) record(s *sensor) {
	l.t.Helper()
	if os.Getenv(recordEnv) == "" || s.tcpdump == nil {
		return
	}
	text, err := os.ReadFile(s.tcpdump.file)
	l.must(err)
	if len(text) > recordMax {
		return
	}
	_, name, _ := strings.Cut(l.t.Name(), "/")
	base := filepath.Join(os.Getenv(recordEnv), strings.ReplaceAll(name, "/", "_"))
	f, err := os.Create(base + ".pcap.gz")
	l.must(err)
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	l.must(err)
	how := l.story()
	z.Extra = append([]byte{'h', 'w', byte(len(how)), byte(len(how) >> 8)}, how...)
	_, err = z.Write(text)
	l.must(err)
	l.must(z.Close())
	l.must(f.Close())
}

// describeRecordings makes their README.md of how each was made.
func describeRecordings() error {
	dir := os.Getenv(recordEnv)
	if dir == "" || os.Getpid() == 1 { // 1 is a process inside, of which there are many
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.pcap.gz"))
	if err != nil || len(paths) == 0 {
		return err
	}
	versions, err := toolVersions()
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, recordingsHead, versions)
	for _, path := range paths {
		how, err := howMade(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".pcap.gz")
		fmt.Fprintf(&b, "| %s | `%s` |\n", name, strings.ReplaceAll(how, "\n", "` <br> `"))
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(b.String()), 0o644)
}

// story is what ran, without the paths of this machine.
func (l *lab) story() string {
	local := strings.NewReplacer(filepath.Join(debs.Dir(), "bin")+"/", "", l.dir+"/", "")
	var lines []string
	for _, line := range l.log {
		if line = strings.TrimSpace(local.Replace(line)); len(line) > 160 {
			line = line[:160] + "..."
		}
		lines = append(lines, line)
	}
	return shortened(strings.Join(lines, "\n"))
}

// howMade is what record wrote into the head of a file: a field of its own, for
// Go does not read comments of more than 511 bytes (RFC 1952 section 2.3.1.1).
func howMade(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if len(z.Extra) < 4 {
		return "", fmt.Errorf("%s: nothing tells how it was made", path)
	}
	return string(z.Extra[4:]), nil
}

const recordingsHead = `# What real tools sent

Recorded in the networks of ` + "`test/live`" + ` by tcpdump, on the monitor behind a bridge that floods
(where the name says switching, behind one that switches). The truth of each is that of the scenario
with its name there; ` + "`go test -run TestRecorded ./test/live`" + ` holds the detector to it.
New ones: ` + "`KLAXON_RECORD=$PWD/testdata/captures/real go test -run TestLive ./test/live`" + `.

The hosts: scanner 10.77.0.66 and fd77::66, target .10 to .29, client .40 to .49, server .50 to .59,
router .1, monitor .2; outside 203.0.113.66 and 2001:db8:66::66.

Tools, from Debian: %s.

Where a role stands in brackets, the test's own program plays it (role_*_test.go).

| recording | host: command |
|---|---|
`

// recorded are the packages whose programs were recorded.
var recorded = []string{
	"nmap", "masscan", "zmap", "hping3", "curl", "vsftpd", "dnsmasq-base", "iperf3", "haproxy", "traceroute", "iputils-ping",
	"chrony", "sip-tester", "snmp", "avahi-daemon", "tcpdump", "nftables",
}

// toolVersions lists them with their versions, as fetch.sh noted them.
func toolVersions() (string, error) {
	manifest, err := os.ReadFile(filepath.Join(debs.Dir(), "manifest"))
	if err != nil {
		return "", err
	}
	var list []string
	for _, line := range strings.Split(string(manifest), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == f[1] && slices.Contains(recorded, f[0]) {
			list = append(list, f[0]+" "+f[2])
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", "), nil
}
