package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// Veil hides secrets in what somebody else said: a peer may quote the path that it
// was asked for, or the header that it did not like. It knows them as they are,
// in hexadecimal, and in base64, which is how Basic and SMTP have them, with whatever
// else stands before; each also escaped as in URLs, JSON and HTML, and in lines. Use
// NewVeil; nil hides nothing. What it knows is behind a function, as in Secret.
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
	return &Veil{func(text []byte) []bool {
		hidden := make([]bool, len(text))
		for _, s := range readings(text) {
			s.cover(hidden, runs, whole)
		}
		return hidden
	}}
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

// formsOf are the ways in which a text may come back, but for escapes: these are undone
// in what comes, and so in the text, which may have some of its own.
func formsOf(text string) (forms []string) {
	if len(text) < shortest {
		return nil
	}
	for _, s := range readings([]byte(text)) {
		if len(s.text) < shortest {
			continue
		}
		forms = append(forms, string(s.text), hex.EncodeToString(s.text))
		for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, codedIn(coding, string(s.text))...)
		}
	}
	return forms
}

// codedIn is a text in base64, with whatever stands before.
func codedIn(coding *base64.Encoding, text string) (forms []string) {
	for before := range 3 {
		coded := coding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
		// The first signs have bits of what stands before, the last of what follows.
		first, last := [...]int{0, 2, 3}[before], len(coded)
		if (before+len(text))%3 != 0 {
			last--
		}
		forms = append(forms, coded[first:last], coded[first:]) // if nothing follows
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

// cover marks what of the text as it came is secret.
func (s *said) cover(hidden []bool, runs map[[run]byte]bool, whole []string) {
	text := lower(s.text)
	mark := func(at, n int) {
		for i := s.from[at]; i < s.to[at+n-1]; i++ {
			hidden[i] = true
		}
	}
	for i := range max(len(text)-run+1, 0) {
		if runs[[run]byte(text[i:i+run])] {
			mark(i, run)
		}
	}
	for _, w := range whole {
		for at := 0; ; at++ {
			i := bytes.Index(text[at:], []byte(w))
			if i < 0 {
				break
			}
			at += i
			mark(at, len(w))
		}
	}
}

// Hide returns the text with "[redacted]" for what is secret, and without its end if
// it is long.
func (v *Veil) Hide(text []byte) []byte {
	if v == nil {
		return text
	}
	text = text[:min(len(text), longest)]
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
