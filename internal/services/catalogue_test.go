package services

import (
	"slices"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/services/grade"
)

func TestNamesAreUnique(t *testing.T) {
	reserved := append(Profiles(), all)
	seen := map[named]bool{}
	for _, s := range All() {
		for _, name := range append([]string{s.Name}, s.Aliases...) {
			if seen[named{s.Transport, name}] {
				t.Errorf("%s stands twice in %v", name, s.Transport)
			}
			seen[named{s.Transport, name}] = true
			if slices.Contains(reserved, name) {
				t.Errorf("%s/%d: %s is a profile", s.Transport, s.Port, name)
			}
			if !validName(name) || name != strings.ToLower(name) {
				t.Errorf("%s/%d: %q cannot be a name", s.Transport, s.Port, name)
			}
		}
	}
}

func TestPortsAreUnique(t *testing.T) {
	seen := map[service]string{}
	for _, s := range All() {
		key := service{s.Transport, s.Port}
		if s.Port == 0 || seen[key] != "" {
			t.Errorf("%s/%d: port 0, or taken by %q", s.Transport, s.Port, seen[key])
		}
		seen[key] = s.Name
	}
}

// TestOneNameOnePort: a name that both transports have means one port in both,
// unless it is listed here.
func TestOneNameOnePort(t *testing.T) {
	differ := map[string]bool{
		"melsec": true, // 5007 over TCP, 5006 over UDP
	}
	for _, s := range All() {
		if other, ok := Lookup(s.Name, klaxon.UDP); ok && other.Port != s.Port && other.Name == s.Name && !differ[s.Name] {
			t.Errorf("%s is port %d over TCP and %d over UDP", s.Name, s.Port, other.Port)
		}
	}
}

func TestRowsAreComplete(t *testing.T) {
	for _, s := range All() {
		if s.Transport != klaxon.TCP && s.Transport != klaxon.UDP {
			t.Errorf("%s: transport %v", s.Name, s.Transport)
		}
		if len(s.Why) < 15 || len(s.Why) > 110 || !strings.HasSuffix(s.Why, ".") {
			t.Errorf("%s: %q is not one short sentence", s.Name, s.Why)
		}
		for i, p := range s.Profiles {
			if !slices.Contains(Profiles(), p) || slices.Contains(s.Profiles[:i], p) {
				t.Errorf("%s: profile %q is unknown or doubled", s.Name, p)
			}
		}
		if want := grade.Of(s.Transport, s.Port); s.Ident != want {
			t.Errorf("%s: ident %q, but grade.Of says %q", s.Name, s.Ident, want)
		}
	}
}

func TestEveryProfileHasServices(t *testing.T) {
	for _, p := range Profiles() {
		if traps, err := Parse([]string{p}); err != nil || len(traps) < 10 {
			t.Errorf("profile %s: %d services, %v", p, len(traps), err)
		}
	}
}

// TestEverydayIsInNoProfile: a profile must not take the port of a service
// that honest clients use on most networks.
func TestEverydayIsInNoProfile(t *testing.T) {
	for _, name := range []string{"ssh", "smtp", "domain", "http", "https"} {
		s, ok := Lookup(name, klaxon.TCP)
		if !ok || len(s.Profiles) != 0 {
			t.Errorf("%s: found %v, profiles %v", name, ok, s.Profiles)
		}
	}
}

// TestGrades holds the services of the original's lists, by name.
func TestGrades(t *testing.T) {
	lists := []struct {
		grade Grade
		tr    klaxon.Transport
		names string
	}{
		{grade.Good, klaxon.TCP, "imap2 pop3 nntp shell login systat netstat rexec link supdup tcpmux rje courier"},
		{grade.None, klaxon.UDP, "talk ntalk sunrpc snmp"},
		{grade.Never, klaxon.TCP, "auth echo chargen"},
		{grade.Never, klaxon.UDP, "tftp echo chargen"},
		{grade.Discouraged, klaxon.TCP, "uucp ftp"},
	}
	for _, l := range lists {
		for _, name := range strings.Fields(l.names) {
			if s, ok := Lookup(name, l.tr); !ok || s.Ident != l.grade {
				t.Errorf("%s/%s: found %v, ident %q, want %q", l.tr, name, ok, s.Ident, l.grade)
			}
		}
	}
}

