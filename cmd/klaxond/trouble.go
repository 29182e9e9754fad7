package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"klaxon/internal/config"
)

// What a trouble may be about, in the order in which klaxonctl status tells them.
const (
	troubleReload = "1 reload" // a configuration that was not taken
	troubleConfig = "1 unread" // a configuration that a reload could not read
	troubleAllow  = "2 allow"  // rules of klaxonctl allow that cannot be read
	troubleWire   = "2 wire"   // nothing but loopback is listened on, by default
	troubleReach  = "3 reach"  // files that klaxond cannot reach without privilege
	troubleOwed   = "4 owed "  // what an output owes cannot be noted; its name follows
)

// troubles are what is amiss until somebody mends it, by what they are about.
// Safe for concurrent use.
type troubles struct {
	mu sync.Mutex
	of map[string]string
}

// set keeps what is amiss; "" when that is over.
func (t *troubles) set(about, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case what == "":
		delete(t.of, about)
	case t.of == nil:
		t.of = map[string]string{about: what}
	default:
		t.of[about] = what
	}
}

func (t *troubles) list() (list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, about := range slices.Sorted(maps.Keys(t.of)) {
		list = append(list, text(t.of[about]))
	}
	return list
}

// brief is an error on one line: of several problems of a file the first, and how
// many more there are.
func brief(err error) string {
	var problems config.Errors
	if errors.As(err, &problems) && len(problems) > 1 {
		return fmt.Sprintf("%s (and %d more)", problems[0], len(problems)-1)
	}
	return err.Error()
}
