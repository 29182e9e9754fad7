package nstest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// mounts makes /proc, /run, /dev and /etc private to this mount namespace.
func mounts() error {
	for _, step := range []func() error{isolate, proc, run, dev, etc} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		return &fs.PathError{Op: "mount", Path: target, Err: err}
	}
	return nil
}

func isolate() error { return mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }
func proc() error    { return mount("proc", "/proc", "proc", 0, "") }
func run() error     { return mount("tmpfs", "/run", "tmpfs", 0, "mode=755") }

// dev gives a /dev in which /dev/log is free to be made, with the nodes that
// programs expect. They are bound, for only real root may make nodes.
func dev() error {
	const staging = "/run/dev"
	if err := os.Mkdir(staging, 0o755); err != nil {
		return err
	}
	if err := mount("tmpfs", staging, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	for _, node := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		path := filepath.Join(staging, node)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			return err
		}
		if err := mount("/dev/"+node, path, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	if err := terminals(staging); err != nil {
		return err
	}
	if err := mount(staging, "/dev", "", unix.MS_MOVE, ""); err != nil {
		return err
	}
	return os.Remove(staging)
}

func terminals(dev string) error {
	for link, to := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(to, filepath.Join(dev, link)); err != nil {
			return err
		}
	}
	pts := filepath.Join(dev, "pts")
	if err := os.Mkdir(pts, 0o755); err != nil {
		return err
	}
	return mount("devpts", pts, "devpts", 0, "newinstance,ptmxmode=0666,mode=620")
}

// etc lays a copy over /etc. An overlay would be less work for the machine, but
// not every container allows one.
func etc() error {
	const staging = "/run/etc"
	if err := copyTree("/etc", staging); err != nil {
		return err
	}
	if err := mount("tmpfs", "/etc", "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	if err := copyTree(staging, "/etc"); err != nil {
		return err
	}
	return os.RemoveAll(staging)
}

// copyTree copies directories, links, and the files that this user may read.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil {
			return err
		}
		return copyEntry(path, to+path[len(from):], d)
	})
}

func copyEntry(from, to string, d fs.DirEntry) error {
	switch {
	case d.IsDir():
		return os.MkdirAll(to, 0o755)
	case d.Type() == fs.ModeSymlink:
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(link, to)
	case !d.Type().IsRegular():
		return nil
	}
	text, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}
