package integrations

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon"
)

// banned returns the addresses that fail2ban's own filter finds in lines.
func banned(t *testing.T, env []string, lines []string, out string) []string {
	t.Helper()
	regex := program(t, "fail2ban-regex")
	log := write(t, "klaxon.log", lines...)
	filter, err := filepath.Abs("fail2ban/filter.d/klaxon.conf")
	if err != nil {
		t.Fatal(err)
	}
	text, err := run(t, env, regex, "-o", out, log, filter)
	if err != nil {
		t.Fatalf("fail2ban-regex: %v\n%s", err, text)
	}
	return strings.Fields(text)
}

func TestFail2banBans(t *testing.T) {
	all := attackers()
	want := slices.Sorted(maps.Keys(all))
	var records []klaxon.Record
	for _, a := range want {
		records = append(records, all[a])
	}
	got := banned(t, nil, told(t, "log", records...), "<ip>")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("banned %v\nwanted %v", got, want)
	}
}

// TestFail2banSpares: nothing unproven, expected or forged bans anybody.
func TestFail2banSpares(t *testing.T) {
	spared := told(t, "log", innocent()...)
	const line = "ALERT: host x accessing port rexec src=" + gateway + " spt=1 dst=192.0.2.10 dpt=512 proto=tcp"
	spared = append(spared,
		// What logger(1) makes in any log of syslog, in the old form and in the new.
		"Mar  4 12:00:00 gate klaxon[99]: "+line, "Mar  4 12:00:00 gate klaxon[99]: "+line+" proof=handshake event=open id="+id,
		"2026-03-04T12:00:00.000000+00:00 gate klaxon[99]: "+line+" proof=handshake event=open id="+id, "2026-03-04T12:00:00.000000Z gate klaxon: "+line+" proof=handshake event=open id="+id,
		"2026-03-04T12:00:00.000000Z klaxon[99]: "+line+" proof=handshake event=open id="+id, "2026-03-04T12:00:00.000000Z klaxond: "+line+" proof=handshake event=open id="+id,
		// The frozen line alone says nothing of proof.
		"2026-03-04T12:00:00.000000Z "+line, line,
		"2026-03-04T12:00:00.000000Z "+line+" proof=handshake event=open id="+id+" and more", "2026-03-04T12:00:00.000000Z  "+line+" proof=none proof=handshake event=open id="+id,
	)
	if got := banned(t, nil, spared, "<ip>"); len(got) > 0 {
		t.Errorf("banned %v, wanted nobody", got)
	}
}

// TestFail2banTime: the log is in UTC wherever the host stands.
func TestFail2banTime(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Kolkata"} {
		if got := banned(t, []string{"TZ=" + zone}, told(t, "log", opened(touch("198.51.100.1", nil), nil)), "<time>"); !slices.Equal(got, []string{"1772625600"}) {
			t.Errorf("in %s it is read as %v", zone, got)
		}
	}
}

// TestFail2banJail: fail2ban takes jail and filter as they are shipped, and the jail
// reads klaxond's own file and nothing else: neither what logger(1) can write to
// nor the journal.
func TestFail2banJail(t *testing.T) {
	client := program(t, "fail2ban-client")
	etc := t.TempDir()
	real, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(client)), "fail2ban/etc/fail2ban"))
	if err != nil || len(real) != 1 {
		t.Fatal(real, err)
	}
	if err := os.CopyFS(etc, os.DirFS(real[0])); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(etc, "jail.d")); err != nil { // Debian's has sshd on
		t.Fatal(err)
	}
	if err := os.CopyFS(etc, os.DirFS("fail2ban")); err != nil {
		t.Fatal(err)
	}
	log := write(t, "klaxon.log", told(t, "log", opened(touch("198.51.100.1", nil), nil))...)
	jail := filepath.Join(etc, "jail.d/klaxon.conf")
	text := strings.ReplaceAll(string(read(t, jail)), "/var/log/klaxon/klaxon.log", log)
	if !strings.Contains(text, log) {
		t.Fatalf("%s does not read klaxond's log", jail)
	}
	if err := os.WriteFile(jail, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dump := ask(t, client, "-c", etc, "-d")
	var paths int
	for _, line := range lines(dump) {
		if strings.Contains(line, "'addlogpath'") {
			paths++
			if !strings.Contains(line, "'"+log+"'") {
				t.Errorf("the jail reads another file: %s", line)
			}
		}
		if strings.Contains(line, "journalmatch") {
			t.Errorf("the jail reads the journal: %s", line)
		}
	}
	for _, want := range []string{"['set', 'klaxon', 'maxretry', 1]", "['start', 'klaxon']", "'banaction'", "'ignoreself', True"} {
		if want == "'banaction'" {
			want = "['set', 'klaxon', 'addaction'"
		}
		if !strings.Contains(dump, want) {
			t.Errorf("the jail lacks %s:\n%s", want, dump)
		}
	}
	if paths != 1 {
		t.Errorf("the jail reads %d files, want one:\n%s", paths, dump)
	}
}
