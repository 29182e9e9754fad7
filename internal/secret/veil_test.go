package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// leaks tells whether a text shows a part of a secret that is worth something.
func leaks(text, word string) bool {
	text = strings.ToLower(text)
	for i := range len(word) - run + 1 {
		if strings.Contains(text, strings.ToLower(word[i:i+run])) {
			return true
		}
	}
	return false
}

// TestVeil: however a peer quotes a secret, no part of it is shown, and what is no
// secret is.
func TestVeil(t *testing.T) {
	token, password := "tok+hunter3/hunter3==", "pa&ss \"wörd<42>"
	hook := "https://bob:hunter2hunter2@hooks.example.net/services/T0SECRET/B0SECRET/abc%2Fdefghijk?key=s3cr3t-value&n=1"
	v := NewVeil(New(token), New(password), New(hook), Secret{})
	quoted, _ := json.Marshal(password)
	for _, text := range []string{
		token, password, string(quoted), html.EscapeString(password), url.QueryEscape(token), strings.ToLower(url.QueryEscape(token)),
		url.PathEscape(password), "Bearer " + token, "Cannot POST /services/T0SECRET/B0SECRET/abc%2Fdefghijk",
		"/services/T0SECRET/B0SECRET/abc/defghijk", `\/services\/T0SECRET\/B0SECRET`, "no key s3cr3t-value", "unknown key: ...r3t-value",
		base64.StdEncoding.EncodeToString([]byte("ops:" + password)), base64.StdEncoding.EncodeToString([]byte("bob:hunter2hunter2")),
		base64.URLEncoding.EncodeToString([]byte("\x00ops\x00" + token)), base64.StdEncoding.EncodeToString([]byte(token + "and more")),
		base64.StdEncoding.EncodeToString([]byte("a" + token)), base64.StdEncoding.EncodeToString([]byte("ab" + token)),
	} {
		got := string(v.Hide([]byte("it said: " + text + ", which is wrong")))
		if !strings.HasPrefix(got, "it said: ") || !strings.HasSuffix(got, ", which is wrong") || !strings.Contains(got, redacted) {
			t.Errorf("%q became %q", text, got)
		}
		for _, word := range []string{token, password, "hunter2hunter2", "T0SECRET", "B0SECRET", "defghijk", "s3cr3t-value", url.QueryEscape(token),
			base64.StdEncoding.EncodeToString([]byte(token)), base64.StdEncoding.EncodeToString([]byte(password))} {
			if leaks(got, word) {
				t.Errorf("%q became %q, which shows %q", text, got, word)
			}
		}
	}
	for _, text := range []string{"call hooks.example.net: connection refused", "404 Not Found", ""} {
		if got := string(v.Hide([]byte(text))); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := string(NewVeil(New("abc12")).Hide([]byte("x abc12 y"))); got != "x "+redacted+" y" {
		t.Errorf("a short one: %q", got)
	}
	err := v.Error(fmt.Errorf("read %s: %w", token, io.ErrUnexpectedEOF))
	if leaks(err.Error(), token) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	if text := fmt.Sprintf("%+v %#v", v, *v); leaks(text, token) || leaks(text, fmt.Sprint([]byte(token))) {
		t.Errorf("it tells itself: %s", text)
	}
}

// escapers are how peers quote what they were sent: as Go, Python, PHP and others do.
var escapers = map[string]func(string) string{
	"as it is": func(s string) string { return s },
	"HTML":     html.EscapeString,
	"HTML of Python": func(s string) string {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;").Replace(s)
	},
	"JSON": func(s string) string {
		q, _ := json.Marshal(s)
		return string(q[1 : len(q)-1])
	},
	"JSON in ASCII": func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			if u < 0x80 && u >= ' ' && !strings.ContainsRune(`"'<>&\/`, rune(u)) {
				b.WriteByte(byte(u))
			} else {
				fmt.Fprintf(&b, `\u%04x`, u)
			}
		}
		return b.String()
	},
	"URL":         url.QueryEscape,
	"path":        url.PathEscape,
	"URL, twice":  func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"each byte":   func(s string) string { return eachByte(s, "%%%02X") },
	"in C":        func(s string) string { return eachByte(s, `\x%02x`) },
	"hex":         func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex, spaced": func(s string) string { return eachByte(s, "%02X ") },
	"base64":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 in lines": func(s string) string {
		return strings.TrimSpace(regexp.MustCompile("....").ReplaceAllString(base64.StdEncoding.EncodeToString([]byte(s)), "$0\r\n"))
	},
}

func eachByte(s, form string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, form, c)
	}
	return b.String()
}

// TestVeilOfEscapes: whatever a peer escapes a secret with, nothing of it is left that
// could be read back.
func TestVeilOfEscapes(t *testing.T) {
	for _, word := range []string{"pa\"s's&w<o>r+d!\u00e9#12", "T0SECRET/abc%2Fdefghijk", `back\slash\\and/\"quote`, "tok+hunter3/hunter3==", "plain-and-long-enough"} {
		v := NewVeil(New(word))
		for what, escape := range escapers {
			text := escape(word)
			got := string(v.Hide([]byte("it said <" + text + "> to us")))
			if rest := strings.TrimSuffix(strings.TrimPrefix(got, "it said <"), "> to us"); strings.TrimSpace(strings.ReplaceAll(rest, "=", "")) != redacted {
				t.Errorf("%s: %q became %q", what, text, got)
			}
		}
	}
}

// FuzzVeil: a secret that stands anywhere in a text, escaped in any way, is hidden.
func FuzzVeil(f *testing.F) {
	f.Add("hunter2hunter2", "before", "after")
	f.Add(`pa"s's&w<o>r+d!`, "&am", "p;%2")
	f.Fuzz(func(t *testing.T, word, before, after string) {
		if len(word) < run+3 || strings.Contains(word, "://") || !utf8.ValidString(word) || strings.ContainsFunc(word, unicode.IsControl) {
			return
		}
		v := NewVeil(New(word))
		for what, escape := range escapers {
			said := escape(word)
			if got := string(v.Hide([]byte(before + " " + said + " " + after))); !strings.Contains(got, redacted) || strings.Contains(got, said) && !strings.Contains(before+after, said) {
				t.Fatalf("%s: %q became %q", what, said, got)
			}
		}
		for _, text := range []string{before + word + after, base64.StdEncoding.EncodeToString([]byte(before + word + after))} {
			if got := string(v.Hide([]byte(text))); strings.Contains(got, word) || !strings.Contains(got, redacted) {
				t.Fatalf("%q became %q", text, got)
			}
		}
	})
}