// TestPorts holds ports that must be right, from the IANA registry, old
// /etc/services files and the vendors' manuals.
func TestPorts(t *testing.T) {
	tests := []struct {
		tr   klaxon.Transport
		name string
		port uint16
		in   string // a profile that must have it
	}{
		{tcp, "rexec", 512, Classic}, {tcp, "exec", 512, Classic},
		{tcp, "link", 87, Classic}, {tcp, "ttylink", 87, Classic},
		{tcp, "supdup", 95, Classic}, {tcp, "tcpmux", 1, Classic}, {tcp, "rje", 77, Classic},
		{udp, "tftp", 69, Classic}, {tcp, "imap2", 143, Classic}, {tcp, "pop3", 110, Classic},
		{tcp, "nntp", 119, Classic}, {tcp, "shell", 514, Classic}, {tcp, "login", 513, Classic},
		{tcp, "systat", 11, Classic}, {tcp, "netstat", 15, Classic}, {udp, "talk", 517, Classic},
		{udp, "ntalk", 518, Classic}, {tcp, "auth", 113, Classic}, {tcp, "uucp", 540, Classic},
		{tcp, "ftp", 21, Classic}, {tcp, "sunrpc", 111, Classic}, {udp, "sunrpc", 111, Classic},
		{tcp, "courier", 530, Classic}, {tcp, "finger", 79, Classic}, {tcp, "klogin", 543, Classic},
		{tcp, "kshell", 544, Classic}, {tcp, "printer", 515, Classic}, {tcp, "gopher", 70, Classic},
		{tcp, "telnet", 23, Modern}, {tcp, "smb", 445, Modern}, {tcp, "rdp", 3389, Modern},
		{tcp, "vnc", 5900, Modern}, {tcp, "winrm", 5985, Modern}, {tcp, "winrms", 5986, Modern},
		{tcp, "mssql", 1433, Modern}, {udp, "ms-sql-m", 1434, Modern}, {tcp, "mysql", 3306, Modern},
		{tcp, "postgresql", 5432, Modern}, {tcp, "redis", 6379, Modern}, {tcp, "mongodb", 27017, Modern},
		{tcp, "elasticsearch", 9200, Modern}, {tcp, "docker", 2375, Modern}, {tcp, "docker-s", 2376, Modern},
		{tcp, "kubernetes", 6443, Modern}, {tcp, "kubelet", 10250, Modern}, {tcp, "etcd", 2379, Modern},
		{tcp, "memcached", 11211, Modern}, {udp, "memcached", 11211, Modern}, {tcp, "mqtt", 1883, Modern},
		{tcp, "adb", 5555, Modern}, {tcp, "sip", 5060, Modern}, {udp, "sip", 5060, Modern},
		{udp, "snmp", 161, Modern}, {udp, "ntp", 123, Modern}, {udp, "ssdp", 1900, Modern},
		{udp, "coap", 5683, Modern}, {udp, "ipmi", 623, Modern}, {tcp, "cwmp", 7547, Modern},
		{tcp, "winbox", 8291, Modern}, {tcp, "ollama", 11434, Modern}, {tcp, "jenkins", 8080, Modern},
		{tcp, "modbus", 502, ICS}, {tcp, "s7", 102, ICS}, {udp, "bacnet", 47808, ICS},
		{tcp, "enip", 44818, ICS}, {udp, "enip", 44818, ICS}, {tcp, "dnp3", 20000, ICS},
		{tcp, "iec-104", 2404, ICS}, {tcp, "opcua", 4840, ICS}, {tcp, "fox", 1911, ICS},
		{tcp, "foxs", 4911, ICS}, {tcp, "crimson", 789, ICS}, {tcp, "pcworx", 1962, ICS},
		{tcp, "ge-srtp", 18245, ICS}, {udp, "fins", 9600, ICS}, {tcp, "fins", 9600, ICS},
		{tcp, "codesys", 2455, ICS}, {tcp, "codesys-gateway", 1217, ICS}, {tcp, "melsec", 5007, ICS},
		{udp, "melsec", 5006, ICS}, {tcp, "proconos", 20547, ICS}, {tcp, "hart-ip", 5094, ICS},
		{udp, "moxa", 4800, ICS}, {udp, "mdns", 5353, LAN}, {udp, "llmnr", 5355, LAN},
		{udp, "netbios-ns", 137, LAN}, {udp, "netbios-dgm", 138, LAN}, {udp, "ws-discovery", 3702, LAN},
		{tcp, "delivery-optimization", 7680, LAN}, {tcp, "anydesk", 7070, LAN},
		{tcp, "smb", 445, LAN}, {tcp, "jetdirect", 9100, LAN},
	}
	for _, tt := range tests {
		s, ok := Lookup(tt.name, tt.tr)
		if !ok || s.Port != tt.port || !slices.Contains(s.Profiles, tt.in) {
			t.Errorf("%s/%s: found %v, port %d, profiles %v; want %d in %s", tt.tr, tt.name, ok, s.Port, s.Profiles, tt.port, tt.in)
		}
		if byPort, ok := ByPort(tt.tr, tt.port); !ok || byPort.Name != s.Name {
			t.Errorf("ByPort(%s, %d) = %q, %v", tt.tr, tt.port, byPort.Name, ok)
		}
	}
}

