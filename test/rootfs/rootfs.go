// Package rootfs gives tests the file system of a bare machine, which fetch.sh
// made from this machine's own archive: what every such machine has, and no Go.
package rootfs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Unpack lays a fresh copy into dir. It needs root. The error tells why there is
// none.
func Unpack(dir string) error {
	top, err := top()
	if err != nil {
		return err
	}
	if _, err := os.Stat(top + ".tar"); err != nil {
		why, err := os.ReadFile(top + ".missing")
		if err != nil {
			return errors.New("no bare root file system here: not made yet (make tools)")
		}
		return fmt.Errorf("no bare root file system here: %s", strings.TrimSpace(string(why)))
	}
	out, err := exec.Command("tar", "--extract", "--numeric-owner", "--file", top+".tar", "--directory", dir, "--exclude=./dev/*").CombinedOutput()
	if err != nil {
		return fmt.Errorf("unpack %s.tar: %w\n%s", top, err, out)
	}
	return nil
}

// top is the path of what fetch.sh makes, without its ending.
func top() (string, error) {
	cache := os.Getenv("KLAXON_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no bare root file system here: %w", err)
		}
		cache = filepath.Join(user, "klaxon")
	}
	release, err := exec.Command("sh", "-c", `. /etc/os-release && echo "$ID${VERSION_ID:-}-$(uname -m)"`).Output()
	if err != nil {
		return "", fmt.Errorf("no bare root file system here: which release is this: %w", err)
	}
	return filepath.Join(cache, "rootfs", strings.TrimSpace(string(release))), nil
}
