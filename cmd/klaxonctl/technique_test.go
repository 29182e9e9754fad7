//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// TestTechniques: those that a filter takes are those that records may have.
func TestTechniques(t *testing.T) {
	text, err := os.ReadFile("../../docs/schema/alarm.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Technique struct {
				Items struct {
					Enum []string `json:"enum"`
				} `json:"items"`
			} `json:"technique"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	want, got := schema.Properties.Technique.Items.Enum, techniqueNames()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("klaxonctl takes %q, records have %q", got, want)
	}
}
