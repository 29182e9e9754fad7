package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"klaxon"
	"klaxon/internal/pipeline"
	"klaxon/internal/sandbox"
	"klaxon/internal/sink"
	"klaxon/internal/syslog"
)

// runAs is the user that a klaxond started as root becomes.
const runAs = "klaxon"

// openOutputs opens what the configuration names, and hands files to the user
// that klaxond is about to become.
func (d *daemon) openOutputs(user sandbox.Identity) error {
	if err := d.prepareRun(user); err != nil {
		return err
	}
	out := d.cfg.Output
	if out.Terminal {
		d.sinks = append(d.sinks, pipeline.Output{Sink: d.terminal()})
	}
	if out.Syslog {
		w, err := syslog.Open("klaxon")
		if err != nil {
			d.mute = true
			d.say("no syslog daemon yet (%v); its lines wait", err)
		}
		d.sinks = append(d.sinks, pipeline.Output{Sink: sink.NewSyslog(w)})
	}
	if out.JSON {
		if err := d.openJSON(out.JSONPath, user); err != nil {
			return err
		}
	}
	d.openTables(user)
	return nil
}

func (d *daemon) terminal() klaxon.Sink {
	color := isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return sink.NewTerminal(d.stdout, time.Local, color)
}

func (d *daemon) openJSON(path string, user sandbox.Identity) error {
	if err := prepare(filepath.Dir(path), user); err != nil {
		return err
	}
	s, err := openFile(path, user)
	if s == nil {
		return err
	}
	if err != nil {
		d.say("nothing is written there until this is mended: %v", err)
	}
	d.sinks = append(d.sinks, pipeline.Output{Sink: s, Keep: true})
	d.records = path
	return nil
}

// openFile opens a file of lines, and hands it over. Beside an error of the disk
// there may be a sink, which tries again.
func openFile(path string, user sandbox.Identity) (*sink.JSON, error) {
	s, err := sink.NewJSON(path)
	if err != nil {
		return s, err
	}
	if os.Geteuid() == 0 {
		if err := s.Chown(user.UID, user.GID); err != nil {
			s.Close()
			return nil, fmt.Errorf("give %s to %s: %w", path, user.Name, err)
		}
	}
	return s, nil
}

// prepare makes a directory of ours, and as root gives one that it made to the
// user klaxond becomes. A directory that was there keeps its owner.
func prepare(dir string, user sandbox.Identity) error { return makeFolder(dir, 0o750, user) }

// prepareRun makes the folder of the sockets, which any user may enter, as the unit
// of systemd makes it: klaxon hands over from inetd as whoever it runs as, and each
// socket has a mode of its own. It is no such folder where it keeps files, too.
func (d *daemon) prepareRun(user sandbox.Identity) error {
	if d.paths.Run == d.paths.State {
		return prepare(d.paths.Run, user)
	}
	return makeFolder(d.paths.Run, 0o755, user)
}

func makeFolder(dir string, mode fs.FileMode, user sandbox.Identity) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	if err := os.Chmod(dir, mode); err != nil { // whatever the umask is
		return fmt.Errorf("make %s: %w", dir, err)
	}
	if os.Geteuid() == 0 {
		if err := os.Lchown(dir, user.UID, user.GID); err != nil {
			return fmt.Errorf("give %s to %s: %w", dir, user.Name, err)
		}
	}
	return nil
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
