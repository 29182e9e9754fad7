// Package secret holds passwords, tokens and keys. They are read from files or
// from systemd credentials, never from arguments or the configuration itself, and
// however a Secret is printed, what comes out is "[redacted]".
package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Secret is a text that must not be shown. The zero value holds none. The text is
// behind a function, so that no printer that walks through memory finds it.
type Secret struct{ reveal func() string }

const redacted = "[redacted]"

// New returns a Secret that holds s.
func New(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{func() string { return s }}
}

// Reveal returns the text, "" when there is none.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Set tells whether there is a text.
func (s Secret) Set() bool { return s.reveal != nil }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s.reveal == nil {
		return ""
	}
	return redacted
}

// Format implements fmt.Formatter, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The two places a secret may be in.
const (
	inFile       = "file:"
	inCredential = "credential:"
)

// Check tells whether where names a place, without looking there.
func Check(where string) error {
	path, file := strings.CutPrefix(where, inFile)
	name, credential := strings.CutPrefix(where, inCredential)
	switch {
	case file && filepath.IsAbs(path):
		return nil
	case credential && name != "" && name == filepath.Base(name) && name != "." && name != "..":
		return nil
	}
	return errors.New(`a secret is not written here: want "file:/path/of/a/file" or "credential:NAME" (systemd.exec(5), LoadCredential=)`)
}

// Named tells whether where looks like a place of a secret.
func Named(where string) bool {
	return strings.HasPrefix(where, inFile) || strings.HasPrefix(where, inCredential)
}

// Read reads a secret from "file:PATH" or "credential:NAME". The text may end in
// one newline; a file that everybody may read is refused.
func Read(where string) (Secret, error) {
	if err := Check(where); err != nil {
		return Secret{}, err
	}
	if path, ok := strings.CutPrefix(where, inFile); ok {
		return read(path, true)
	}
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return Secret{}, fmt.Errorf("read %s: there are no credentials: add LoadCredential=%s:/path to the unit", where, strings.TrimPrefix(where, inCredential))
	}
	return read(filepath.Join(dir, strings.TrimPrefix(where, inCredential)), false)
}

func read(path string, ours bool) (Secret, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would hold us here
	if errors.Is(err, fs.ErrPermission) && ours {
		return Secret{}, fmt.Errorf("read a secret: %w: klaxond's user must be in its group: chgrp klaxon %s; chmod 640 %s", err, path, path)
	}
	if err != nil {
		return Secret{}, fmt.Errorf("read a secret: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Secret{}, fmt.Errorf("read a secret: %w", err)
	case !info.Mode().IsRegular():
		return Secret{}, fmt.Errorf("read a secret: %s is no file", path)
	case ours && info.Mode().Perm()&0o007 != 0:
		return Secret{}, fmt.Errorf("read a secret: everybody has access to %s: chmod o= %s", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLength+1))
	if err != nil {
		return Secret{}, fmt.Errorf("read a secret: %w", err)
	}
	return judge(path, string(text))
}

// judge takes what can stand in a header, a URL or a password.
func judge(path, text string) (Secret, error) {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case text == "":
		return Secret{}, fmt.Errorf("read a secret: %s is empty", path)
	case len(text) > maxLength:
		return Secret{}, fmt.Errorf("read a secret: %s is longer than %d bytes", path, maxLength)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Secret{}, fmt.Errorf("read a secret: %s has more than one line, or control characters", path)
	}
	return New(text), nil
}
