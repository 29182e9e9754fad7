package scenario

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"klaxon/test/truth"
)

var detection = flag.Bool("detection", false, "write docs/detection.md anew")

const detectionPage = "../../docs/detection.md"

// TestMain holds docs/detection.md to what the suite found, if all of it ran and
// did as wanted.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && whole() {
		code = detected.hold()
	}
	os.Exit(code)
}

// whole tells whether all tests ran, in the form that the page is about.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.bench", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return os.Getenv("KLAXON_SOAK") == ""
}

// page gathers what the tests find.
type page struct {
	mu    sync.Mutex
	told  map[row]truth.Told
	tools []toolFigures
}

// row names a line of the table.
type row struct{ family, name, version string }

var detected = page{told: make(map[row]truth.Told)}

// add notes how a scenario ended. The test's name begins with its family; what is
// between that and the scenario are its circumstances.
func (p *page) add(test, name string, told truth.Told) {
	parts := strings.Split(test, "/")
	r := row{family: family(strings.TrimPrefix(parts[0], "Test"))}
	r.name, r.version = name, ""
	for _, v := range []string{"4", "6"} {
		if cut, ok := strings.CutSuffix(name, " v"+v); ok {
			r.name, r.version = cut, v
		}
	}
	for _, where := range parts[1:] {
		r.name = strings.ReplaceAll(where, "_", " ") + ": " + r.name
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, ok := p.told[r]; ok {
		told.Join(before)
	}
	p.told[r] = told
}

// family makes words of a test's name.
func family(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' && name[i-1] >= 'a' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// hold writes the page, or compares it, and returns the exit code.
func (p *page) hold() int {
	text := p.text()
	if *detection {
		if err := os.WriteFile(detectionPage, []byte(text), 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "write what was detected: %v\n", err)
			return 1
		}
		return 0
	}
	kept, err := os.ReadFile(detectionPage)
	if err == nil && string(kept) == text {
		return 0
	}
	fmt.Printf("docs/detection.md is not what this run found (%s); see go test ./test/scenario -detection, and git diff\n", differs(string(kept), text, err))
	return 1
}

// differs shows the first line that is another one.
func differs(kept, now string, err error) string {
	if err != nil {
		return err.Error()
	}
	old, list := strings.Split(kept, "\n"), strings.Split(now, "\n")
	for i, line := range list {
		if i >= len(old) || old[i] != line {
			return "now: " + line
		}
	}
	return "lines are gone"
}

const detectionHead = `# What is detected

Written by ` + "`go test ./test/scenario -detection`" + ` from its own results, and never by hand:
an ordinary run of the tests fails when this page is not what it found.

Every line is a story of the packet synthesiser, played to the detector with
several seeds; the worst of these runs is shown. Its truth stands in the test:
which scans must be told, how, and that nobody else is. *found* is how many of
the wanted alarms were told, or that there were none to tell, and none was.
*named* is the tool that the alarms name. *probes* is how many had been seen when
the alarm opened, *records* how many were written of one scan from its opening to
its end. A line is for IPv4 and IPv6 alike, unless it says which.
`

func (p *page) text() string {
	var b strings.Builder
	b.WriteString(detectionHead)
	last := ""
	for _, l := range p.lines() {
		if l.family != last {
			fmt.Fprintf(&b, "\n## %s\n\n| scenario | found | named | probes | records |\n|---|---|---|---|---|\n", l.family)
			last = l.family
		}
		name := l.name
		if l.version != "" {
			name += ", IPv" + l.version
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(name, "|", "\\|"), l.cells)
	}
	b.WriteString(toolsText(p.tools))
	return b.String()
}

// entry is a row with what stands behind its name.
type entry struct {
	row
	cells string
}

// lines are in order; where both versions are told alike there is one of them.
func (p *page) lines() (list []entry) {
	for r, told := range p.told {
		l := entry{r, cells(told)}
		other := r
		other.version = map[string]string{"4": "6", "6": "4"}[r.version]
		if twin, ok := p.told[other]; ok && r.version != "" && cells(twin) == l.cells {
			if r.version == "6" {
				continue
			}
			l.version = ""
		}
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.family, b.family), strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), strings.Compare(a.version, b.version))
	})
	return list
}

// cells are what stands behind the name of a line.
func cells(t truth.Told) string {
	found := fmt.Sprintf("%d of %d", t.Found, t.Wanted)
	switch {
	case t.Wanted == 0:
		found = "none to find"
	case t.Wanted == 1 && t.Found == 1:
		found = "yes"
	}
	if t.False > 0 {
		found += fmt.Sprintf(", %d false", t.False)
	}
	if t.Found == 0 {
		return found + " | | |"
	}
	probes := fmt.Sprint(t.Probes[1])
	if t.Probes[0] != t.Probes[1] {
		probes = fmt.Sprintf("%d to %d", t.Probes[0], t.Probes[1])
	}
	return fmt.Sprintf("%s | %s | %s | %d", found, strings.Join(t.Tools, ", "), probes, t.Records)
}
