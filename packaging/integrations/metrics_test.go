package integrations

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/nstest"
)

// whatExists are the words between quotes in the sources that make metrics: names
// of metrics, of labels, and their values.
func whatExists(t *testing.T) (words []string) {
	t.Helper()
	const sources = "../../internal/sink/metrics"
	if _, err := os.Stat(sources); err != nil {
		nstest.Skip(t, "no output for metrics in this tree yet: "+err.Error())
	}
	var files []string
	for _, pattern := range []string{sources + "/*.go", "../../cmd/klaxond/*.go", "../../record.go", "../../scan.go", "../../alarm.go"} {
		some, err := filepath.Glob(pattern)
		must(t, err)
		files = append(files, some...)
	}
	quoted := regexp.MustCompile(`"([A-Za-z0-9_-]+)"`)
	for _, path := range files {
		if !strings.HasSuffix(path, "_test.go") {
			for _, m := range quoted.FindAllStringSubmatch(string(read(t, path)), -1) {
				words = append(words, m[1])
			}
		}
	}
	return words
}

var (
	metric   = regexp.MustCompile(`\bklaxon_[a-z_]+\b`)
	selector = regexp.MustCompile(`([a-z_]+)(?:=|=~|!=|!~)"([^"]*)"`)
	grouping = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
)

// holdQuery: each metric of a query exists, each label and each value of one too.
func holdQuery(t *testing.T, query string, exist []string) {
	t.Helper()
	names := metric.FindAllString(query, -1)
	if len(names) == 0 && !strings.Contains(query, "up{") {
		t.Errorf("asks for no metric of ours: %s", query)
	}
	labels := []string{}
	for _, m := range selector.FindAllStringSubmatch(query, -1) {
		if m[1] == "job" || m[1] == "instance" {
			continue // Prometheus's own
		}
		labels = append(labels, m[1])
		for value := range strings.SplitSeq(m[2], "|") {
			if _, number := map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true}[value]; !number && !slices.Contains(exist, value) {
				t.Errorf("%s=%q never is: %s", m[1], value, query)
			}
		}
	}
	for _, m := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(m[1], ",") {
			if label = strings.TrimSpace(label); label != "instance" {
				labels = append(labels, label)
			}
		}
	}
	for _, word := range append(names, labels...) {
		if !slices.Contains(exist, word) {
			t.Errorf("there is no %s, which is asked for in %s", word, query)
		}
	}
}

func TestPrometheusAlerts(t *testing.T) {
	promtool := program(t, "promtool")
	ask(t, promtool, "check", "rules", "prometheus/klaxon.rules.yml")
	ask(t, promtool, "test", "rules", "prometheus/klaxon.test.yml")
}

func TestPrometheusQueries(t *testing.T) {
	exist := whatExists(t)
	rules := string(read(t, "prometheus/klaxon.rules.yml"))
	queries := regexp.MustCompile(`(?m)^        expr: (?:\|\n((?:          .*\n)+)|(.*)$)`).FindAllStringSubmatch(rules, -1)
	if alerts := strings.Count(rules, "- alert:"); len(queries) != alerts || alerts == 0 {
		t.Fatalf("%d queries in %d alerts", len(queries), alerts)
	}
	for _, q := range queries {
		holdQuery(t, q[1]+q[2], exist)
	}
}

// dashboard is what of Grafana's format the tests look at.
type dashboard struct {
	Title, UID string
	Panels     []struct {
		ID          int
		Title, Type string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr, RefID string }
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	must(t, json.Unmarshal(read(t, "grafana/klaxon.json"), &d))
	if d.Title == "" || d.UID == "" || len(d.Panels) == 0 || len(d.Templating.List) == 0 {
		t.Fatalf("the dashboard is empty: %+v", d)
	}
	return d
}

// TestGrafanaDashboard: panels have their own ids and places, and Prometheus's own
// parser takes every query, with Grafana's variables filled in.
func TestGrafanaDashboard(t *testing.T) {
	d := readDashboard(t)
	taken, ids := map[[2]int]string{}, map[int]bool{}
	rules := "groups:\n  - name: panels\n    rules:\n"
	fill := strings.NewReplacer("$__range", "1h", "$__rate_interval", "5m", "$instance", ".*")
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d: %+v", p.ID, p)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%q lies over %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			rules += fmt.Sprintf("      - record: panel:%d%s:query\n        expr: %q\n", p.ID, target.RefID, fill.Replace(target.Expr))
		}
	}
	ask(t, program(t, "promtool"), "check", "rules", write(t, "panels.yml", rules))
}

func TestGrafanaQueries(t *testing.T) {
	exist := whatExists(t)
	d := readDashboard(t)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			holdQuery(t, strings.ReplaceAll(target.Expr, `=~"$instance"`, `=""`), exist)
		}
	}
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			holdQuery(t, v.Definition, exist)
		}
	}
}
