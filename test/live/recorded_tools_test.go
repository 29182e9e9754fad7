//go:build linux

package live

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRecordedTools holds the fingerprints to what the real tools sent: no name
// is wrong, nobody innocent has one, and every recording of a tool has its name
// but for those that show nothing of it.
func TestRecordedTools(t *testing.T) {
	files, err := filepath.Glob(recordings + "/*.pcap.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s (%v)", recordings, err)
	}
	var right, nameless int
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap.gz")
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		alarms, _ := judge(t, f)
		f.Close()
		var names []string
		for _, a := range alarms {
			if a.Tool.Name != "" && !slices.Contains(names, a.Tool.Name) {
				names = append(names, a.Tool.Name)
			}
		}
		may, must := toolRecorded(name)
		switch {
		case slices.ContainsFunc(names, func(n string) bool { return n != may }):
			t.Errorf("%s: named %v, want %q", name, names, may)
		case must && len(names) == 0:
			t.Errorf("%s: no tool is named, want %s", name, may)
		case len(names) > 0:
			right++
		default:
			nameless++
		}
	}
	t.Logf("FIGURE: of %d recordings %d name the tool, none wrongly; the others show none", len(files), right)
	if right < nameless/2 {
		t.Errorf("%d recordings name the tool, %d none", right, nameless)
	}
}

// toolRecorded is the name that the alarms of a recording may have, and whether
// they must. Connections, ARP, SCTP and protocols without ports are anybody's,
// and so are the datagrams of masscan and hping3, and most of IPv6.
func toolRecorded(recording string) (may string, must bool) {
	kind, rest, _ := strings.Cut(recording, "_")
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(rest, p) })
	}
	switch kind {
	case "nmap-connect":
		return "connect-scanner", false
	case "nmap-tcp":
		if has("sT") {
			return "connect-scanner", false
		}
		return "nmap", true
	case "nmap-few", "nmap-fragments":
		return "nmap", true
	case "nmap-more":
		return "nmap", !has("sT")
	case "nmap-discovery":
		return "nmap", !has("PO", "PR", "ND")
	case "nmap-other":
		return "nmap", has("sU") && !strings.HasSuffix(rest, "6")
	case "masscan":
		return "masscan", !has("udp", "vertical6")
	case "zmap":
		return "zmap", true
	case "hping":
		return "hping3", !has("count_udp")
	case "tricks", "switched":
		return "nmap", false
	}
	return "", false
}
