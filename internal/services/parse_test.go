package services

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"klaxon"
)

func noHost() *HostNames { return &HostNames{} }

func TestParse(t *testing.T) {
	host := func() *HostNames {
		return ParseHostNames("cvspserver 2401/tcp\ngnutella-svc 6346/tcp\ngnutella-svc 6346/udp\ntelnet 2300/tcp\n")
	}
	tests := []struct {
		specs string // separated by blanks
		want  []Trap
	}{
		{"", nil},
		{"tcp/512", []Trap{{tcp, 512, "rexec"}}},
		{"udp/69", []Trap{{udp, 69, "tftp"}}},
		{"rexec", []Trap{{tcp, 512, "rexec"}}},
		{"exec", []Trap{{tcp, 512, "rexec"}}},
		{"tcp/4000", []Trap{{tcp, 4000, "4000"}}},
		{"udp/4000", []Trap{{udp, 4000, "4000"}}},
		{"sunrpc", []Trap{{tcp, 111, "sunrpc"}, {udp, 111, "sunrpc"}}},
		{"tcp/sunrpc", []Trap{{tcp, 111, "sunrpc"}}},
		{"udp/sunrpc", []Trap{{udp, 111, "sunrpc"}}},
		{"melsec", []Trap{{tcp, 5007, "melsec"}, {udp, 5006, "melsec"}}},
		{"tcp/86-88,1", []Trap{{tcp, 1, "tcpmux"}, {tcp, 86, "86"}, {tcp, 87, "link"}, {tcp, 88, "kerberos"}}},
		{"tcp/95,udp/69,70", []Trap{{tcp, 95, "supdup"}, {udp, 69, "tftp"}, {udp, 70, "70"}}},
		{"rje,link", []Trap{{tcp, 77, "rje"}, {tcp, 87, "link"}}},
		{"link rje rje tcp/77", []Trap{{tcp, 77, "rje"}, {tcp, 87, "link"}}},
		{"tcp/65534-65535", []Trap{{tcp, 65534, "65534"}, {tcp, 65535, "65535"}}},
		{"tcp/5-5", []Trap{{tcp, 5, "5"}}},
		{"cvspserver", []Trap{{tcp, 2401, "2401"}}},
		{"gnutella-svc", []Trap{{tcp, 6346, "6346"}, {udp, 6346, "6346"}}},
		{"udp/gnutella-svc", []Trap{{udp, 6346, "6346"}}},
		{"telnet", []Trap{{tcp, 23, "telnet"}}}, // the catalogue comes before the host
	}
	for _, tt := range tests {
		got, err := parse(strings.Fields(tt.specs), host)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", tt.specs, err, diff)
		}
	}
}

func TestParseAllowsBlanksAfterCommas(t *testing.T) {
	got, err := parse([]string{"tcp/1, 87 , rje"}, noHost)
	want := []Trap{{tcp, 1, "tcpmux"}, {tcp, 77, "rje"}, {tcp, 87, "link"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"512", `service spec "512": 512 has no transport: write tcp/512 or udp/512`},
		{"telnet,512", `service spec "telnet,512": 512 has no transport: write tcp/512 or udp/512`},
		{"tcp/1,telnet,7", `service spec "tcp/1,telnet,7": 7 has no transport: write tcp/7 or udp/7`},
		{"tcp/1,classic,7", `service spec "tcp/1,classic,7": 7 has no transport: write tcp/7 or udp/7`},
		{"1-1024", `service spec "1-1024": 1-1024 has no transport: write tcp/1-1024 or udp/1-1024`},
		{"tcp/0", `service spec "tcp/0": port 0 cannot be armed: want 1 to 65535`},
		{"tcp/0-10", `service spec "tcp/0-10": port 0 cannot be armed: want 1 to 65535`},
		{"tcp/65536", `service spec "tcp/65536": port 65536 is above 65535`},
		{"tcp/1-70000", `service spec "tcp/1-70000": port 70000 is above 65535`},
		{"tcp/99999999999999999999", `service spec "tcp/99999999999999999999": port 99999999999999999999 is above 65535`},
		{"tcp/10-1", `service spec "tcp/10-1": range 10-1 runs backwards: want 1-10`},
		{"tcp/1-2-3", `service spec "tcp/1-2-3": "2-3" is no port`},
		{"tcp/-5", `service spec "tcp/-5": "" is no port`},
		{"tcp/5-", `service spec "tcp/5-": "" is no port`},
		{"tcp/", `service spec "tcp/": an item is empty`},
		{"", `service spec "": an item is empty`},
		{"rje,,link", `service spec "rje,,link": an item is empty`},
		{"sctp/80", `service spec "sctp/80": unknown transport "sctp": want tcp or udp`},
		{"rusersd/2-3", `service spec "rusersd/2-3": unknown transport "rusersd": want tcp or udp`},
		{"telent", `service spec "telent": unknown service "telent": the nearest known name is "telnet"`},
		{"X11", `service spec "X11": unknown service "X11": the nearest known name is "x11"`},
		{"clasic", `service spec "clasic": unknown service "clasic": the nearest known name is "classic"`},
		{"tcp/tftpd", `service spec "tcp/tftpd": unknown tcp service "tftpd": the nearest known name is "ftp"`},
		{"zzzzzzzzzzzz", `service spec "zzzzzzzzzzzz": unknown service "zzzzzzzzzzzz"`},
	}
	for _, tt := range tests {
		got, err := parse([]string{"rexec", tt.spec}, noHost)
		if err == nil || err.Error() != tt.want || got != nil {
			t.Errorf("%q: %d traps, %v\nwant %s", tt.spec, len(got), err, tt.want)
		}
	}
}

