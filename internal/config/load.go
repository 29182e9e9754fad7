package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Errors are all problems of a configuration, in the order of its files and
// lines.
type Errors []Problem

// Error lists the problems, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Problem is one thing wrong, or worth a warning, at a place in a file.
type Problem struct {
	File      string
	Line, Col int // from 1; 0 when it is about the whole file
	Text      string
}

// String puts the place before the text, as compilers do.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text)
}

// Warning is a problem that does not stop the configuration from being used.
type Warning = Problem

// Load reads a file and then the files *.toml of conf.d beside it, in the order
// of their names; a later one replaces what an earlier one says. name "" is the
// default path, which need not exist. check judges a list of services. The
// error, when it is about what the files say, is of type Errors.
func Load(name string, paths Paths, check func([]string) error) (Config, []Warning, error) {
	c := Default(paths)
	files, err := Files(name, paths)
	if err != nil {
		return c, nil, err
	}
	var problems Errors
	var warnings []Warning
	given := map[string]bool{}
	for _, path := range files {
		text, warning, err := read(path)
		if err != nil {
			return c, nil, err
		}
		if warning != "" {
			warnings = append(warnings, Warning{File: path, Text: warning})
		}
		problems = append(problems, c.merge(path, text, check, given)...)
	}
	c.replaceShort()
	problems = append(problems, c.clashes(cmp.Or(name, paths.Config))...)
	wrong, doubtful := c.settle(cmp.Or(name, paths.Config), given)
	problems, warnings = append(problems, wrong...), append(warnings, doubtful...)
	warnings = append(warnings, c.doubts(cmp.Or(name, paths.Config))...)
	if len(problems) > 0 {
		return c, warnings, problems
	}
	return c, warnings, nil
}

// Files are those that Load reads, in their order.
func Files(name string, paths Paths) ([]string, error) {
	main := cmp.Or(name, paths.Config)
	var files []string
	if _, err := os.Stat(main); err == nil {
		files = append(files, main)
	} else if name != "" || !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	dropIns, err := DropIns(filepath.Join(filepath.Dir(main), "conf.d"))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return append(files, dropIns...), nil
}

// DropIns lists the files *.toml of a directory, which need not exist. It
// takes no pattern of paths: a directory that cannot be read would pass for an
// empty one, and a bracket in its name for a choice.
func DropIns(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".toml") && name[0] != '.' {
			files = append(files, filepath.Join(dir, name))
		}
	}
	if len(files) > maxDropIns {
		return nil, fmt.Errorf("%s has %d files, at most %d are read", dir, len(files), maxDropIns)
	}
	return files, nil
}

// read returns a file's text, and a warning when somebody else may write it.
func read(path string) (text []byte, warning string, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would hold us here
	if err != nil {
		return nil, "", fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, "", fmt.Errorf("read configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("read configuration: %s is no file", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		warning = fmt.Sprintf("others than its owner may write it: chmod go-w %s", path)
	}
	text, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, "", fmt.Errorf("read configuration: %w", err)
	}
	if len(text) > maxFile {
		return nil, "", fmt.Errorf("read configuration: %s is longer than %d bytes", path, maxFile)
	}
	return text, warning, nil
}

// merge lays one file over c, notes which keys it gives, and returns what is
// wrong with it.
func (c *Config) merge(path string, text []byte, check func([]string) error, given map[string]bool) Errors {
	m := merger{c: c, doc: parse(path, text), check: check}
	for _, k := range keys {
		if v, ok := m.doc.values[k.name]; ok && k.set != nil {
			k.set(&m, v)
			given[k.name] = true
		}
	}
	m.rules()
	m.outputs()
	return m.doc.sorted()
}
