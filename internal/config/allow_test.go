package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

const goodRules = `
[[allow]]
address = ["10.0.0.9", "10.1.0.7/24", "2001:db8::/48", "::ffff:10.0.0.10"]
mac = "02-00-5E-10-00-01"
services = ["tcp/1-1024,3389", "udp"]
hours = "22:00-06:30"
days = ["fri", "Sat"]
role = "backup"
reason = "it \"backs up\" \\ ümläut"
until = "2027-01-31T18:00:00+01:00"

[[allow]]
address = ["10.0.0.0/8"]
force = true
reason = "plain"
until = "2027-01-31"
`

func wantedRules() []policy.Rule {
	p := netip.MustParsePrefix
	return []policy.Rule{{
		Sources:  []netip.Prefix{p("10.0.0.9/32"), p("10.1.0.0/24"), p("2001:db8::/48"), p("10.0.0.10/32")},
		MAC:      [6]byte{2, 0, 0x5e, 0x10, 0, 1},
		Services: []policy.ServiceRange{{Transport: klaxon.TCP, First: 1, Last: 1024}, {Transport: klaxon.TCP, First: 3389, Last: 3389}, {Transport: klaxon.UDP, First: 1, Last: 65535}},
		Days:     1<<time.Friday | 1<<time.Saturday, From: 22 * 60, To: 6*60 + 30, Role: policy.RoleBackup,
		Reason: `it "backs up" \ ümläut`, Until: time.Date(2027, 1, 31, 17, 0, 0, 0, time.UTC),
	}, {
		Sources: []netip.Prefix{p("10.0.0.0/8")}, Force: true, Reason: "plain", Until: time.Date(2027, 2, 1, 0, 0, 0, 0, time.Local),
	}}
}

func sameRules(a, b []policy.Rule) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if !x.Until.Equal(y.Until) {
			return false
		}
		x.Until, y.Until = time.Time{}, time.Time{}
		if !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}

// TestAllow: rules are read, those of drop-ins added, and what is written is read
// again.
func TestAllow(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "klaxon.toml"), "sensor = \"gate\"\n"+goodRules+"[wire]\nenabled = false\n")
	write(t, filepath.Join(dir, "conf.d", "more.toml"), "[[allow]]\nmac = \"02:00:00:00:00:07\"\nreason = \"more\"\n")
	c, _, err := Load("", testPaths(dir), check)
	if err != nil {
		t.Fatal(err)
	}
	want := append(wantedRules(), policy.Rule{MAC: [6]byte{2, 5: 7}, Reason: "more"})
	if !sameRules(c.Allow, want) {
		t.Errorf("read %+v", c.Allow)
	}
	if c.Wire.Enabled || c.Sensor != "gate" {
		t.Errorf("beside the rules: %+v", c)
	}
	text := WriteAllow(c.Allow)
	again, err := ReadAllow("FILE", text)
	if err != nil || !sameRules(again, want) {
		t.Errorf("of\n%s\nread again %+v, %v", text, again, err)
	}
	for _, b := range text {
		if b >= 0x7f || b < ' ' && b != '\n' {
			t.Fatalf("byte %#x is written", b)
		}
	}
}

// TestReadAllow: what is good of a damaged file is taken all the same.
func TestReadAllow(t *testing.T) {
	rules, err := ReadAllow("FILE", []byte("sensor = \"x\"\n[[allow]]\naddress = [\"10.0.0.1\"]\nreason = \"good\"\n[[allow]]\nreason = \"bad\"\n"))
	const want = "FILE: sensor: want [[allow]] and nothing else\nFILE:5:3: allow: a rule without address and MAC is for everybody; if that is meant, add force = true"
	if len(rules) != 1 || rules[0].Reason != "good" || err == nil || err.Error() != want {
		t.Errorf("%+v, %v", rules, err)
	}
	if rules, err := ReadAllow("FILE", nil); len(rules) != 0 || err != nil {
		t.Errorf("of nothing: %v, %v", rules, err)
	}
	many := strings.Repeat("[[allow]]\naddress = [\"10.0.0.1\"]\nreason = \"x\"\n", maxRules+2)
	rules, err = ReadAllow("FILE", []byte(many))
	if len(rules) != maxRules || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("more than %d tables", maxRules)) {
		t.Errorf("%d rules, %v", len(rules), err)
	}
}

// FuzzReadAllow: any text is taken or refused with a place in it, and what is taken
// is good, and the same when it is written and read again.
func FuzzReadAllow(f *testing.F) {
	f.Add(goodRules)
	f.Add("[[allow]]\nallow.reason = \"x\"\n[[allow]]\n[allow]\n[[allow.reason]]\n")
	f.Add("[[allow]]\nreason = '''\nx\x7f'''\nforce = true\nhours=\"00:00-00:01\"\n")
	f.Add("allow = [{reason=\"x\"}]\nallow.mac=\"02:00:00:00:00:01\"")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := ReadAllow("FILE", []byte(text))
		for i := range rules {
			if err := rules[i].Check(); err != nil {
				t.Errorf("a bad rule was taken: %v", err)
			}
		}
		if err != nil {
			if _, ok := err.(Errors); !ok {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		written := WriteAllow(rules)
		again, err := ReadAllow("FILE", written)
		if err != nil || !sameRules(rules, again) {
			t.Errorf("written as\n%s\nand read as %+v, %v", written, again, err)
		}
	})
}
