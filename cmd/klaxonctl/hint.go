package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"klaxon/internal/config"
)

// seeHelp ends an error about how a command was called: the whole usage would scroll
// the error off the screen.
func seeHelp(stderr io.Writer, command string) {
	fmt.Fprintf(stderr, "%s %s -h tells all\n", typed(), command)
}

// typed is klaxonctl as it was called, so that what is hinted at can be typed.
func typed() string {
	if path := os.Args[0]; strings.HasSuffix(path, "klaxonctl") {
		return path
	}
	return "klaxonctl"
}

// hostFiles tells whether there is a file of that path, or a folder.
func hostFiles(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(fs.ModeType&^fs.ModeDir) == 0
}

// whoMayRead says that root could be told of what the klaxond of the system kept,
// "" where nobody could or root asks.
func whoMayRead(store bool, euid int, exists func(string) bool) string {
	if !store || euid == 0 || !exists(config.PathsFor(0, func(string) string { return "" }).State) {
		return ""
	}
	return "what the klaxond of this system kept is told to root"
}

// howToStart says how a klaxond that does not run is started here.
func howToStart(exists func(string) bool) string {
	for _, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/local/lib/systemd/system"} {
		if exists(dir + "/klaxond.service") {
			return "start it with: systemctl start klaxond"
		}
	}
	var dirs []string
	if own, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(own))
	}
	for _, dir := range append(append(dirs, filepath.SplitList(os.Getenv("PATH"))...), "/usr/sbin", "/usr/local/sbin") {
		if path := filepath.Join(dir, "klaxond"); exists(path) {
			return "start it with: " + path
		}
	}
	return "no klaxond is installed here; -socket names one that listens elsewhere"
}
