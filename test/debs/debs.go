// Package debs gives tests the real programs that fetch.sh unpacked from
// Debian packages: inetds, ident and syslog daemons, scanners.
package debs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Dir returns the directory that fetch.sh fills for this machine, with bin/ in
// it. It need not exist.
func Dir() string {
	cache := os.Getenv("KLAXON_CACHE")
	if cache == "" {
		// An error means that there is no home either: then nothing was fetched.
		user, _ := os.UserCacheDir()
		cache = filepath.Join(user, "klaxon")
	}
	return filepath.Join(cache, "debs", "current")
}

// Find returns the path of a program, by the name in fetch.sh. The error is a
// *MissingError when it could not be had.
func Find(name string) (string, error) {
	path := filepath.Join(Dir(), "bin", name)
	_, err := os.Stat(path)
	if err == nil {
		return path, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	why, err := os.ReadFile(filepath.Join(Dir(), "missing", name))
	if err != nil {
		return "", &MissingError{Name: name, Why: "not fetched yet (make tools)"}
	}
	return "", &MissingError{Name: name, Why: strings.TrimSpace(string(why))}
}

// MissingError says why a program is not here.
type MissingError struct {
	Name string
	Why  string // one line, as fetch.sh left it
}

func (e *MissingError) Error() string { return "no " + e.Name + " here: " + e.Why }
