package main

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]options{
		"tcpmux":                             {service: "tcpmux"},
		"-ident tcpmux":                      {service: "tcpmux", ident: true},
		"--ident -names tcpmux":              {service: "tcpmux", ident: true, names: true},
		"-timeout 500ms tcpmux":              {service: "tcpmux", timeout: 500 * time.Millisecond},
		"-timeout=60s tcpmux":                {service: "tcpmux", timeout: time.Minute},
		"-":                                  {service: "-"},
		"-h":                                 {help: true},
		"-version":                           {version: true},
		strings.Repeat("s", 64):              {service: strings.Repeat("s", 64)},
		"-ident -names -timeout 3s \xff[31m": {service: "\xff[31m", ident: true, names: true, timeout: 3 * time.Second},
	} {
		if got, err := parse(strings.Fields(line), false); err != nil || got != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	if got, err := parse([]string{"x"}, true); err != nil || !got.ident {
		t.Errorf("klaxon.ident: %+v, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"", "a b", strings.Repeat("s", 65), "-idnet a", "-timeout", "-timeout 3 a", "-timeout 0s a",
		"-timeout -1s a", "-timeout 61s a", "-ident=yes a", "-names=1 a"} {
		if got, err := parse(strings.Fields(line), false); err == nil {
			t.Errorf("%q: %+v", line, got)
		}
	}
	if _, err := parse([]string{""}, false); err == nil {
		t.Error("an empty service")
	}
}
