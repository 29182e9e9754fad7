package render

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestAppendText(t *testing.T) {
	tests := []struct {
		src  string
		max  int
		want string
	}{
		{"", 8, ""},
		{"root", 8, "root"},
		{`a b"c<d>&'`, 32, `a b"c<d>&'`},
		{"\r\n", 8, `\x0d\x0a`},
		{"\x00\x1b[2J\x7f", 8, `\x00\x1b[2J\x7f`},
		{"\u009b31m", 8, `\xc2\x9b31m`}, // CSI, a C1 control, as UTF-8
		{"\x9b31m", 8, `\x9b31m`},       // and as one byte
		{"\u202e", 8, `\xe2\x80\xae`},   // right-to-left override
		{"é", 8, `\xc3\xa9`},            //
		{"\xff\xfe", 8, `\xff\xfe`},     // no UTF-8 at all
		{`\`, 8, `\\`},                  //
		{`\x41`, 8, `\\x41`},            // a source cannot write our escapes
		{"~", 8, `\x7e`},                // nor our cut
		{"abcd", 4, "abcd"},             //
		{"abcde", 4, "abcd~"},           //
		{"abc~e", 4, `abc\x7e~`},        //
		{"\n\n\n", 2, `\x0a\x0a~`},      // the cap counts source bytes
		{"é", 1, `\xc3~`},               //
		{"x", 0, "~"},                   //
		{"", 0, ""},                     //
		{"x", -1, "~"},
		{"", -1, ""},                               //
		{"key=value src=1", 32, "key=value src=1"}, // a text is no token
	}
	for _, tt := range tests {
		if got := AppendText([]byte("> "), []byte(tt.src), tt.max); string(got) != "> "+tt.want {
			t.Errorf("text of %q, at most %d: got %s, want > %s", tt.src, tt.max, got, tt.want)
		}
	}
}

func TestAppendToken(t *testing.T) {
	tests := []struct {
		src  string
		max  int
		want string
	}{
		{"", 8, ""},
		{"host-1.example.org", 32, "host-1.example.org"},
		{"2001:db8::1", 32, "2001:db8::1"},
		{"AZaz09._:-", 32, "AZaz09._:-"},
		{"a b", 8, `a\x20b`},
		{"a src=1", 8, `a\x20src\x3d1`},
		{"a@b", 8, `a\x40b`},
		{"@[`{/;", 8, `\x40\x5b\x60\x7b\x2f\x3b`}, // neighbours of the ranges
		{`\x41`, 8, `\x5cx41`},
		{"~", 8, `\x7e`},
		{"\n\u202e", 8, `\x0a\xe2\x80\xae`},
		{"abcde", 4, "abcd~"},
		{"x", 0, "~"},
	}
	for _, tt := range tests {
		if got := AppendToken([]byte("> "), []byte(tt.src), tt.max); string(got) != "> "+tt.want {
			t.Errorf("token of %q, at most %d: got %s, want > %s", tt.src, tt.max, got, tt.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	tests := []struct {
		text, raw string
		truncated bool
	}{
		{"", "", false},
		{"abc", "abc", false},
		{"abc~", "abc", true},
		{"~", "", true},
		{`\\x41`, `\x41`, false},
		{`\x00\xff\x7e`, "\x00\xff~", false},
	}
	for _, tt := range tests {
		raw, truncated, err := Unescape([]byte(tt.text))
		if err != nil || string(raw) != tt.raw || truncated != tt.truncated {
			t.Errorf("%s: got %q, %v, %v; want %q, %v", tt.text, raw, truncated, err, tt.raw, tt.truncated)
		}
	}
}

func TestUnescapeRefuses(t *testing.T) {
	tests := []struct {
		text   string
		offset int
	}{
		{`abc\`, 3},
		{`\x`, 0},
		{`\x4`, 0},
		{`a\x4g`, 1},
		{`a\xg4`, 1},
		{`a\x4A`, 1}, // we write lower case
		{`\n`, 0},
		{"a~b", 1},
		{"~~", 0},
		{"ab\n", 2},
		{"\x7f", 0},
		{"é", 0},
	}
	for _, tt := range tests {
		_, _, err := Unescape([]byte(tt.text))
		var at *EscapeError
		if !errors.As(err, &at) || at.Offset != tt.offset {
			t.Errorf("%q: got error %v, want one at byte %d", tt.text, err, tt.offset)
		}
	}
	_, _, err := Unescape([]byte("ab\n"))
	if want := "unescape: byte 2 is no escaped text"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func FuzzText(f *testing.F) { fuzzEscape(f, AppendText, isPrintable) }

func FuzzToken(f *testing.F) {
	fuzzEscape(f, AppendToken, func(c byte) bool { return isToken(c) || c == '\\' || c == cut })
}

// hostile are bytes that other writers let through, or stumble over.
var hostile = []string{
	"", "root", "a b", "\r\nALERT: host", "\x00", "\x1b]0;x\a", "\u009b", "\x7f", "\u202eabc", "\u2028",
	`\`, `\x41`, "~", `"`, `root"; this came over loopback; "`, " src=10.0.0.1", "a@b", "\xff\xc3", "%s%n",
	strings.Repeat("\n", 2000),
}

func fuzzEscape(f *testing.F, write func(dst, src []byte, max int) []byte, mayHold func(byte) bool) {
	for i, s := range hostile {
		f.Add([]byte(s), i)
	}
	f.Fuzz(func(t *testing.T, src []byte, limit int) {
		out := write(nil, src, limit)
		for i, c := range out {
			if !mayHold(c) {
				t.Fatalf("byte %d of %q is %#x", i, out, c)
			}
		}
		n := max(0, min(limit, len(src)))
		if len(out) > 4*n+1 {
			t.Fatalf("%d bytes of text for %d of source", len(out), n)
		}
		raw, truncated, err := Unescape(out)
		if err != nil || !bytes.Equal(raw, src[:n]) || truncated != (n < len(src)) {
			t.Fatalf("%q came back as %q, %v, %v; want %q, %v", out, raw, truncated, err, src[:n], n < len(src))
		}
	})
}

// FuzzUnescape reads any text without fault; what it accepts can be written again.
func FuzzUnescape(f *testing.F) {
	for _, s := range hostile {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		raw, truncated, err := Unescape(text)
		if err != nil {
			return
		}
		limit := len(raw)
		if truncated {
			raw = append(raw, 'x')
		}
		byText, byToken := AppendText(nil, raw, limit), AppendToken(nil, raw, limit)
		again, _, err := Unescape(byToken)
		if err != nil || !bytes.Equal(again, raw[:limit]) {
			t.Fatalf("token %q of %q came back as %q, %v", byToken, raw, again, err)
		}
		if again, _, err = Unescape(byText); err != nil || !bytes.Equal(again, raw[:limit]) {
			t.Fatalf("text %q of %q came back as %q, %v", byText, raw, again, err)
		}
	})
}

func isPrintable(c byte) bool { return c >= 0x20 && c <= 0x7e }
