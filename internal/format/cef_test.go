package format

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"klaxon"
)

// cefEvent is what a reader made from the specification alone finds in a line.
type cefEvent struct {
	header []string
	ext    map[string]string
}

// cefKey is where a value ends: a space, then a name, then an equals sign that no
// backslash stands before.
var cefKey = regexp.MustCompile(`(?:^| )([A-Za-z0-9_.-]+)=`)

func readCEF(line string) (cefEvent, error) {
	var header []string
	var field strings.Builder
	i := 0
	for ; i < len(line) && len(header) < 7; i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && (line[i+1] == '\\' || line[i+1] == '|'):
			i++
			field.WriteByte(line[i])
		case c == '\\':
			return cefEvent{}, fmt.Errorf("byte %d of the header: a lone backslash", i)
		case c == '|':
			header = append(header, field.String())
			field.Reset()
		default:
			field.WriteByte(c)
		}
	}
	if len(header) != 7 || header[0] != "CEF:0" {
		return cefEvent{}, errors.New("no header of CEF:0 and six fields more")
	}
	ext, err := readExtension(line[i:])
	return cefEvent{header, ext}, err
}

func readExtension(s string) (map[string]string, error) {
	ext := map[string]string{}
	at := cefKey.FindAllStringSubmatchIndex(s, -1)
	if len(at) > 0 && at[0][0] != 0 {
		return nil, errors.New("the extension begins with no key")
	}
	for i, m := range at {
		end := len(s)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		key, value := s[m[2]:m[3]], s[m[1]:end]
		if _, twice := ext[key]; twice {
			return nil, fmt.Errorf("the key %s stands twice", key)
		}
		plain := strings.NewReplacer(`\\`, `\`, `\=`, `=`, `\n`, "\n", `\r`, "\r").Replace(value)
		if strings.Contains(strings.NewReplacer(`\\`, "", `\=`, "", `\n`, "", `\r`, "").Replace(value), `\`) {
			return nil, fmt.Errorf("a lone backslash in the value of %s", key)
		}
		ext[key] = plain
	}
	return ext, nil
}

// cefKeys are those of the dictionary of the format that we use.
var cefKeys = strings.Fields("act c6a2 c6a2Label c6a3 c6a3Label cat cn1 cn1Label cn2 cn2Label cn3 cn3Label cnt cs1 cs1Label cs2 cs2Label cs3 cs3Label cs4 cs4Label cs5 cs5Label " +
	"cs6 cs6Label destinationServiceName deviceInboundInterface dpt dst dvchost end externalId flexString1 flexString1Label flexString2 flexString2Label in msg proto rt shost smac spt src start")

func holdCEF(t testing.TB, line []byte) {
	t.Helper()
	e, err := readCEF(string(line))
	if err != nil {
		t.Errorf("cef: %v in\n%s", err, line)
		return
	}
	for key, value := range e.ext {
		if !slices.Contains(cefKeys, key) {
			t.Errorf("cef: a key %q that we do not write, in\n%s", key, line)
		}
		if value != "" && strings.ContainsAny(value, "<>&\"'`$|=\r\n") || value != "" && strings.ContainsRune("+-@", rune(value[0])) {
			t.Errorf("cef: %s=%q is more than text", key, value)
		}
	}
	for _, part := range e.header {
		if strings.ContainsAny(part, "<>&\"'`$|=\r\n") {
			t.Errorf("cef: %q in the header is more than text", part)
		}
	}
}

func TestCEF(t *testing.T) {
	tests := []struct {
		record klaxon.Record
		header string
		want   map[string]string
	}{
		{touched(), "CEF:0,klaxon,klaxond,1,touch.tcp,touch of rexec (tcp/512) from 198.51.100.7,4", map[string]string{
			"src": "198.51.100.7", "spt": "40022", "dst": "192.0.2.10", "dpt": "512", "proto": "tcp", "rt": "1772625600250", "dvchost": "gate",
			"shost": "scan.example.net", "smac": "02:00:00:aa:bb:cc", "flexString2": "root", "flexString1": `GET / HTTP/1.0\x0d\x0a\x0d\x0a`, "externalId": touchID,
		}},
		{datagram(), "CEF:0,klaxon,klaxond,1,touch.udp,touch of tftp (udp/69) from fe80::7,2", map[string]string{
			"c6a2": "fe80::7", "c6a2Label": "Source IPv6 Address", "c6a3": "fe80::1", "deviceInboundInterface": "eth1",
		}},
		{scanning(klaxon.EventUpdate), "CEF:0,klaxon,klaxond,1,scan.connect.vertical,changed: connect,syn,os-probe scan (vertical) from 198.51.100.7,8", map[string]string{
			"externalId": alarmID, "act": "update", "cs1": "connect,syn,os-probe", "cs1Label": "technique", "cs6": "nmap", "cnt": "1004", "cn2": "1000",
			"msg": `1000 of 1000 services refused or silent, and the probes of nmap\x27s operating system detection`, "start": "1772625600250",
		}},
		{flood(), "CEF:0,klaxon,klaxond,1,flood.syn,syn flood on 192.0.2.10,8", map[string]string{"dst": "192.0.2.10", "dpt": "80", "cat": "flood"}},
		{drops(), "CEF:0,klaxon,klaxond,1,health.drops,sensor health: drops,3", map[string]string{"cnt": "17", "cs1": "syslog"}},
	}
	for _, tt := range tests {
		line := write(t, "cef", tt.record)
		e, err := readCEF(string(line))
		if err != nil {
			t.Errorf("%v in %s", err, line)
			continue
		}
		if got := strings.Join(e.header, ","); got != tt.header {
			t.Errorf("header %s\nwant   %s", got, tt.header)
		}
		for _, key := range slices.Sorted(maps.Keys(tt.want)) {
			if e.ext[key] != tt.want[key] {
				t.Errorf("%s=%q, want %q in\n%s", key, e.ext[key], tt.want[key], line)
			}
		}
	}
}

// TestReaderRefuses: a reader that takes anything proves nothing.
func TestReaderRefuses(t *testing.T) {
	for _, bad := range []string{"", "CEF:0|a|b|c", `CEF:0|a\b|b|c|d|e|5|`, "CEF:1|a|b|c|d|e|5|", "CEF:0|a|b|c|d|e|5|x y=1", "CEF:0|a|b|c|d|e|5|a=1 a=2", `CEF:0|a|b|c|d|e|5|a=\x1`} {
		if e, err := readCEF(bad); err == nil {
			t.Errorf("%q is read as %v", bad, e)
		}
	}
}
