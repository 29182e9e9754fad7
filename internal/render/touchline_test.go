package render

import (
	"net/netip"
	"strings"
	"testing"

	"klaxon"
)

// knock is a touch that each case of a table changes in one respect.
func knock(change func(*klaxon.Touch)) *klaxon.Touch {
	t := &klaxon.Touch{
		Transport: klaxon.TCP,
		Source:    klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7"), Port: 1022},
		Target:    klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.1"), Port: 512},
		Service:   "rexec",
		Proof:     klaxon.ProofHandshake,
	}
	if change != nil {
		change(t)
	}
	return t
}

func claim(s string) *klaxon.Ident {
	return &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte(s)}
}

func TestAppendTouchLine(t *testing.T) {
	const tail = " accessing port rexec src=192.0.2.7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp"
	tests := []struct {
		what   string
		change func(*klaxon.Touch)
		want   string
	}{
		{"plain", nil, "ALERT: host 192.0.2.7" + tail},
		{"name", func(t *klaxon.Touch) { t.Source.Name = "bad.example.org" }, "ALERT: host bad.example.org" + tail},
		{"claim", func(t *klaxon.Touch) { t.Ident = claim("mallory") }, "ALERT: user mallory@192.0.2.7" + tail},
		{
			"name and claim",
			func(t *klaxon.Touch) { t.Source.Name, t.Ident = "bad.example.org", claim("root") },
			"ALERT: user root@bad.example.org" + tail,
		},
		{
			"claim that forges a record",
			func(t *klaxon.Touch) { t.Ident = claim("a@b src=10.9.9.9\r\nALERT:") },
			`ALERT: user a\x40b\x20src\x3d10.9.9.9\x0d\x0aALERT:@192.0.2.7` + tail,
		},
		{
			"claim that drives a terminal",
			func(t *klaxon.Touch) { t.Ident = claim("\x1b[2J\x00\x9b\x7f\u202e") },
			`ALERT: user \x1b\x5b2J\x00\x9b\x7f\xe2\x80\xae@192.0.2.7` + tail,
		},
		{
			"claim of 128 bytes",
			func(t *klaxon.Touch) { t.Ident = claim(strings.Repeat("x", 128)) },
			"ALERT: user " + strings.Repeat("x", 128) + "@192.0.2.7" + tail,
		},
		{
			"claim of 129 bytes",
			func(t *klaxon.Touch) { t.Ident = claim(strings.Repeat("x", 129)) },
			"ALERT: user " + strings.Repeat("x", 128) + "~@192.0.2.7" + tail,
		},
		{"empty claim", func(t *klaxon.Touch) { t.Ident = claim("") }, "ALERT: user -@192.0.2.7" + tail},
		{
			"refused ident, with a claim that is not valid",
			func(t *klaxon.Touch) { t.Ident = &klaxon.Ident{Outcome: klaxon.IdentRefused, Claim: []byte("x")} },
			"ALERT: host 192.0.2.7" + tail,
		},
		{
			"hostile name",
			func(t *klaxon.Touch) { t.Source.Name = "a b~" + strings.Repeat("n", 250) },
			`ALERT: host a\x20b\x7e` + strings.Repeat("n", 249) + "~" + tail,
		},
		{
			"service",
			func(t *klaxon.Touch) { t.Service = "rusersd/2-3" },
			`ALERT: host 192.0.2.7 accessing port rusersd\x2f2-3 src=192.0.2.7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp`,
		},
		{
			"service of 65 bytes",
			func(t *klaxon.Touch) { t.Service = strings.Repeat("s", 65) },
			"ALERT: host 192.0.2.7 accessing port " + strings.Repeat("s", 64) + "~ src=192.0.2.7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp",
		},
		{
			"IPv4-mapped",
			func(t *klaxon.Touch) {
				t.Source.Addr = netip.MustParseAddr("::ffff:192.0.2.7%eth0")
				t.Target.Addr = netip.MustParseAddr("::ffff:10.0.0.1")
			},
			"ALERT: host 192.0.2.7" + tail,
		},
		{
			"IPv6 over UDP",
			func(t *klaxon.Touch) {
				t.Source.Addr = netip.MustParseAddr("2001:DB8:0:0:1:0:0:1")
				t.Target.Addr = netip.MustParseAddr("2001:db8::2")
				t.Transport, t.Interface = klaxon.UDP, "eth0"
			},
			"ALERT: host 2001:db8::1:0:0:1 accessing port rexec src=2001:db8::1:0:0:1 spt=1022 dst=2001:db8::2 dpt=512 proto=udp",
		},
		{
			"link-local, interface in the zone",
			func(t *klaxon.Touch) {
				t.Source.Addr = netip.MustParseAddr("fe80::7%eth1")
				t.Target.Addr = netip.MustParseAddr("fe80::1%eth1")
			},
			"ALERT: host fe80::7 accessing port rexec src=fe80::7 spt=1022 dst=fe80::1 dpt=512 proto=tcp if=eth1",
		},
		{
			"link-local, interface known",
			func(t *klaxon.Touch) {
				t.Source.Addr, t.Interface = netip.MustParseAddr("fe80::7%2"), "br-lan.7"
			},
			"ALERT: host fe80::7 accessing port rexec src=fe80::7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp if=br-lan.7",
		},
		{
			"link-local, interface unknown",
			func(t *klaxon.Touch) { t.Source.Addr = netip.MustParseAddr("fe80::7") },
			"ALERT: host fe80::7 accessing port rexec src=fe80::7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp",
		},
		{
			"link-local IPv4, hostile interface",
			func(t *klaxon.Touch) {
				t.Source.Addr, t.Interface = netip.MustParseAddr("169.254.0.7"), "veth0@if2 src=1"
			},
			`ALERT: host 169.254.0.7 accessing port rexec src=169.254.0.7 spt=1022 dst=10.0.0.1 dpt=512 proto=tcp if=veth0\x40if2\x20src\x3d1`,
		},
		{
			"nothing known",
			func(t *klaxon.Touch) { *t = klaxon.Touch{Interface: "eth0"} },
			"ALERT: host - accessing port - src=- spt=0 dst=- dpt=0 proto=-",
		},
	}
	for _, tt := range tests {
		if got := AppendTouchLine([]byte("> "), knock(tt.change)); string(got) != "> "+tt.want {
			t.Errorf("%s:\n got %s\nwant > %s", tt.what, got, tt.want)
		}
	}
}

