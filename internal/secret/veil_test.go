package secret

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"
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

// FuzzVeil: a secret that stands anywhere in a text, as it is or in base64, is hidden.
func FuzzVeil(f *testing.F) {
	f.Add("hunter2hunter2", "before", "after")
	f.Fuzz(func(t *testing.T, word, before, after string) {
		if len(word) < run+3 || strings.Contains(word, "://") {
			return
		}
		v := NewVeil(New(word))
		for _, text := range []string{before + word + after, base64.StdEncoding.EncodeToString([]byte(before + word + after))} {
			if got := string(v.Hide([]byte(text))); strings.Contains(got, word) || !strings.Contains(got, redacted) {
				t.Fatalf("%q became %q", text, got)
			}
		}
	})
}
