package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	in := strings.Join([]string{
		`{"Action":"output","Package":"klaxon/a","Test":"TestRoot","Output":"    a_test.go:9: SKIPPED: needs root\n"}`,
		`{"Action":"output","Package":"klaxon/a","Test":"TestRoot","Output":"--- SKIP: TestRoot (0.00s)\n"}`,
		`{"Action":"skip","Package":"klaxon/a","Test":"TestRoot"}`,
		`{"Action":"output","Package":"klaxon/a","Test":"TestSpeed","Output":"    a_test.go:12: FIGURE: ratio 0.9\n"}`,
		`{"Action":"pass","Package":"klaxon/a","Test":"TestSpeed"}`,
		`{"Action":"pass","Package":"klaxon/a","Elapsed":1.5}`,
		`{"Action":"output","Package":"klaxon/b","Test":"TestBad","Output":"    b_test.go:1: wrong\n"}`,
		`{"Action":"fail","Package":"klaxon/b","Test":"TestBad"}`,
		`{"Action":"fail","Package":"klaxon/b","Elapsed":0.1}`,
	}, "\n")
	var out bytes.Buffer
	s := newSummary(&out)
	if err := s.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if !s.finish() {
		t.Error("a failure went unnoticed")
	}
	for _, want := range []string{
		"ok       1.5s  klaxon/a\n", "FIGURE: ratio 0.9\n", "FAIL     0.1s  klaxon/b\n", "b_test.go:1: wrong\n",
		"skipped, and why:\n  needs root\n      a TestRoot\n", "1 passed, 2 failed, 1 skipped\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

// TestBuildFailure: a package that does not compile has a fail event and no test.
func TestBuildFailure(t *testing.T) {
	var out bytes.Buffer
	s := newSummary(&out)
	in := `{"ImportPath":"klaxon/c","Action":"build-output","Output":"c.go:1: broken\n"}` + "\n" +
		`{"Action":"fail","Package":"klaxon/c","Elapsed":0}` + "\nnot json\n"
	if err := s.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if !s.finish() || !strings.Contains(out.String(), "c.go:1: broken") || !strings.Contains(out.String(), "not json") {
		t.Errorf("output: %s", out.String())
	}
}
