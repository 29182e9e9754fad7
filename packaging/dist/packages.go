package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

func (t *tree) deb() error {
	return t.packaged("deb", "klaxon_"+packageVersion(t.version, t.time)+"-1_"+t.arch+".deb")
}

func (t *tree) rpm() error {
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[t.arch]
	if arch == "" {
		return fmt.Errorf("rpm's name of %s is not known here: add it to packages.go", t.arch)
	}
	return t.packaged("rpm", "klaxon-"+packageVersion(t.version, t.time)+"-1."+arch+".rpm")
}

// packaged runs nfpm.
func (t *tree) packaged(kind, name string) error {
	recipe, err := t.recipe(kind)
	if err != nil {
		return err
	}
	cmd := exec.Command(t.nfpm, "package", "--config", recipe, "--packager", kind, "--target", filepath.Join(t.out, name))
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+strconv.FormatInt(t.time.Unix(), 10), "KLAXON_ARCH="+t.arch,
		"KLAXON_VERSION="+packageVersion(t.version, t.time), "KLAXON_ROOT="+t.root, "KLAXON_COMPLETION="+t.completion(""),
		"KLAXON_MAINTAINER="+t.maintainer, "KLAXON_CHANGES="+t.changelog("deb"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nfpm: %w\n%s", err, out)
	}
	return nil
}

// settle gives every file of the tree its mode and time: nfpm takes them as
// they are.
func (t *tree) settle() error {
	return filepath.WalkDir(t.root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o755)
		if !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			mode = modeOf(info)
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
		return os.Chtimes(path, t.time, t.time)
	})
}
