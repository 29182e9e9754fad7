package main

import "testing"

func TestMaintainer(t *testing.T) {
	for _, good := range []string{nobody, "Jane Doe <jane@example.org>", "The Example Team <klaxon@lists.example.org>"} {
		if err := checkMaintainer(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "Jane Doe", "jane@example.org", "<jane@example.org>", "Jane Doe <jane>", "Jane  Doe <jane@example.org>", "Doe, Jane <jane@example.org>", "Jane <jane@example.org>, John <john@example.org>", "Jane Doe <jane@example.org>\nSection: admin"} {
		if err := checkMaintainer(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
