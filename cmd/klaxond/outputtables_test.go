package main

import (
	"testing"

	"klaxon/internal/config"
)

// TestEveryOutputIsThere: what the configuration may name can be opened.
func TestEveryOutputIsThere(t *testing.T) {
	for _, name := range config.OutputTypes {
		if openers[name] == nil {
			t.Errorf("nothing opens the type %s", name)
		}
	}
	for _, name := range config.Formats {
		if formats[name] == nil {
			t.Errorf("nothing writes the format %s", name)
		}
	}
	if len(openers) != len(config.OutputTypes) || len(formats) != len(config.Formats) {
		t.Errorf("%d openers for %d types, %d formats for %d", len(openers), len(config.OutputTypes), len(formats), len(config.Formats))
	}
}
