package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// programs are what the release holds, and where each lies.
var programs = []struct{ name, source, ldflags, dir string }{
	{"klaxon", "./cmd/klaxon", "", "usr/sbin"},
	{"klaxon.ident", "./cmd/klaxon", " -X main.identDefault=on", "usr/sbin"},
	{"klaxond", "./cmd/klaxond", "", "usr/sbin"},
	{"tocsin", "./cmd/tocsin", "", "usr/sbin"},
	{"klaxonctl", "./cmd/klaxonctl", "", "usr/bin"},
}

func (t *tree) build() error {
	for _, p := range programs {
		if err := t.compile(t.arch, p.source, p.ldflags, filepath.Join(t.root, p.dir, p.name)); err != nil {
			return err
		}
	}
	return nil
}

// compile builds one program such that nothing of this machine gets into it: no
// path, no build id, no state of the repository, and no setting of whoever
// builds.
func (r *release) compile(arch, source, ldflags, to string) error {
	cmd := exec.Command(r.goCommand, "build", "-trimpath", "-buildvcs=false", "-pgo", "internal/pipeline/detect/detector.pgo",
		"-ldflags", "-s -w -buildid= -X main.version="+r.version+ldflags, "-o", to, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", source, err, out)
	}
	return nil
}

// buildTool builds nfpm at the version that packaging/tools pins, by hash.
func (r *release) buildTool() error {
	r.nfpm = filepath.Join(r.work, "nfpm")
	cmd := exec.Command(r.goCommand, "build", "-o", r.nfpm, "github.com/goreleaser/nfpm/v2/cmd/nfpm")
	cmd.Dir = "packaging/tools"
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build nfpm, which makes the packages: %w\n%s", err, out)
	}
	return nil
}

// completions asks a klaxonctl that runs here for its scripts: the one of
// another architecture would not.
func (r *release) completions() error {
	ctl := filepath.Join(r.work, "klaxonctl")
	cmd := exec.Command(r.goCommand, "build", "-o", ctl, "./cmd/klaxonctl")
	cmd.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build klaxonctl for its completions: %w\n%s", err, out)
	}
	for shell, path := range shells {
		text, err := exec.Command(ctl, "completion", shell).Output()
		if err != nil {
			return fmt.Errorf("klaxonctl completion %s: %w", shell, err)
		}
		if err := write(r.completion(path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// shells are those that klaxonctl completes for, and the name that each looks
// for.
var shells = map[string]string{"bash": "klaxonctl", "zsh": "_klaxonctl", "fish": "klaxonctl.fish"}

func (r *release) completion(file string) string {
	return filepath.Join(r.work, "completion", file)
}
