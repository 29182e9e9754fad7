// Summary reads `go test -json` on stdin and prints what a person wants of it:
// a line for each package, the output of what failed, and at the end every
// test that was skipped, with its reason. It exits 1 when anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintf(os.Stderr, "summary: read test output: %v\n", err)
		os.Exit(2)
	}
	// Notes of the caller about what it could not even start.
	for _, note := range os.Args[1:] {
		s.skips[note] = append(s.skips[note], "make test")
	}
	if s.finish() {
		os.Exit(1)
	}
}

// event is the part of cmd/test2json's TestEvent that is used.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

type summary struct {
	out     io.Writer
	output  map[string][]string // by package and test, until it ends
	skips   map[string][]string // tests by reason
	failed  []string
	passes  int
	fails   int
	skipped int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[string][]string{}, skips: map[string][]string{}}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(s.out, lines.Text()) // a compiler's words
			continue
		}
		s.take(e)
	}
	return lines.Err()
}

func (s *summary) take(e event) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "output":
		s.output[key] = append(s.output[key], e.Output)
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "pass":
		s.end(e, key)
		if e.Test != "" {
			s.passes++
		}
	case "skip":
		if e.Test != "" {
			s.skipped++
			why := reason(s.output[key])
			s.skips[why] = append(s.skips[why], strings.TrimPrefix(e.Package, "klaxon/")+" "+e.Test)
		}
		s.end(e, key)
	case "fail":
		s.fail(e, key)
	}
}

func (s *summary) end(e event, key string) {
	if e.Test == "" && e.Action == "pass" {
		fmt.Fprintf(s.out, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
	}
	s.printFigures(key)
	delete(s.output, key)
}

// printFigures passes on the lines by which a test tells what it measured.
func (s *summary) printFigures(key string) {
	for _, line := range s.output[key] {
		if i := strings.Index(line, "FIGURE: "); i >= 0 {
			fmt.Fprint(s.out, "              ", line[i:])
		}
	}
}

func (s *summary) fail(e event, key string) {
	if e.Test != "" {
		s.fails++
		s.failed = append(s.failed, e.Package+" "+e.Test)
	} else {
		fmt.Fprintf(s.out, "FAIL  %6.1fs  %s\n", e.Elapsed, e.Package)
		s.failed = append(s.failed, e.Package)
	}
	for _, line := range s.output[key] {
		fmt.Fprint(s.out, "    ", line)
	}
	delete(s.output, key)
}

// reason finds what t.Skip was given: the last line that is not test2json's own.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		if _, after, ok := strings.Cut(line, ".go:"); ok {
			if _, text, ok := strings.Cut(after, ": "); ok {
				line = text
			}
		}
		return strings.TrimPrefix(line, "SKIPPED: ")
	}
	return "no reason given"
}

// finish prints the end of the report and says whether anything failed.
func (s *summary) finish() bool {
	if len(s.failed) > 0 {
		fmt.Fprintf(s.out, "\nfailed:\n")
		for _, name := range s.failed {
			fmt.Fprintf(s.out, "  %s\n", name)
		}
	}
	if len(s.skips) > 0 {
		fmt.Fprintf(s.out, "\nskipped, and why:\n")
		reasons := make([]string, 0, len(s.skips))
		for why := range s.skips {
			reasons = append(reasons, why)
		}
		slices.Sort(reasons)
		for _, why := range reasons {
			fmt.Fprintf(s.out, "  %s\n", why)
			for _, test := range s.skips[why] {
				fmt.Fprintf(s.out, "      %s\n", test)
			}
		}
	} else {
		fmt.Fprintf(s.out, "\nnothing was skipped\n")
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passes, max(s.fails, len(s.failed)), s.skipped)
	return len(s.failed) > 0
}