func TestParseWholeRange(t *testing.T) {
	got, err := parse([]string{"tcp/1-65535", "udp/1-65535"}, noHost)
	if err != nil || len(got) != 2*65535 {
		t.Fatalf("%d traps, %v", len(got), err)
	}
	if last := got[len(got)-1]; last != (Trap{udp, 65535, "65535"}) {
		t.Errorf("the last is %+v", last)
	}
}

func TestParseAll(t *testing.T) {
	got, err := parse([]string{"all"}, noHost)
	if err != nil || len(got) != len(All()) {
		t.Errorf("%d traps, the catalogue has %d; %v", len(got), len(All()), err)
	}
}

// TestParseReadsTheHost is the one test that depends on this machine.
func TestParseReadsTheHost(t *testing.T) {
	for key, port := range Host().ports {
		if _, ok := Lookup(key.name, key.transport); ok {
			continue
		}
		got, err := Parse([]string{key.transport.String() + "/" + key.name})
		if err != nil || len(got) != 1 || got[0].Port != port {
			t.Errorf("%+v: %v, %v; want port %d", key, got, err, port)
		}
		return
	}
	t.Skip("this host's " + HostFile + " has no name that the catalogue lacks")
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"tcp/1-1024,3389", "udp/69", "classic", "all,tcp/512", "tcp/65535-65535", "512", "tcp/0", "a/b/c", ",", "tcp/-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		traps, err := parse([]string{spec}, noHost)
		if err != nil {
			if traps != nil {
				t.Fatalf("%q: traps and an error", spec)
			}
			return
		}
		if len(traps) == 0 {
			t.Fatalf("%q: neither trap nor error", spec)
		}
		var again []string
		for i, tr := range traps {
			if tr.Port == 0 || (tr.Transport != klaxon.TCP && tr.Transport != klaxon.UDP) || tr.Label != label(tr.Transport, tr.Port) {
				t.Fatalf("%q: %+v", spec, tr)
			}
			if i > 0 && (traps[i-1].Transport > tr.Transport || traps[i-1].Transport == tr.Transport && traps[i-1].Port >= tr.Port) {
				t.Fatalf("%q: not sorted or not unique at %+v", spec, tr)
			}
			if i < 100 {
				again = append(again, tr.Transport.String()+"/"+tr.Label)
			}
		}
		// Every label, behind its transport, is itself a spec that selects its trap.
		back, err := parse(again, noHost)
		if err != nil || !slices.Contains(back, traps[0]) {
			t.Fatalf("%q: labels %q: %v", spec, again, err)
		}
	})
}

// TestLess: what is excepted is left out by transport and port, whatever it was wanted
// or excepted by, and a mistake in either is told.
func TestLess(t *testing.T) {
	got, err := Less([]string{"tcp/20-25", "udp/22"}, []string{"ssh", "tcp/24"})
	want := []Trap{{tcp, 20, label(tcp, 20)}, {tcp, 21, label(tcp, 21)}, {tcp, 23, label(tcp, 23)}, {tcp, 25, label(tcp, 25)}, {udp, 22, label(udp, 22)}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, x := range [][2][]string{{{"tcp/0"}, nil}, {nil, {"tcp/0"}}} {
		if _, err := Less(x[0], x[1]); err == nil {
			t.Errorf("%v: no error", x)
		}
	}
}
