package rendertest

import (
	"strings"
	"testing"
)

const good = `{"v":1,"type":"touch","time":"2026-01-02T03:04:05.000000006Z","transport":"tcp",` +
	`"src":{"ip":"192.0.2.7","port":1022},"dst":{"ip":"2001:db8::1","port":512},"proof":"handshake",` +
	`"ident":{"claim":"a\\x1b\\\\b~","outcome":"claim"}}`

func TestValidate(t *testing.T) {
	Validate(t, []byte(good))
	Validate(t, []byte(good+"\n"))
	Validate(t, []byte(`{"v":1,"type":"health","time":"2026-01-02T03:04:05.000000006Z","what":"drops","count":0}`))
}

// TestCheckRefuses breaks the good line in one place each.
func TestCheckRefuses(t *testing.T) {
	tests := []struct{ what, old, new string }{
		{"not JSON", `{"v":1`, `{"v":1,,`},
		{"two objects", `"claim"}}`, `"claim"}}{}`},
		{"inner newline", `,"type"`, ",\n\"type\""},
		{"raw C1 control", `"claim":"a`, "\"claim\":\"\u009b"},
		{"JSON escape for a control", `\\x1b`, `\u001b`},
		{"half an escape", `\\x1b`, `\\x1`},
		{"upper-case escape", `\\x1b`, `\\x1B`},
		{"lone backslash", `\\\\b`, `\\b`},
		{"tilde inside", `\\\\b~`, `\\\\~b`},
		{"other version", `"v":1`, `"v":2`},
		{"unknown type", `"touch"`, `"blow"`},
		{"unknown key", `"v":1`, `"v":1,"w":2`},
		{"missing key", `,"proof":"handshake"`, ``},
		{"number as string", `"port":512`, `"port":"512"`},
		{"port too large", `"port":512`, `"port":65536`},
		{"six fractional digits", `.000000006Z`, `.000006Z`},
		{"local time", `.000000006Z`, `.000000006+01:00`},
		{"no such day", `2026-01-02`, `2026-02-30`},
		{"zone in the address", `2001:db8::1`, `fe80::1%eth0`},
		{"no address", `192.0.2.7`, `192.0.2.777`},
		{"claim without outcome claim", `"outcome":"claim"`, `"outcome":"refused"`},
		{"outcome claim without claim", `"claim":"a\\x1b\\\\b~",`, ``},
	}
	for _, tt := range tests {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Fatalf("%s: nothing was broken", tt.what)
		}
		if check([]byte(bad)) == nil {
			t.Errorf("%s passed: %s", tt.what, bad)
		}
	}
}
