package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendInert(t *testing.T) {
	tests := []struct {
		src, want string
		max       int
	}{
		{"rexec on 10.0.0.1, port 512", "rexec on 10.0.0.1, port 512", 99},
		{"=1+1", `\x3d1+1`, 99},
		{"+1-1@x", `\x2b1-1@x`, 99},
		{"-1", `\x2d1`, 99},
		{"@SUM(A1)", `\x40SUM(A1)`, 99},
		{`<b a='c' d="e">&`, `\x3cb a\x3d\x27c\x27 d\x3d\x22e\x22\x3e\x26`, 99},
		{"a|b=c`d`${jndi:x}", `a\x7cb\x3dc\x60d\x60\x24{jndi:x}`, 99},
		{"\x1b[2J\r\n\u202e~", `\x1b[2J\x0d\x0a\xe2\x80\xae\x7e`, 99},
		{`a\b`, `a\\b`, 99},
		{"abc", "ab~", 2},
		{"", "", 2},
	}
	for _, test := range tests {
		if got := string(AppendInert([]byte("x"), test.src, test.max)); got != "x"+test.want {
			t.Errorf("%q: got %s, want %s", test.src, got[1:], test.want)
		}
		want := strings.ReplaceAll(test.want, `\`, `\\`)
		if got := string(AppendInertDoubled(nil, []byte(test.src), test.max)); got != want {
			t.Errorf("%q doubled: got %s, want %s", test.src, got, want)
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range []string{"", `\`, "=cmd|' /C calc'!A0", "<script>", "~", "\xff\x9b", "-", "${x}"} {
		f.Add([]byte(s), 40)
	}
	f.Fuzz(func(t *testing.T, src []byte, limit int) {
		inert := AppendInert(nil, src, limit)
		if i := bytes.IndexFunc(inert, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("<>&\"'`=|$", r) }); i >= 0 {
			t.Fatalf("%q holds %q", inert, inert[i])
		}
		if len(inert) > 0 && strings.ContainsRune("+-@=", rune(inert[0])) {
			t.Fatalf("%q begins a formula", inert)
		}
		raw, cut, err := Unescape(inert)
		want := src[:max(0, min(limit, len(src)))]
		if err != nil || !bytes.Equal(raw, want) || cut != (len(want) < len(src)) {
			t.Fatalf("%q is read back as %q, %v, %v", inert, raw, cut, err)
		}
		var decoded string
		doubled := append(AppendInertDoubled([]byte{'"'}, src, limit), '"')
		if err := json.Unmarshal(doubled, &decoded); err != nil || decoded != string(inert) {
			t.Fatalf("%s as JSON is %q (%v), want %q", doubled, decoded, err, inert)
		}
	})
}
