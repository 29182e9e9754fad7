// Bench measures what the project claims, each figure as a ratio to something
// measured in the same run, because machines are shared and noisy. `make bench`
// runs all of it; a name as argument runs one part.
//
//	go run ./test/bench [touches|store|start|memory|idle|wire-read|wire-judge|wire-memory|wire-collision|live]
//	go run ./test/bench profile FILE
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// parts are the measurements, in the order they run.
var parts = []struct {
	name string
	run  func(*bench) error
}{
	{"touches", touches},
	{"store", keepStore},
	{"start", start},
	{"memory", memory},
	{"idle", idle},
	{"wire-read", wireRead},
	{"wire-judge", wireJudge},
	{"wire-memory", wireMemory},
	{"wire-collision", wireCollision},
	{"live", live},
}

// detectorProfile is what the programs are built with, as make does.
const detectorProfile = "internal/pipeline/detect/detector.pgo"

// bench holds where the programs under measurement are.
type bench struct{ dir string }

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-bare" {
		bareLoop(os.Args[2])
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	switch {
	case len(names) > 0 && names[0] == "-isolated":
		return isolated(names[1])
	case len(names) > 0 && names[0] == "-peak":
		return printPeak(names[1:])
	case len(names) > 0 && names[0] == "-live":
		return liveInside(names[1:])
	}
	dir, err := os.MkdirTemp("", "klaxon-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // nobody runs programs from it
		return err
	}
	b := &bench{dir: dir}
	if len(names) == 2 && names[0] == "profile" {
		return profile(b, names[1])
	}
	if err := b.build(); err != nil {
		return err
	}
	for _, p := range parts {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		if err := p.run(b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// build makes the programs as `make build` makes them, and an empty one.
func (b *bench) build() error {
	empty := filepath.Join(b.dir, "empty.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return err
	}
	for name, source := range map[string]string{"klaxon": "./cmd/klaxon", "klaxond": "./cmd/klaxond", "tocsin": "./cmd/tocsin", "empty": empty} {
		cmd := exec.Command("go", "build", "-trimpath", "-pgo", detectorProfile, "-ldflags", "-s -w", "-o", filepath.Join(b.dir, name), source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
	return nil
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// figure prints one result: what, how much, and what is wanted.
func figure(what string, value float64, want string) {
	fmt.Printf("FIGURE: %-58s %8.2f   want %s\n", what, value, want)
}
