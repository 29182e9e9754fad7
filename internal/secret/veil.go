package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// Our own choices.
const (
	// run is how many bytes in a row of a secret are one too many to show: a peer
	// may quote the end of a token alone, or break it up.
	run = 8
	// shortest is the length from which a secret is looked for: a password of three
	// letters is in too many words.
	shortest = 4
)

// Veil hides secrets in what somebody else said: a peer may quote the path that it
// was asked for, or the header that it did not like. It knows them as they are,
// escaped as in URLs, JSON and HTML, and in base64, which is how Basic and SMTP have
// them, with whatever else stands before. Use NewVeil; nil hides nothing. What it
// knows is behind a function, as in Secret.
type Veil struct{ covered func(text []byte) []bool }

// NewVeil returns a Veil over secrets. Of one that is a URL what leads to the host is
// no secret, and all behind it is.
func NewVeil(list ...Secret) *Veil {
	runs, whole := map[[run]byte]bool{}, []string{}
	for _, s := range list {
		for _, part := range partsOf(s.Reveal()) {
			for _, form := range formsOf(part) {
				whole = learn(form, runs, whole)
			}
		}
	}
	return &Veil{func(text []byte) []bool { return cover(lower(text), runs, whole) }}
}

// partsOf is what of a text is secret.
func partsOf(text string) (parts []string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme == "" {
		return []string{text}
	}
	if u.User != nil {
		word, _ := u.User.Password()
		parts = append(parts, u.User.Username(), word, u.User.Username()+":"+word)
	}
	parts = append(parts, u.EscapedPath(), u.Path, u.RawQuery, u.Fragment)
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	return append(parts, strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' })...)
}

// formsOf are the ways in which a text may come back.
func formsOf(text string) (forms []string) {
	if len(text) < shortest {
		return nil
	}
	quoted, _ := json.Marshal(text) // a string always can be
	forms = append(forms, text, string(quoted[1:len(quoted)-1]), html.EscapeString(text),
		url.QueryEscape(text), url.PathEscape(text), strings.ReplaceAll(text, "/", `\/`))
	if plain, err := url.PathUnescape(text); err == nil {
		forms = append(forms, plain)
	}
	for before := range 3 {
		for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := coding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
			// The first signs have bits of what stands before, the last of what follows.
			first, last := [...]int{0, 2, 3}[before], len(coded)
			if (before+len(text))%3 != 0 {
				last--
			}
			forms = append(forms, coded[first:last])
		}
	}
	return forms
}

func learn(form string, runs map[[run]byte]bool, whole []string) []string {
	form = string(lower([]byte(form))) // of %2F as well as %2f
	switch {
	case len(form) < shortest:
	case len(form) < run:
		whole = append(whole, form)
	default:
		for i := range len(form) - run + 1 {
			runs[[run]byte([]byte(form[i:i+run]))] = true
		}
	}
	return whole
}

// lower changes ASCII letters alone, so that a text keeps its length.
func lower(text []byte) []byte {
	out := bytes.Clone(text)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

func cover(text []byte, runs map[[run]byte]bool, whole []string) []bool {
	out := make([]bool, len(text))
	mark := func(from, n int) {
		for i := from; i < from+n; i++ {
			out[i] = true
		}
	}
	for i := range max(len(text)-run+1, 0) {
		if runs[[run]byte(text[i:i+run])] {
			mark(i, run)
		}
	}
	for _, w := range whole {
		for from := 0; ; {
			i := bytes.Index(text[from:], []byte(w))
			if i < 0 {
				break
			}
			mark(from+i, len(w))
			from += i + 1
		}
	}
	return out
}

// Hide returns the text with "[redacted]" for what is secret.
func (v *Veil) Hide(text []byte) []byte {
	if v == nil {
		return text
	}
	var out []byte
	hidden := v.covered(text)
	for i, c := range text {
		switch {
		case !hidden[i]:
			out = append(out, c)
		case i == 0 || !hidden[i-1]:
			out = append(out, redacted...)
		}
	}
	return out
}

// Error hides secrets in the text of an error, and leaves what it wraps.
func (v *Veil) Error(err error) error {
	if v == nil || err == nil {
		return err
	}
	return &veiled{string(v.Hide([]byte(err.Error()))), err}
}

type veiled struct {
	text string
	err  error
}

func (v *veiled) Error() string { return v.text }
func (v *veiled) Unwrap() error { return v.err }
