package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// linkedLicences is the file of the licences that are not ours. They lie in one of
// their own: Debian wants copyright files to name such texts, not to hold them, and
// other machines have no place that one could name.
const linkedLicences = doc + "third-party.gz"

// licences writes our licence, and those of all that is linked, whose authors ask
// to be named wherever their work goes.
func (t *tree) licences() error {
	ours, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	dirs, err := t.moduleDirs()
	if err != nil {
		return err
	}
	var b, all strings.Builder
	b.Write(ours)
	b.WriteString("\nThe programs contain the following as well, whose licences are in /" + linkedLicences + ".\n\n")
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		b.WriteString("  " + name + "\n")
		if err := appendLicences(&all, name, dirs[name]); err != nil {
			return err
		}
	}
	text, err := zipped([]byte(all.String()))
	if err != nil {
		return err
	}
	return errors.Join(write(filepath.Join(t.root, doc, "copyright"), []byte(b.String()), 0o644),
		write(filepath.Join(t.root, linkedLicences), text, 0o644))
}

// moduleDirs finds the sources of everything that any program links.
func (t *tree) moduleDirs() (map[string]string, error) {
	linked := map[string]bool{}
	for _, p := range programs {
		info, err := buildinfo.ReadFile(filepath.Join(t.root, p.dir, p.name))
		if err != nil {
			return nil, err
		}
		for _, d := range info.Deps {
			linked[d.Path] = true
		}
	}
	root, err := t.ask("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	dirs := map[string]string{"the Go standard library": strings.TrimSpace(root)}
	list, err := t.ask("list", "-m", "-f", "{{.Path}}\t{{.Dir}}", "all")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(list) {
		if path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t"); linked[path] {
			dirs[path] = dir
		}
	}
	return dirs, nil
}

func (r *release) ask(args ...string) (string, error) {
	cmd := exec.Command(r.goCommand, args...)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

func appendLicences(b *strings.Builder, name, dir string) error {
	found := 0
	for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "NOTICE*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Fprintf(b, "\n---- %s: %s\n\n%s", name, filepath.Base(file), text)
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("%s has no licence in %s: it may not be given away", name, dir)
	}
	return nil
}
