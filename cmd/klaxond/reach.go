package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// lookAround sees, once privilege is given up, whether what was opened before can
// still be reached: a store in a folder that is closed to klaxond's user is written,
// and every question of klaxonctl fails.
func (d *daemon) lookAround() {
	var closed []string
	if d.keeper != nil && !d.unkept {
		closed = append(closed, unreachable("klaxonctl will be told nothing of what is kept", d.cfg.Store.Path)...)
	}
	if d.records != "" {
		closed = append(closed, unreachable("the JSON file cannot be opened again when it is rotated", d.records)...)
	}
	for _, what := range closed {
		d.say("%s", what)
	}
	d.trouble.set(troubleReach, strings.Join(closed, "; "))
}

// unreachable says what comes of a file that may not be opened.
func unreachable(consequence, path string) []string {
	f, err := os.Open(path)
	if err == nil {
		f.Close()
		return nil
	}
	if !errors.Is(err, fs.ErrPermission) {
		return nil // whoever writes it tells
	}
	return []string{fmt.Sprintf("%s: user %d may not open %s: let that user enter %s and the folders above it (chmod o+x, or chown)",
		consequence, os.Geteuid(), path, filepath.Dir(path))}
}
