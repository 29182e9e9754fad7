package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"klaxon/internal/check"
	"klaxon/internal/sandbox"
)

// self is whom klaxond is once privilege is given up.
func self(user sandbox.Identity) sandbox.Identity {
	if uid := os.Geteuid(); uid != 0 && uid != user.UID {
		return sandbox.Identity{Name: strconv.Itoa(uid), UID: uid, GID: os.Getegid()}
	}
	return user
}

// lookAround sees, once privilege is given up, whether what was opened before can
// still be reached: a store in a folder that is closed to klaxond's user is written,
// and every question of klaxonctl fails.
func (d *daemon) lookAround() {
	d.lookAtConfig()
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

// lookAtConfig sees whether a reload could read the configuration, which was read as
// root at the start, and says so once. Whoever writes the file may take it away, or give
// it back, at any time.
func (d *daemon) lookAtConfig() {
	what := ""
	if err := check.Reread(d.file, d.paths); err != nil {
		what = "the next reload will fail: " + check.Denied(err, d.user).Error()
	}
	if what != "" && what != d.unreadable {
		d.say("%s", what)
	}
	d.unreadable = what
	d.trouble.set(troubleConfig, what)
}

// unreachable says what comes of a file that may not be opened. It is not opened for
// that: to close it again would give up the locks on the store, which are the process's,
// and sqlite3(1) takes away the log of a store that nobody has locked.
func unreachable(consequence, path string) []string {
	if err := unix.Access(path, unix.R_OK); !errors.Is(err, fs.ErrPermission) {
		return nil // whoever writes it tells of anything else
	}
	return []string{fmt.Sprintf("%s: user %d may not open %s: let that user enter %s and the folders above it (chmod o+x, or chown)",
		consequence, os.Geteuid(), path, filepath.Dir(path))}
}
