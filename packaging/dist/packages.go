package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// packages runs nfpm on packaging/nfpm.yaml, once for each kind.
func (t *tree) packages() error {
	version := packageVersion(t.version, t.time)
	rpmArch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[t.arch]
	if rpmArch == "" {
		return fmt.Errorf("rpm's name of %s is not known here: add it to packages.go", t.arch)
	}
	if err := t.settle(); err != nil {
		return err
	}
	for kind, name := range map[string]string{
		"deb": "klaxon_" + version + "-1_" + t.arch + ".deb",
		"rpm": "klaxon-" + version + "-1." + rpmArch + ".rpm",
	} {
		cmd := exec.Command(t.nfpm, "package", "--config", "packaging/nfpm.yaml", "--packager", kind, "--target", filepath.Join(t.out, name))
		cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+strconv.FormatInt(t.time.Unix(), 10),
			"KLAXON_ARCH="+t.arch, "KLAXON_VERSION="+version, "KLAXON_ROOT="+t.root, "KLAXON_COMPLETION="+t.completion(""))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("nfpm, for the %s: %w\n%s", kind, err, out)
		}
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
