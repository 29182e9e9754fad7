package integrations

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"klaxon/docs/schema"
)

// sigmaRule is what the Sigma specification wants of a rule, and we of ours.
type sigmaRule struct {
	Title, ID, Status, Description, Date, Level string
	Tags, Fields, Falsepositives                []string
	Logsource                                   struct{ Product, Service string }
	Detection                                   map[string]any
}

const toJSON = `import sys, json, yaml
print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=str))`

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// TestSigma: each rule is valid YAML with the required fields, and what it looks
// for is a field of our JSON with a value that it can have.
func TestSigma(t *testing.T) {
	python := program(t, "python-yaml")
	files, err := filepath.Glob("sigma/*.yml")
	must(t, err)
	if len(files) < 5 {
		t.Fatal(files)
	}
	ids := map[string]string{}
	for _, path := range files {
		var r sigmaRule
		must(t, json.Unmarshal([]byte(ask(t, python, "-c", toJSON, path)), &r))
		if r.Title == "" || len(r.Title) > 256 || !uuid.MatchString(r.ID) || r.Description == "" || r.Logsource.Product != "klaxon" || len(r.Falsepositives) == 0 ||
			!slices.Contains([]string{"experimental", "test", "stable"}, r.Status) || !slices.Contains([]string{"informational", "low", "medium", "high", "critical"}, r.Level) ||
			!regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(r.Date) {
			t.Errorf("%s lacks something: %+v", path, r)
		}
		if ids[r.ID] != "" {
			t.Errorf("%s and %s have one id", path, ids[r.ID])
		}
		ids[r.ID] = path
		holdDetection(t, path, &r)
	}
}

func holdDetection(t *testing.T, path string, r *sigmaRule) {
	t.Helper()
	condition, _ := r.Detection["condition"].(string)
	selection, _ := r.Detection["selection"].(map[string]any)
	kind, _ := selection["type"].(string)
	if kind == "" {
		t.Fatalf("%s selects no type of record", path)
	}
	fields := schemaOf(t, kind)
	for name, part := range r.Detection {
		if name == "condition" {
			continue
		}
		if !strings.Contains(condition, name) {
			t.Errorf("%s: %s is not in the condition %q", path, name, condition)
		}
		for field, values := range part.(map[string]any) {
			list, several := values.([]any)
			if !several {
				list = []any{values}
			}
			for _, v := range list {
				if !possible(fields, field, v) {
					t.Errorf("%s: %s is never %v", path, field, v)
				}
			}
		}
	}
	for _, f := range r.Fields {
		if _, ok := field(fields, f); !ok {
			t.Errorf("%s shows %s, which no %s has", path, f, kind)
		}
	}
}

// schemaOf returns the published schema of a type of record.
func schemaOf(t *testing.T, kind string) (s map[string]any) {
	t.Helper()
	text, err := schema.Files.ReadFile(kind + ".schema.json")
	must(t, err)
	must(t, json.Unmarshal(text, &s))
	return s
}

// field walks down to a property: "src.ip".
func field(s map[string]any, path string) (map[string]any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		properties, _ := s["properties"].(map[string]any)
		next, ok := properties[name].(map[string]any)
		if !ok {
			return nil, false
		}
		s = next
	}
	return s, true
}

// possible tells whether a property, or an item of it, can have a value.
func possible(s map[string]any, path string, value any) bool {
	at, ok := field(s, path)
	if !ok {
		return false
	}
	if items, list := at["items"].(map[string]any); list {
		at = items
	}
	if c, ok := at["const"]; ok {
		return c == value
	}
	if enum, ok := at["enum"].([]any); ok {
		return slices.Contains(enum, value)
	}
	n, number := value.(float64)
	low, _ := at["minimum"].(float64)
	high, _ := at["maximum"].(float64)
	return number && at["type"] == "integer" && n >= low && n <= high
}