// TestTouchLineFitsSyslog holds the arithmetic of limits.go.
func TestTouchLineFitsSyslog(t *testing.T) {
	long := netip.MustParseAddr("2001:db8:1111:2222:3333:4444:5555:6666")
	line := AppendTouchLine(nil, &klaxon.Touch{
		Transport: klaxon.TCP,
		Source:    klaxon.Endpoint{Addr: long, Port: 65535, Name: strings.Repeat("n", nameCap)},
		Target:    klaxon.Endpoint{Addr: long, Port: 65535},
		Service:   strings.Repeat("s", serviceCap),
		Ident:     claim(strings.Repeat("\n", claimCap+1)),
	})
	const header = len("<37>Jan  2 15:04:05 klaxon[4194304]: ") // pid_max of Linux
	const words = len("ALERT: user @ accessing port  src= spt= dst= dpt= proto=tcp")
	const values = 4*128 + len("~") + 253 + 64 + 2*38 + 2*5
	if len(line) != words+values || len(line) > 977 || header+len(line) > 1024 {
		t.Errorf("the longest line has %d bytes, %d with its header; want %d", len(line), header+len(line), words+values)
	}
}

func FuzzTouchLine(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s, s, s, []byte{192, 0, 2, 7}, true, uint8(6))
		f.Add(s, s, s, s, netip.MustParseAddr("fe80::7").AsSlice(), false, uint8(17))
		f.Add(s, s, s, s, []byte(nil), true, uint8(0))
	}
	f.Fuzz(func(t *testing.T, name, user, service, link string, addr []byte, claimed bool, transport uint8) {
		touch := knock(nil)
		touch.Source.Name, touch.Service, touch.Interface = name, service, link
		touch.Source.Addr, _ = netip.AddrFromSlice(addr)
		touch.Transport = klaxon.Transport(transport)
		if claimed {
			touch.Ident = claim(user)
		}
		line := AppendTouchLine(nil, touch)
		for i, c := range line {
			if !isPrintable(c) {
				t.Fatalf("byte %d of %q is %#x", i, line, c)
			}
		}
		checkWords(t, strings.Split(string(line), " "), touch)
	})
}

// checkWords holds a line against its grammar, word by word.
func checkWords(t *testing.T, words []string, touch *klaxon.Touch) {
	t.Helper()
	if len(words) == 12 && bare(touch.Source.Addr).IsLinkLocalUnicast() {
		checkWord(t, cutPrefix(t, words[11], "if="), touch.Interface, interfaceCap)
		words = words[:11]
	}
	if len(words) != 11 {
		t.Fatalf("%d words: %q", len(words), words)
	}
	fixed := []string{0: "ALERT:", 3: "accessing", 4: "port"}
	for i, want := range fixed {
		if want != "" && words[i] != want {
			t.Fatalf("word %d is %q, want %q", i, words[i], want)
		}
	}
	checkWho(t, words[1], words[2], touch)
	checkWord(t, words[5], touch.Service, serviceCap)
	src := cutPrefix(t, words[6], "src=")
	if addr, err := netip.ParseAddr(src); src != "-" && (err != nil || addr != bare(touch.Source.Addr)) {
		t.Fatalf("source %q of %v: %v", src, touch.Source.Addr, err)
	}
	for i, want := range []string{7: "spt=1022", 8: "dst=10.0.0.1", 9: "dpt=512"} {
		if want != "" && words[i] != want {
			t.Fatalf("word %d is %q, want %q", i, words[i], want)
		}
	}
	checkWord(t, cutPrefix(t, words[10], "proto="), touch.Transport.String(), wordCap)
}

func checkWho(t *testing.T, kind, who string, touch *klaxon.Touch) {
	t.Helper()
	if touch.Ident != nil {
		user, host, ok := strings.Cut(who, "@")
		if kind != "user" || !ok {
			t.Fatalf("want a claim, got %q %q", kind, who)
		}
		checkWord(t, user, string(touch.Ident.Claim), claimCap)
		kind, who = "host", host
	}
	if kind != "host" || strings.Contains(who, "@") {
		t.Fatalf("want a host, got %q %q", kind, who)
	}
	if touch.Source.Name != "" {
		checkWord(t, who, touch.Source.Name, nameCap)
	}
}

// checkWord holds that word is the token of raw, cut to limit, or "-" for none.
func checkWord(t *testing.T, word, raw string, limit int) {
	t.Helper()
	if raw == "" {
		if word != "-" {
			t.Fatalf("got %q for nothing", word)
		}
		return
	}
	got, truncated, err := Unescape([]byte(word))
	if err != nil || truncated != (len(raw) > limit) || string(got) != raw[:min(len(raw), limit)] {
		t.Fatalf("%q came back from %q as %q, %v, %v", raw, word, got, truncated, err)
	}
}

func cutPrefix(t *testing.T, word, prefix string) string {
	t.Helper()
	value, ok := strings.CutPrefix(word, prefix)
	if !ok {
		t.Fatalf("got %q, want %s", word, prefix)
	}
	return value
}
