package check

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"klaxon/internal/config"
	"klaxon/internal/sandbox"
)

// surroundings is the host around klaxond, as far as check looks at it.
type surroundings struct {
	root    string // "" for the host itself
	remote  func(path string) string
	user    sandbox.Identity // whom klaxond reads its configuration as at a reload
	becomes bool             // that is another than whom it starts as
}

// programs are where ours may stand. What everybody may read there is no secret;
// what everybody may write is no program of ours any more.
var programs = []string{
	"/usr/sbin/klaxond", "/usr/sbin/klaxon", "/usr/sbin/klaxon.ident", "/usr/sbin/tocsin", "/usr/bin/klaxonctl",
	"/usr/local/sbin/klaxond", "/usr/local/sbin/klaxon", "/usr/local/bin/klaxonctl",
}

// trapFolder is where the README puts the traps of inetd.
const trapFolder = "/etc/local/klaxon"

// self is the program that asks.
func self() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{path}
}

// host is the one that check runs on.
func host() *surroundings {
	s := &surroundings{remote: remoteDisk, user: sandbox.Identity{Name: strconv.Itoa(os.Geteuid()), UID: os.Geteuid(), GID: os.Getegid()}}
	if user, err := sandbox.Lookup(unitUser); err == nil && os.Geteuid() == 0 {
		s.user, s.becomes = user, true
	}
	return s
}

// warnings are of what around a good configuration gives it away.
func (s *surroundings) warnings(c *config.Config, file string, own []string) (list []string) {
	for _, p := range append(own, programs...) {
		list = append(list, s.program(p)...)
	}
	list = append(list, s.secret("the folder of the traps", trapFolder)...)
	list = append(list, s.secret("the configuration", file)...)
	dropIns := filepath.Join(filepath.Dir(file), "conf.d")
	list = append(list, s.secret("the configuration", dropIns)...)
	list = append(list, s.lost(file, dropIns)...)
	keep := append([]string{file}, s.dropIns(dropIns)...)
	if c.Output.JSON {
		list = append(list, s.secret("the JSON file", c.Output.JSONPath)...)
		keep = append(keep, c.Output.JSONPath)
	}
	if c.Store.Enabled {
		list = append(list, s.secret("the store", c.Store.Path)...)
		keep = append(keep, c.Store.Path)
	}
	list = append(list, s.folders(keep)...)
	return append(list, s.copies(c)...)
}

const (
	othersMay   fs.FileMode = 0o007
	othersWrite fs.FileMode = 0o002
)

// program warns of a program that others can replace.
func (s *surroundings) program(path string) (list []string) {
	for _, p := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(s.root + p)
		if err == nil && info.Mode()&othersWrite != 0 && info.Mode()&fs.ModeSticky == 0 {
			list = append(list, fmt.Sprintf("%s can be replaced by everybody (mode %04o on %s): chmod o-w %s", path, info.Mode().Perm(), p, p))
		}
	}
	return append(list, s.disk("the program", path)...)
}

// secret warns of what others can read or write: an intruder who knows the traps
// avoids them, and one who can write the records has none.
func (s *surroundings) secret(what, path string) []string {
	info, err := os.Stat(s.root + path)
	if err != nil {
		return nil
	}
	var list []string
	if open := info.Mode() & othersMay; open != 0 && !s.closed(filepath.Dir(path)) {
		how := "read"
		if open&othersWrite != 0 {
			how = "written"
		}
		list = append(list, fmt.Sprintf("%s can be %s by everybody (mode %04o): %s", what, how, info.Mode().Perm(), s.hide(info, path)))
	}
	return append(list, s.disk(what, path)...)
}

// folders warns of those in which everybody can put another file in the place of one of
// ours, or of what a link there leads to.
func (s *surroundings) folders(files []string) (list []string) {
	seen := map[string]bool{}
	for _, file := range files {
		for _, dir := range []string{filepath.Dir(file), filepath.Dir(s.target(file))} {
			info, err := os.Stat(s.root + dir)
			if err != nil || seen[dir] || filepath.Base(dir) == "conf.d" {
				continue
			}
			seen[dir] = true // and conf.d is told of as the configuration
			const enterAndWrite = 0o003
			if info.Mode()&enterAndWrite == enterAndWrite && info.Mode()&fs.ModeSticky == 0 && !s.closed(filepath.Dir(dir)) {
				list = append(list, fmt.Sprintf("what is in %s can be replaced by everybody (mode %04o): chmod o-w %s", dir, info.Mode().Perm(), dir))
			}
		}
	}
	return list
}

// target is where a link leads, the path itself when it is none.
func (s *surroundings) target(path string) string {
	to, err := filepath.EvalSymlinks(s.root + path)
	if err != nil {
		return path
	}
	return strings.TrimPrefix(to, s.root)
}

// hide takes from everybody what is not everybody's, and leaves klaxond what it can
// read as one of them alone: a configuration that root owns.
func (s *surroundings) hide(info fs.FileInfo, path string) string {
	const owners = 0o770
	if !s.becomes || !may(info, s.user, 0o4) || may(masked{info, owners}, s.user, 0o4) {
		return "chmod o-rwx " + path
	}
	if info.IsDir() {
		return fmt.Sprintf("chgrp %s %s; chmod 750 %s", groupName(s.user.GID), path, path)
	}
	return handTo(path, s.user)
}

// masked is a file with a part of its mode.
type masked struct {
	fs.FileInfo
	mask fs.FileMode
}

// Mode implements fs.FileInfo.
func (m masked) Mode() fs.FileMode { return m.FileInfo.Mode() & m.mask }

// lost warns of a configuration that klaxond, when it gave up privilege, may not read.
func (s *surroundings) lost(file, dropIns string) (list []string) {
	if !s.becomes {
		return nil
	}
	look := func(path string) (open bool) {
		why := closedTo(s.root, path, s.user)
		text := "klaxond can read its configuration as root, at its start, and at no reload: " + why
		if why != "" && !slices.Contains(list, text) { // a folder above may close several
			list = append(list, text)
		}
		return why == ""
	}
	links := func(path string) {
		if to := s.target(path); look(path) && to != path {
			look(to)
		}
	}
	links(file)
	if _, err := os.Stat(s.root + dropIns); err == nil && look(dropIns) {
		for _, path := range s.dropIns(dropIns) {
			links(path)
		}
	}
	return list
}

// dropIns are the files of the configuration in a folder.
func (s *surroundings) dropIns(dir string) []string {
	files, _ := config.DropIns(s.root + dir) // what cannot be listed is told by itself
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], s.root)
	}
	return files
}

// closed tells whether others cannot get through a folder, or one above it.
func (s *surroundings) closed(dir string) bool {
	for {
		info, err := os.Stat(s.root + dir)
		if err == nil && info.Mode()&0o001 == 0 {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}

func (s *surroundings) disk(what, path string) []string {
	if _, err := os.Stat(s.root + path); err != nil || s.remote == nil {
		return nil
	}
	kind := s.remote(s.root + path)
	if kind == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s %s lies on %s: whoever holds that machine holds klaxond, and when it hangs so does klaxond: use a local disk", what, path, kind)}
}
