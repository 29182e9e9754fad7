// Dist makes what a release consists of: for each architecture a .deb, an .rpm, a
// tarball and a bill of materials, and one list of checksums, ready to be
// signed. Two runs on the same commit with the same Go give the same bytes,
// wherever the tree lies. `make dist` runs it, from the root of the tree.
//
//	go run ./packaging/dist [-out dist] [-version V] [-arch amd64,arm64] [-kinds tar,deb,rpm] [-maintainer "NAME <ADDRESS>"]
//
// SOURCE_DATE_EPOCH dates the release; the time of the commit, without it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	r := release{goCommand: "go"}
	flag.StringVar(&r.out, "out", "dist", "the directory that is filled, and emptied before")
	flag.StringVar(&r.version, "version", "devel", "what the programs say of themselves")
	arches := flag.String("arch", "amd64,arm64", "for which machines")
	kinds := flag.String("kinds", "tar,deb,rpm", "what is made of each")
	flag.StringVar(&r.goCommand, "go", r.goCommand, "the go command")
	flag.StringVar(&r.maintainer, "maintainer", nobody, "who answers for the packages, as NAME <ADDRESS>")
	flag.Parse()
	r.kinds = strings.Split(*kinds, ",")
	if err := run(&r, strings.Split(*arches, ",")); err != nil {
		fmt.Fprintf(os.Stderr, "dist: %v\n", err)
		os.Exit(1)
	}
}

// release is what all parts of it have in common.
type release struct {
	out        string
	version    string
	kinds      []string
	maintainer string
	goCommand  string
	time       time.Time
	work       string // a directory for everything in between
	nfpm       string
}

func run(r *release, arches []string) (err error) {
	if _, err := os.Stat("packaging/nfpm.yaml"); err != nil {
		return fmt.Errorf("run dist from the root of the tree: %w", err)
	}
	if err := checkMaintainer(r.maintainer); err != nil {
		return err
	}
	if r.time, err = releaseTime(); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "klaxon-dist"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.work)) }()
	if err := r.prepare(); err != nil {
		return err
	}
	for _, arch := range arches {
		if err := r.forArch(arch); err != nil {
			// What is not whole is no release.
			return errors.Join(fmt.Errorf("%s: %w", arch, err), os.RemoveAll(r.out))
		}
	}
	return writeSums(r.out)
}

// prepare makes what does not depend on the machine.
func (r *release) prepare() error {
	if err := r.clear(); err != nil {
		return err
	}
	if err := r.buildTool(); err != nil {
		return err
	}
	if err := r.changes(); err != nil {
		return err
	}
	return r.completions()
}

// clear empties the directory of the release, if it is one: somebody may have
// typed another's name.
func (r *release) clear() error {
	entries, err := os.ReadDir(r.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(r.out, sums)); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s holds something that is no release: empty it, or name another with -out", r.out)
	}
	return errors.Join(os.RemoveAll(r.out), os.MkdirAll(r.out, 0o755))
}

// tree is the release for one architecture, as it will lie on a machine.
type tree struct {
	*release
	arch string
	root string
}

func (r *release) forArch(arch string) error {
	t := &tree{r, arch, filepath.Join(r.work, arch)}
	for _, step := range []func() error{t.build, t.place, t.bill, t.licences, t.pack} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// pack makes each kind of file of the tree.
func (t *tree) pack() error {
	if err := t.settle(); err != nil {
		return err
	}
	for _, kind := range t.kinds {
		make := map[string]func() error{"tar": t.tarball, "deb": t.deb, "rpm": t.rpm}[kind]
		if make == nil {
			return fmt.Errorf("no such kind: %q; there are tar, deb and rpm", kind)
		}
		if err := make(); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}