func TestUnknownIsNotFound(t *testing.T) {
	if s, ok := Lookup("tftp", klaxon.TCP); ok {
		t.Errorf("tftp over TCP found: %+v", s)
	}
	if s, ok := ByPort(klaxon.TCP, 4000); ok {
		t.Errorf("tcp/4000 found: %+v", s)
	}
}

func TestAllIsACopy(t *testing.T) {
	All()[0].Name = "changed"
	if All()[0].Name == "changed" {
		t.Error("a caller can rename a service for everybody")
	}
}

func TestBrowsers(t *testing.T) {
	if !slices.IsSorted(badPorts) || len(badPorts) != 82 {
		t.Errorf("%d bad ports, sorted %v; the standard has 83 with port 0", len(badPorts), slices.IsSorted(badPorts))
	}
	refused := map[string]bool{ // over TCP
		"tcpmux": true, "rexec": true, "supdup": true, "telnet": true, "sip": true, "nfs": true, "x11": true,
		"ircd": true, "rtsp": true, "sane-port": true, "afpovertcp": true, "link": true, "rje": true,
		"http-alt": false, "ms-wbt-server": false, "redis": false, "microsoft-ds": false, "modbus": false,
		"klogin": false, "vnc": false, "https": false, "ipp": false, "gopher": false,
	}
	for name, want := range refused {
		if s, ok := Lookup(name, klaxon.TCP); !ok || s.Browser != want {
			t.Errorf("%s: found %v, refused by browsers %v, want %v", name, ok, s.Browser, want)
		}
	}
	if s, _ := Lookup("tftp", klaxon.UDP); !s.Browser {
		t.Error("udp/69 is a bad port too")
	}
}

func TestRPCPrograms(t *testing.T) {
	numbers := map[string]uint32{"rstatd": 100001, "rusersd": 100002, "walld": 100008, "sprayd": 100012}
	for _, p := range RPCPrograms() {
		if numbers[p.Name] != p.Number {
			t.Errorf("%s has number %d, want %d", p.Name, p.Number, numbers[p.Name])
		}
	}
}
